PREFIX ?= /usr/local
# Package.swift lists them; each has a folder of its own. The worker is none: the tools start it.
TOOLS = $(filter-out %-worker,$(notdir $(wildcard Sources/gpunet-*)))

.PHONY: build deps demo test test-long lint schemas test-peers benchmark benchmark-runtime format install clean

build: deps
	swift build --configuration release

# What the system lacks for building.
deps:
	@Scripts/install-dependencies.sh

# Converts, verifies and inspects a checkpoint from Fixtures/.
demo: build
	@Scripts/demo.sh

# Every check and every test; the numeric tests also as the optimiser leaves them.
test: deps lint
	Scripts/run-tests.sh debug
	Scripts/run-tests.sh release
	Scripts/test-embedding.sh
	Scripts/test-c-interface.sh

# Every case of the long series, of which make test takes a part that changes from day to day.
test-long: deps
	GPUNET_LONG=1 Scripts/run-tests.sh release

lint:
	@Scripts/install-dependencies.sh Scripts/test-system-packages.txt
	Scripts/check-targets.sh
	Scripts/check-unsafe.sh
	Scripts/check-format.sh
	Scripts/check-neon.sh
	Scripts/generate-schemas.sh --check

# The C that is generated from Schemas/onnx.proto.
schemas:
	@Scripts/install-dependencies.sh Scripts/test-system-packages.txt
	Scripts/generate-schemas.sh

# The seven full-size networks against PyTorch, ONNX Runtime and OpenVINO; passes where PyTorch cannot
# be had. PEERS chooses among the tests, as Scripts/test-peers.sh takes it. Of the networks of other
# libraries a fourth, another one each day, and all of them with GPUNET_LONG=1.
test-peers: build
	Scripts/test-peers.sh $(PEERS)

# Whole processes side by side with Python.
benchmark: build
	Scripts/benchmark.sh

# The runtime side by side with other engines.
benchmark-runtime: build
	Scripts/benchmark-runtime.sh
	Scripts/benchmark-families.sh

format:
	swift format --in-place --recursive --parallel Sources Tests Package.swift

# make install PREFIX=/somewhere: tools that run without a Swift toolchain, and libgpunet for C.
install: deps
	Scripts/install.sh $(PREFIX) $(TOOLS)

clean:
	swift package clean
	rm -rf .build/static .build/peers .build/test-results

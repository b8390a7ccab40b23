#!/usr/bin/env bash
# Runs the tests and checks how many ran: `swift test` is content where a filter matches nothing.
#
#   Scripts/run-tests.sh debug       every test but those that run the tools
#   Scripts/run-tests.sh release     those, with the tools as users have them; the numeric ones and the
#                                    long series of damaged files, as the optimiser leaves them
set -euo pipefail
cd "$(dirname "$0")/.."
configuration=$1
results=.build/test-results
mkdir -p "$results"

arguments=(--skip '^GPUNetCommandsTests\.')
if [ "$configuration" = release ]; then
  targets='TensorData|TensorMeasures|NumPyArrays|NetworkFamilies|NetworkProgram|GPWFormat|GPUNetRuntime|Equivalence|GPUNetKit|GPUNetCommands|ZipArchive|TorchCheckpoint|Safetensors|ShardedWeights|HDF5Weights|ONNXModel|NetworkRecognition|PictureFiles|ImagePreparation'
  arguments=(--filter "^($targets)Tests\.")
fi
swift test --configuration "$configuration" "${arguments[@]}" 2>&1 | tee "$results/$configuration.log"

closing=$(grep -aE 'Test run with [0-9]+ tests?' "$results/$configuration.log" || true)
echo "$configuration: $closing" > "$results/$configuration.txt"
ran=$(sed -nE 's/.*Test run with ([0-9]+) tests?.*/\1/p' <<< "$closing" | awk '{ n += $1 } END { print n + 0 }')
minimum=$(awk -v name="$configuration" '$1 == name { print $2 }' Scripts/minimum-test-count.txt)
if [ "$ran" -lt "$minimum" ]; then
  echo "error: $ran tests ran in the $configuration configuration, at least $minimum should have" |
    tee -a "$results/$configuration.txt"
  exit 1
fi

"""The engines that the runtime is compared with: what each makes of a network, and its worker.

    python engines.py ENGINE FOLDER IMAGE THREADS BATCH

loads what ENGINE made in FOLDER, answers IMAGE (an `.npy` file, repeated BATCH times) and prints
the last of the answers. Then it waits: for every number N on standard input it answers N times,
after runs that do not count, and prints the seconds of each. Lines are JSON.

A worker imports no engine but its own, so that it is also what starting that engine takes.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

    from peer_networks import PeerNetwork

ROOT = Path(__file__).resolve().parents[1]

WARM_UP = 2
"""Runs before those that count, in every turn."""

IDLE_SHARE = 0.05
"""Of a processor, for a worker whose threads have stopped waiting actively."""

Images = np.ndarray[Any, np.dtype[np.float32]]
Answer = Callable[[], Images]


class Unavailable(Exception):
    """An engine cannot take part here; the message says why."""


@dataclass(frozen=True)
class Engine(ABC):
    """An engine with the settings that its documentation recommends for latency in 32 bits."""

    name: str
    package: str
    fixed_batch: bool = False

    @abstractmethod
    def make(self, network: PeerNetwork, batch: int, folder: Path) -> None:
        """Writes what `load` needs; `batch` matters where `fixed_batch` is set."""

    @abstractmethod
    def load(self, folder: Path, images: Images, threads: int) -> Answer:
        """A function that answers `images`."""


@dataclass(frozen=True)
class OnnxRuntime(Engine):
    """Optimised when the file is made, with the weights beside it: it starts fastest so; or the
    file as it was exported, which most people use."""

    as_exported: bool = False

    def make(self, network: PeerNetwork, batch: int, folder: Path) -> None:
        import onnxruntime

        exported = _export(network, batch, folder)
        if self.as_exported:
            exported.rename(folder / "model.onnx")
            return
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.optimized_model_filepath = str(folder / "model.onnx")
        options.add_session_config_entry(
            "session.optimized_model_external_initializers_file_name", "model.bin"
        )
        options.log_severity_level = 3
        onnxruntime.InferenceSession(exported, options, providers=["CPUExecutionProvider"])
        exported.unlink()

    def load(self, folder: Path, images: Images, threads: int) -> Answer:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        if not self.as_exported:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(
            folder / "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        return lambda: np.asarray(session.run(None, {"input": images})[0])


@dataclass(frozen=True)
class OpenVino(Engine):
    """Its own format, and a cache of what it compiled."""

    def make(self, network: PeerNetwork, batch: int, folder: Path) -> None:
        openvino = self._import()
        exported = _export(network, batch, folder)
        model = openvino.Core().read_model(exported)
        openvino.save_model(model, folder / "model.xml", compress_to_fp16=False)
        exported.unlink()

    def load(self, folder: Path, images: Images, threads: int) -> Answer:
        openvino = self._import()
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": threads,
            "CACHE_DIR": str(folder / "compiled"),
            "CACHE_MODE": "OPTIMIZE_SIZE",
        }
        compiled = openvino.Core().compile_model(folder / "model.xml", "CPU", settings)
        request = compiled.create_infer_request()
        request.set_input_tensor(openvino.Tensor(images, shared_memory=True))

        def answer() -> Images:
            request.infer()
            return request.get_output_tensor().data

        return answer

    def _import(self) -> ModuleType:
        # Every import reports to its makers, except where this says that a machine runs it.
        os.environ["CI"] = "true"
        import openvino

        return openvino


@dataclass(frozen=True)
class Ncnn(Engine):
    """The images of a batch one by one, which is faster than its batches."""

    def make(self, network: PeerNetwork, batch: int, folder: Path) -> None:
        import pnnx
        import torch

        example = _example(network, 1)
        torch.jit.trace(network.model(), example).save(folder / "model.pt")
        shape = str(list(example.shape)).replace(" ", "")
        result = subprocess.run(
            [pnnx.EXEC_PATH, "model.pt", f"inputshape={shape}", "fp16=0"],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        if result.returncode != 0 or not (folder / "model.ncnn.bin").exists():
            last = result.stdout.strip().rpartition("\n")[2]
            raise Unavailable(f"pnnx exited {result.returncode}: {last}")
        for path in folder.iterdir():
            if not path.name.startswith("model.ncnn."):
                path.unlink()

    def load(self, folder: Path, images: Images, threads: int) -> Answer:
        import ncnn

        net = ncnn.Net()
        net.opt.num_threads = threads
        net.opt.use_packing_layout = True
        net.opt.use_winograd_convolution = True
        net.opt.use_sgemm_convolution = True
        net.opt.use_fp16_packed = False
        net.opt.use_fp16_storage = False
        net.opt.use_fp16_arithmetic = False
        net.opt.use_bf16_packed = False
        net.opt.use_bf16_storage = False
        if net.load_param(str(folder / "model.ncnn.param")) != 0:
            raise ValueError("ncnn cannot read its parameters")
        if net.load_model(str(folder / "model.ncnn.bin")) != 0:
            raise ValueError("ncnn cannot read its weights")
        inputs = [ncnn.Mat(image) for image in images]

        def one(image: ncnn.Mat) -> Images:
            extractor = net.create_extractor()
            extractor.input("in0", image)
            return np.array(extractor.extract("out0")[1])

        return lambda: np.stack([one(image) for image in inputs])


@dataclass(frozen=True)
class PyTorch(Engine):
    """The bare state dict; compiled with frozen weights, or as it is, which starts faster."""

    compiled: bool = False

    def make(self, network: PeerNetwork, batch: int, folder: Path) -> None:
        import torch

        if self.compiled and not shutil.which(os.environ.get("CXX", "g++")):
            raise Unavailable("torch.compile needs a C++ compiler, g++ or what CXX names")
        torch.save(network.model().state_dict(), folder / "weights.pth")
        (folder / "configuration.json").write_text(json.dumps(network.configuration))

    def load(self, folder: Path, images: Images, threads: int) -> Answer:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(folder / "compiled")
        import torch

        sys.path.insert(0, str(ROOT / "Fixtures"))
        import gpunet_torch

        torch.set_num_threads(threads)
        with torch.device("meta"):
            model = gpunet_torch.build(
                gpunet_torch.read_configuration(folder / "configuration.json")
            )
        weights = torch.load(folder / "weights.pth", mmap=True, weights_only=True)
        model.load_state_dict(weights, assign=True)
        network: Callable[[torch.Tensor], torch.Tensor] = model.eval()
        tensor = torch.from_numpy(images)
        if self.compiled:
            import torch._inductor.config

            torch._inductor.config.freezing = True
            network = torch.compile(model.to(memory_format=torch.channels_last))
            tensor = tensor.to(memory_format=torch.channels_last)

        def answer() -> Images:
            with torch.inference_mode():
                return network(tensor).numpy()

        return answer


ENGINES: dict[str, Engine] = {
    "onnxruntime": OnnxRuntime("ONNX Runtime", "onnxruntime", fixed_batch=True),
    "onnxruntime-exported": OnnxRuntime(
        "ONNX Runtime, file as exported", "onnxruntime", fixed_batch=True, as_exported=True
    ),
    "openvino": OpenVino("OpenVINO", "openvino", fixed_batch=True),
    "ncnn": Ncnn("ncnn", "ncnn"),
    "torch-compiled": PyTorch("PyTorch, compiled", "torch", compiled=True),
    "torch": PyTorch("PyTorch", "torch"),
}
"""By the names of their folders."""


def _example(network: PeerNetwork, batch: int) -> Tensor:
    import torch

    return torch.zeros(batch, 3, network.resolution, network.resolution)


def _export(network: PeerNetwork, batch: int, folder: Path) -> Path:
    """An ONNX file of fixed shapes, whose convolutions have taken up the batch norms."""
    import torch

    # What the exporter says about operators of packages that are not there.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    path = folder / "exported.onnx"
    torch.onnx.export(
        network.model(),
        (_example(network, batch),),
        path,
        input_names=["input"],
        external_data=False,
        verbose=False,
    )
    return path


def _settle() -> None:
    """Waits until the engine's threads sleep: some wait actively for a while after a run."""
    pause = 0.02
    for _ in range(250):
        before = time.process_time()
        time.sleep(pause)
        if time.process_time() - before < IDLE_SHARE * pause:
            return
    raise TimeoutError("the engine's threads do not come to rest")


def main(key: str, folder: str, image: str, threads: str, batch: str) -> None:
    # What the engines themselves print goes to standard error.
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    images = np.repeat(np.load(image), int(batch), axis=0)
    answer = ENGINES[key].load(Path(folder), images, int(threads))
    print(json.dumps(answer()[-1].tolist()), file=channel, flush=True)
    for line in sys.stdin:
        for _ in range(WARM_UP):
            answer()
        seconds = []
        for _ in range(json.loads(line)):
            start = time.perf_counter()
            answer()
            seconds.append(time.perf_counter() - start)
        _settle()
        print(json.dumps(seconds), file=channel, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Writes `training/`: small checkpoints as training and wrapping tools leave them, with PyTorch.

    python make_training_fixtures.py            # torch==2.13.0, numpy

`training/cases.json` says of each file what a user expects of it; README.md says how it is read.
What PyTorch has is done with PyTorch: averaging, pruning, weight and spectral norm, observers,
compiled and parallel modules, pickled modules. Other trainers' layouts are written out here, as
their releases of 2022 to 2026 write them. Every file that has an answer is read back, its network
taken out in the way that the case states, and compared with that answer.

Seeds are fixed and nothing depends on the clock: the same PyTorch writes the same bytes.
"""

from __future__ import annotations

import argparse
import copy
import functools
import json
import re
import shutil
import sys
import types
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune
from torch.optim.swa_utils import AveragedModel

import generated_weights
import gpunet_torch

ROOT = Path(__file__).resolve().parent / "training"
NETWORKS = {"plain": ("network", 21), "trained": ("small", 22), "averaged": ("small", 23)}
"""Name → architecture and seed; the last two are one network with two sets of weights."""
IMAGE_SEED = 27

State = OrderedDict[str, Any]


# Networks


@functools.cache
def _generated(name: str, folder: Path) -> gpunet_torch.GPUNet:
    arch, seed = NETWORKS[name]
    configuration = gpunet_torch.read_configuration(folder / f"{arch}.json")
    model = gpunet_torch.build(configuration)
    generated_weights.fill(model, seed, configuration[0]["img_resolution"])
    return model


def network(name: str) -> gpunet_torch.GPUNet:
    """A copy of one of `NETWORKS`."""
    return copy.deepcopy(_generated(name, ROOT)).eval()


def state_of(name: str) -> State:
    return network(name).state_dict()


def images(resolution: int = 32) -> Tensor:
    return generated_weights.image_batch(1, resolution, resolution, IMAGE_SEED)


@torch.no_grad()
def answer(model: nn.Module) -> Tensor:
    """What a network answers to the image of all goldens, in double precision."""
    return copy.deepcopy(model).double().eval()(images().double())


def save_golden(path: Path, model: nn.Module) -> None:
    np.savez(path, input=images().numpy(), output=answer(model).numpy())


# Names


def prefixed(state: State, prefix: str) -> State:
    return OrderedDict((prefix + name, value) for name, value in state.items())


def below(state: State, prefix: str) -> State:
    """The entries whose names start with `prefix`, without it."""
    return OrderedDict(
        (name.removeprefix(prefix), value)
        for name, value in state.items()
        if name.startswith(prefix)
    )


def renamed(state: State, *changes: tuple[str, str]) -> State:
    """Every name with regular expressions replaced, one after the other."""

    def new(name: str) -> str:
        for old, replacement in changes:
            name = re.sub(old, replacement, name)
        return name

    return OrderedDict((new(name), value) for name, value in state.items())


LAYER = re.compile(r"(network\.[^.]+\.)")


def infixed(state: State, word: str) -> State:
    """Every layer wrapped by itself: `word` after its name, as in `network.head: 2.module.net`."""
    return renamed(state, (LAYER.pattern, rf"\1{word}"))


def parameters_only(model: nn.Module) -> State:
    """What averages of parameters hold: no running statistics and no counts."""
    return OrderedDict((name, value.detach()) for name, value in model.named_parameters())


def count(value: int) -> Tensor:
    return torch.tensor(value)


def optimizer_state() -> dict[str, Any]:
    """An optimizer's state dict before its first step: parameter groups and no tensors."""
    return torch.optim.SGD(network("trained").parameters(), lr=0.1).state_dict()


# Trainers' layouts: what is saved for the trained weights and, where there is one, their average


def arguments() -> argparse.Namespace:
    return argparse.Namespace(model="gpunet_small", img_size=32, num_classes=5, model_ema=True)


def timm(trained: State, average: State | None) -> dict[str, Any]:
    """timm's `CheckpointSaver`, which takes wrappers off before it saves."""
    content: dict[str, Any] = {
        "epoch": 299,
        "arch": "gpunet_small",
        "optimizer": optimizer_state(),
        "version": 2,
        "args": arguments(),
        "amp_scaler": {"scale": 65536.0, "growth_factor": 2.0, "_growth_tracker": 1999},
        "state_dict": trained,
    }
    if average is not None:
        content["state_dict_ema"] = average
    content["metric"] = 78.9
    content["saver"] = {
        "checkpoint_files": [("checkpoint-298.pth.tar", 78.5)],
        "best_epoch": 299,
        "best_metric": 78.9,
        "pending": (299, 78.9),
    }
    return content


def nvidia(trained: State, average: State | None) -> dict[str, Any]:
    """NVIDIA's training scripts for these networks."""
    content: dict[str, Any] = {
        "epoch": 449,
        "arch": "gpunet_small",
        "state_dict": trained,
        "optimizer": optimizer_state(),
        "version": 2,
        "args": arguments(),
    }
    if average is not None:
        content["state_dict_ema"] = average
    content["metric"] = 78.9
    return content


def lightning(state: State, callbacks: dict[str, Any] | None = None) -> dict[str, Any]:
    """What Lightning's trainer saves whatever the callbacks."""
    return {
        "epoch": 9,
        "global_step": 5000,
        "pytorch-lightning_version": "2.6.0",
        "state_dict": state,
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 10}}}},
        "callbacks": {
            "ModelCheckpoint{'monitor': 'val/acc', 'mode': 'max', 'every_n_epochs': 1}": {
                "monitor": "val/acc",
                "best_model_score": torch.tensor(0.789),
                "best_k_models": {"epoch=9.ckpt": torch.tensor(0.789)},
                "dirpath": "checkpoints",
            },
            **(callbacks or {}),
        },
        "optimizer_states": [optimizer_state()],
        "lr_schedulers": [],
        "hparams_name": "kwargs",
        "hyper_parameters": {"lr": 0.06, "classes": 5},
    }


def lightning_callback(trained: State, average: State | None) -> dict[str, Any]:
    """The moving average as the state of a callback of the user's."""
    if average is None:
        return lightning(trained)
    return lightning(trained, {"EMA": {"decay": 0.9999, "ema_state_dict": average}})


def lightning_averaging(trained: State, average: State | None) -> dict[str, Any]:
    """Lightning's `WeightAveraging`: `state_dict` is the average."""
    if average is None:
        return lightning(trained)
    content = lightning(average, {"EMAWeightAveraging": {"latest_update_step": 5000}})
    content["current_model_state"] = trained
    content["averaging_state"] = {"n_averaged": count(5000)}
    return content


def mmengine(trained: State, average: State | None) -> dict[str, Any]:
    """MMEngine's runner; its `EMAHook` swaps the two on saving."""
    content: dict[str, Any] = {
        "meta": {
            "epoch": 10,
            "iter": 5000,
            "cfg": "model = dict(type='ImageClassifier')\n",
            "seed": 7,
            "experiment_name": "gpunet_small",
            "time": "20240101_000000",
            "mmengine_version": "0.10.7",
            "dataset_meta": {"classes": ("a", "b", "c", "d", "e")},
        },
        "state_dict": trained if average is None else average,
        "message_hub": {
            "log_scalars": {},
            "runtime_info": OrderedDict(epoch=9, iter=4999, max_epochs=10),
            "resumed_keys": OrderedDict(),
        },
        "optimizer": optimizer_state(),
        "param_schedulers": [{"last_step": 10, "_global_step": 11}],
    }
    if average is not None:
        steps = OrderedDict(steps=count(5000))
        content["ema_state_dict"] = OrderedDict(steps, **prefixed(trained, "module."))
    return content


def torchvision(trained: State, average: State | None) -> dict[str, Any]:
    """torchvision's reference scripts, whose average is PyTorch's `AveragedModel`."""
    content: dict[str, Any] = {
        "model": trained,
        "optimizer": optimizer_state(),
        "lr_scheduler": {"last_epoch": 600, "_step_count": 601},
        "epoch": 599,
        "args": arguments(),
    }
    if average is not None:
        content["model_ema"] = averaged_model(average)
    return content


def averaged_model(average: State, steps: int = 5000) -> State:
    """The state dict of an `AveragedModel`."""
    return OrderedDict(n_averaged=count(steps), **prefixed(average, "module."))


def rt_detr(trained: State, average: State | None) -> dict[str, Any]:
    """RT-DETR's solver and those after it."""
    content: dict[str, Any] = {
        "date": "2024-01-01T00:00:00",
        "last_epoch": 71,
        "model": trained,
        "optimizer": optimizer_state(),
        "lr_scheduler": {"last_epoch": 72},
    }
    if average is not None:
        content["ema"] = {"module": average, "updates": 5000, "warmups": 1000}
    return content


def super_gradients(trained: State, average: State | None) -> dict[str, Any]:
    content: dict[str, Any] = {
        "net": trained,
        "acc": 0.789,
        "epoch": 299,
        "metrics": {"valid": {"Accuracy": 0.789}},
        "packages": {"torch": "2.0.1"},
        "optimizer_state_dict": optimizer_state(),
        "scaler_state_dict": None,
        "processing_params": None,
    }
    if average is not None:
        content["ema_net"] = average
    return content


def ema_pytorch(trained: State, average: State | None) -> dict[str, Any]:
    """The state dict of ema-pytorch's `EMA`, which holds both networks."""
    if average is None:
        return trained
    return OrderedDict(
        initted=torch.tensor(True),
        step=count(5000),
        **prefixed(trained, "online_model."),
        **prefixed(average, "ema_model."),
    )


def torch_ema(trained: State, average: State | None) -> dict[str, Any]:
    """torch-ema's average is a list of the parameters in their order, without names."""
    content: dict[str, Any] = {"model": trained, "optimizer": optimizer_state(), "epoch": 9}
    if average is not None:
        content["ema"] = {
            "decay": 0.995,
            "num_updates": 5000,
            "shadow_params": [v for n, v in average.items() if is_parameter(n)],
            "collected_params": None,
        }
    return content


def is_parameter(name: str) -> bool:
    return not name.endswith(("running_mean", "running_var", "num_batches_tracked"))


def stochastic_averaging(trained: State, average: State | None) -> dict[str, Any]:
    """PyTorch's stochastic weight averaging, saved as its documentation does."""
    content: dict[str, Any] = {"epoch": 299, "model": trained, "optimizer": optimizer_state()}
    if average is not None:
        content["swa_model"] = averaged_model(average, 25)
        content["swa_scheduler"] = {"last_epoch": 299, "anneal_epochs": 5}
    return content


def deepspeed(trained: State, average: State | None) -> dict[str, Any]:
    """DeepSpeed's `mp_rank_00_model_states.pt` up to ZeRO 2; an average is the client's state."""
    shapes = OrderedDict((n, v.shape) for n, v in trained.items() if is_parameter(n))
    content: dict[str, Any] = {
        "module": trained,
        "buffer_names": [name for name in trained if not is_parameter(name)],
        "optimizer": None,
        "param_shapes": [shapes],
        "frozen_param_shapes": None,
        "shared_params": {},
        "frozen_param_fragments": None,
        "lr_scheduler": None,
        "data_sampler": None,
        "random_ltd": None,
        "sparse_tensor_module_names": set(),
        "skipped_steps": 0,
        "global_steps": 5000,
        "global_samples": 640000,
        "dp_world_size": 8,
        "mp_world_size": 1,
        "ds_config": {"train_batch_size": 128, "zero_optimization": {"stage": 1}},
        "ds_version": "0.14.0",
        "epoch": 299,
    }
    if average is not None:
        content["model_ema"] = average
    return content


def composer(trained: State) -> dict[str, Any]:
    """Composer's checkpoint: everything two levels deep."""
    return {
        "state": {
            "model": trained,
            "optimizers": {"SGD": optimizer_state()},
            "timestamp": {"Timestamp": {"epoch": 9, "batch": 5000}},
            "integrations": {},
            "metadata": {"composer_env_info": {"composer_version": "0.17.2"}},
        },
        "rng": [{"torch": torch.arange(16, dtype=torch.uint8)}],
    }


def mmcv(trained: State, average: State) -> dict[str, Any]:
    """MMCV 1.x: the average under the names, the trained parameters as buffers without dots."""
    swapped = prefixed(average, "backbone.")
    for name, value in prefixed(trained, "backbone.").items():
        if is_parameter(name):
            swapped[f"ema_{name.replace('.', '_')}"] = value
    meta = {"epoch": 100, "iter": 5000, "mmcv_version": "1.7.1", "mmcls_version": "0.25.0"}
    return {"meta": meta, "state_dict": swapped, "optimizer": optimizer_state()}


def dotless_average(trained: State, average: State) -> State:
    """The average of latent diffusion's trainers: parameters only, their names without dots."""
    both = prefixed(trained, "model.")
    both["model_ema.decay"] = torch.tensor(0.9999)
    both["model_ema.num_updates"] = torch.tensor(5000, dtype=torch.int32)
    for name, value in average.items():
        if is_parameter(name):
            both[f"model_ema.{name.replace('.', '')}"] = value
    return both


# Modules with something on them


def convolutions(model: nn.Module) -> Iterable[nn.Module]:
    return [m for m in model.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]


def pruned() -> gpunet_torch.GPUNet:
    """A third of every weight masked, and some of the classifier's bias."""
    torch.manual_seed(31)
    model = network("plain")
    for module in convolutions(model):
        prune.random_unstructured(module, "weight", amount=1 / 3)
    prune.l1_unstructured(classifier(model), "bias", amount=2)
    return model


def finally_pruned() -> gpunet_torch.GPUNet:
    """The same with PyTorch's own products in place of weights and masks."""
    model = pruned()
    for module in convolutions(model):
        prune.remove(module, "weight")
    prune.remove(classifier(model), "bias")
    return model


def classifier(model: nn.Module) -> nn.Linear:
    return next(m for m in model.modules() if isinstance(m, nn.Linear))


def with_weight_norm() -> gpunet_torch.GPUNet:
    """The form before parametrisations: `weight_g` and `weight_v`, one `weight_g` a number."""
    model = network("plain")
    for module in convolutions(model):
        nn.utils.weight_norm(module, dim=None if isinstance(module, nn.Linear) else 0)
    return model


def parametrized(apply: Callable[[nn.Module], Any]) -> gpunet_torch.GPUNet:
    torch.manual_seed(32)
    model = network("plain")
    for module in convolutions(model):
        apply(module)
    return model


class Symmetric(nn.Module):
    """A parametrisation that nobody outside the training script knows."""

    def forward(self, weight: Tensor) -> Tensor:
        return (weight + weight.flip(-1)) / 2


def profiled() -> gpunet_torch.GPUNet:
    """thop's counts, which an interrupted profile leaves on every module."""
    model = network("plain")
    for module in list(model.modules()):
        module.register_buffer("total_ops", torch.zeros(1, dtype=torch.float64))
        module.register_buffer("total_params", torch.zeros(1, dtype=torch.float64))
    return model


def observed() -> gpunet_torch.GPUNet:
    """One layer with the observers of post-training quantization, before the conversion."""
    model = network("plain")
    quantization = torch.ao.quantization
    model.network[1].qconfig = quantization.QConfig(
        activation=quantization.MinMaxObserver,
        weight=quantization.default_per_channel_weight_observer,
    )
    return quantization.prepare(model)


def quantization_aware() -> gpunet_torch.GPUNet:
    """One layer with the fake quantizers of quantization-aware training."""
    model = network("plain").train()
    model.network[1].qconfig = torch.ao.quantization.default_qat_qconfig
    return torch.ao.quantization.prepare_qat(model).eval()


def quantizer_state(amax: float = 3.0) -> State:
    """pytorch-quantization's `_amax` beside every convolution's weight."""
    state: State = OrderedDict()
    for name, value in state_of("plain").items():
        state[name] = value
        if name.endswith(".weight") and value.dim() == 4:
            layer = name.removesuffix("weight")
            state[f"{layer}_input_quantizer._amax"] = torch.tensor(amax)
            state[f"{layer}_weight_quantizer._amax"] = value.abs().amax((1, 2, 3), keepdim=True)
    return state


def compiled_layers() -> gpunet_torch.GPUNet:
    model = network("plain")
    for name, layer in list(model.network.named_children()):
        model.network.add_module(name, torch.compile(layer))
    return model


# Weights with something in them


def damaged(part: str, value: float, index: tuple[int, ...], name: str = "plain") -> State:
    """The weights with one number of the first tensor whose name holds `part` replaced."""
    state = copy.deepcopy(state_of(name))
    tensor = next(tensor for key, tensor in state.items() if part in key)
    tensor[index] = value
    return state


def overflown() -> State:
    """The weights in half precision, after a variance outgrew it."""
    state = damaged("layer4.bn1.running_var", 70000.0, (2,))
    return OrderedDict((n, v.half() if v.is_floating_point() else v) for n, v in state.items())


def diverged() -> State:
    return OrderedDict(
        (name, torch.full_like(value, torch.nan) if value.is_floating_point() else value)
        for name, value in state_of("plain").items()
    )


# Tensors of other devices


class Rebuilt:
    """A value that is pickled as the call that makes a tensor of it."""

    def __init__(self, function: Callable[..., Tensor], *values: Any) -> None:
        self.call = (function, values)

    def __reduce__(self) -> tuple[Callable[..., Tensor], tuple[Any, ...]]:
        return self.call


def from_tpu() -> State:
    """What torch-xla's tensors were saved as until PyTorch 2.3: NumPy arrays."""
    rebuild = torch._utils._rebuild_device_tensor_from_numpy
    return OrderedDict(
        (name, Rebuilt(rebuild, value.numpy(), value.dtype, "xla:1", False))
        for name, value in state_of("plain").items()
    )


def from_npu() -> State:
    """What torch-npu's tensors were saved as before its version 2.1."""
    rebuild = sys.modules["torch_npu.utils.storage"]._rebuild_npu_tensor
    return OrderedDict(
        (name, Rebuilt(rebuild, *value.__reduce_ex__(2)[1][:6], True))
        for name, value in state_of("plain").items()
    )


def stand_in_for_npu() -> None:
    """Makes the name known by which torch-npu rebuilds tensors, to write and to read it."""

    def rebuild(*values: Any) -> Tensor:
        return torch._utils._rebuild_tensor_v2(*values[:6])

    rebuild.__module__, rebuild.__qualname__ = "torch_npu.utils.storage", "_rebuild_npu_tensor"
    for name in ("torch_npu", "torch_npu.utils", "torch_npu.utils.storage"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["torch_npu.utils.storage"]._rebuild_npu_tensor = rebuild


def move_storages(path: Path, location: str) -> None:
    """Writes the archive again with storages that say they were saved from another device."""
    reader = torch._C.PyTorchFileReader(str(path))
    names = reader.get_all_records()
    members = {name: reader.get_record(name) for name in names}

    def text(value: str) -> bytes:
        return b"X" + len(value).to_bytes(4, "little") + value.encode()

    members["data.pkl"] = members["data.pkl"].replace(text("cpu"), text(location))
    del reader
    writer = torch._C.PyTorchFileWriter(str(path))
    for name in names:
        if name not in ("version", ".data/serialization_id"):
            writer.write_record(name, members[name], len(members[name]))
    writer.write_end_of_file()


# The cases


class Cases:
    """The files written so far and what is expected of them; becomes `cases.json`."""

    def __init__(self, kind: str, arch: str, entries: list[dict[str, Any]]) -> None:
        self.kind = kind
        self.arch = arch
        self.entries = entries

    def match(
        self,
        file: str,
        about: str,
        golden: str | None,
        found: Callable[[Any], State] | None,
        reports: Iterable[str] = (),
        options: Iterable[str] = (),
        arch: str | None = None,
    ) -> None:
        """A file that converts; `found` takes from it the state dict that must have been taken."""
        arch = arch or self.arch
        if found is not None:
            check(ROOT / file, found, arch, golden)
        self._add(file, "match", about, arch, options, reports=[*reports], golden=golden)

    def either(
        self, file: str, about: str, golden: str, found: Callable[[Any], State], says: Iterable[str]
    ) -> None:
        """A file that may convert to the right answers or be refused by the right name."""
        check(ROOT / file, found, self.arch, golden)
        self._add(file, "match-or-refuse", about, self.arch, (), says=[*says], golden=golden)

    def refuse(
        self,
        file: str,
        about: str,
        *says: str,
        options: Iterable[str] = (),
        expect: str = "refuse 1",
        advises: str | None = None,
    ) -> None:
        self._add(file, expect, about, self.arch, options, says=[*says], mayAdvise=advises)

    def _add(
        self, file: str, expect: str, about: str, arch: str, options: Iterable[str], **facts: Any
    ) -> None:
        golden = facts.pop("golden", None)
        entry = {"file": file, "kind": self.kind, "expect": expect, "about": about}
        entry["arch"] = f"{arch}.json"
        if options:
            entry["options"] = [*options]
        if golden:
            entry["golden"] = f"golden-{golden}.npz"
        entry |= {name: value for name, value in facts.items() if value}
        self.entries.append(entry)


def check(path: Path, found: Callable[[Any], State], arch: str, golden: str | None) -> None:
    """PyTorch, given the state dict that `found` takes from the file, gives the golden's answer."""
    content = torch.load(path, map_location="cpu", weights_only=False)
    model = gpunet_torch.build(gpunet_torch.read_configuration(ROOT / f"{arch}.json"))
    state = OrderedDict((name, torch.as_tensor(value)) for name, value in found(content).items())
    counted = {name: v for name, v in model.state_dict().items() if name.endswith("_tracked")}
    model.load_state_dict({**counted, **state}, strict=True)
    if golden is None:
        return
    expected = np.load(ROOT / f"golden-{golden}.npz")["output"]
    difference = np.abs(answer(model).numpy() - expected).max() / np.abs(expected).max()
    if not difference < 1e-6:
        raise AssertionError(f"{path.name}: differs by {difference:.2g} from golden-{golden}.npz")


def save(name: str, content: Any) -> str:
    torch.save(content, ROOT / name)
    return name


def bare(content: State) -> State:
    return content


def under(*keys: str, prefix: str = "") -> Callable[[Any], State]:
    """Takes the state dict under keys and below a prefix."""

    def found(content: Any) -> State:
        for key in keys:
            content = content[key]
        return below(content, prefix)

    return found


def without(*parts: str, prefix: str = "") -> Callable[[State], State]:
    """Takes a bare state dict without the entries whose names hold one of `parts`."""

    def found(content: State) -> State:
        kept = {n: v for n, v in content.items() if not any(part in n for part in parts)}
        return below(OrderedDict(kept), prefix)

    return found


AVERAGE = "(?i)average"


def write_choices(entries: list[dict[str, Any]]) -> None:
    """Where the network is: groups of named tensors, prefixes inside them, and which is meant."""
    cases = Cases("choice", "small", entries)
    trained, average, teacher = (state_of(name) for name in ("trained", "averaged", "plain"))
    in_model, average_in_model = prefixed(trained, "model."), prefixed(average, "model.")
    never, always = ["--ema", "never"], ["--ema", "always"]

    file = save("timm.pth.tar", timm(trained, average))
    taken = under("state_dict_ema")
    cases.match(
        file, "timm's saver with an average", "averaged", taken, ["state_dict_ema", AVERAGE]
    )
    cases.match(
        file, "the same, the trained weights asked for", "trained", under("state_dict"),
        ["state_dict\\b", "(?i)trained"], never,
    )  # fmt: skip

    file = save("lightning-callback.ckpt", lightning_callback(in_model, average_in_model))
    taken = under("callbacks", "EMA", "ema_state_dict", prefix="model.")
    cases.match(
        file, "the average is a callback's state", "averaged", taken,
        [r"callbacks\.EMA\.ema_state_dict", AVERAGE],
    )  # fmt: skip

    key = "EMACallback{'decay': 0.999, 'every': 10}"
    content = lightning(in_model, {key: {"ema_state_dict": average_in_model, "decay": 0.999}})
    file = save("lightning-callback-key.ckpt", content)
    taken = under("callbacks", key, "ema_state_dict", prefix="model.")
    cases.match(
        file, "a callback's key that tells its arguments, dots and quotes in it", "averaged", taken,
        ["EMACallback", AVERAGE],
    )  # fmt: skip
    cases.match(
        file, "the same, asked for by that key", "averaged", taken, ["EMACallback"],
        ["--key", f"callbacks.{key}.ema_state_dict"],
    )  # fmt: skip

    file = save("lightning-averaging.ckpt", lightning_averaging(in_model, average_in_model))
    taken = under("state_dict", prefix="model.")
    cases.match(
        file, "WeightAveraging: state_dict is the average", "averaged", taken,
        ["'state_dict'", AVERAGE],
    )  # fmt: skip
    taken = under("current_model_state", prefix="model.")
    cases.match(
        file, "the same, the trained weights asked for", "trained", taken,
        ["current_model_state", "(?i)trained"], never,
    )  # fmt: skip

    stochastic = {
        "n_averaged": 5,
        "latest_update_epoch": 9,
        "scheduler_state": None,
        "average_model_state": averaged_model(average_in_model, 5),
    }
    content = lightning(in_model, {"StochasticWeightAveraging": stochastic})
    file = save("lightning-swa.ckpt", content)
    # The running average has the batch norms from before the training; state_dict has its end.
    cases.match(
        file, "Lightning's stochastic weight averaging in the midst of training", "trained",
        under("state_dict", prefix="model."), ["average_model_state", "running average"],
    )  # fmt: skip

    backbones = [prefixed(state, "backbone.") for state in (trained, average)]
    file = save("mmengine.pth", mmengine(*backbones))
    taken = under("state_dict", prefix="backbone.")
    cases.match(
        file, "MMEngine swaps on saving: state_dict is the average", "averaged", taken,
        ["'state_dict'", AVERAGE],
    )  # fmt: skip
    taken = under("ema_state_dict", prefix="module.backbone.")
    cases.match(
        file, "the same, the trained weights asked for: they are under ema_state_dict", "trained",
        taken, ["ema_state_dict", "(?i)trained"], never,
    )  # fmt: skip

    file = save("mmcv.pth", mmcv(trained, average))
    cases.match(
        file, "MMCV 1.x: the average under the names, the trained weights as ema_… buffers",
        "averaged", under("state_dict", prefix="backbone."), ["state_dict"],
    )  # fmt: skip

    file = save("torchvision.pth", torchvision(trained, average))
    taken = under("model_ema", prefix="module.")
    cases.match(
        file, "torchvision's references: n_averaged and module.*", "averaged", taken,
        ["model_ema", AVERAGE],
    )  # fmt: skip

    file = save("rt-detr.pth", rt_detr(trained, average))
    taken = under("ema", "module")
    cases.match(
        file, "the average is below ema.module, a number beside it", "averaged", taken,
        [r"ema\.module", AVERAGE],
    )  # fmt: skip

    file = save("super-gradients.pth", super_gradients(trained, average))
    cases.match(
        file, "net and ema_net", "averaged", under("ema_net"), ["ema_net", AVERAGE]
    )
    cases.match(
        file, "the same, the trained weights asked for", "trained", under("net"),
        ["'net'", "(?i)trained"], never,
    )  # fmt: skip

    file = save("ema-pytorch.pt", ema_pytorch(trained, average))
    cases.match(
        file, "online_model.* and ema_model.* in one state dict", "averaged",
        under(prefix="ema_model."), ["ema_model", AVERAGE],
    )  # fmt: skip
    cases.match(
        file, "the same, the trained weights asked for", "trained",
        under(prefix="online_model."), ["online_model", "(?i)trained"], never,
    )  # fmt: skip
    cases.match(
        file, "the same, asked for by prefix", "trained", under(prefix="online_model."),
        ["online_model"], ["--key", "online_model"],
    )  # fmt: skip
    content = {
        "step": 5000,
        "model": trained,
        "opt": optimizer_state(),
        "ema": ema_pytorch(trained, average),
        "scaler": None,
        "version": "1.0",
    }
    cases.match(
        save("ema-pytorch-trainer.pt", content),
        "the same below ema, and the trained weights once more under model", "averaged",
        under("ema", prefix="ema_model."), [r"ema\.ema_model|'ema'.*ema_model", AVERAGE],
    )  # fmt: skip

    file = save("torch-ema.pth", torch_ema(trained, average))
    cases.match(
        file, "the average is a list of parameters: the trained weights, and a remark", "trained",
        under("model"), ["'model'", "shadow_params"],
    )  # fmt: skip
    cases.refuse(
        file, "the same, the average asked for", "shadow_params", options=always
    )

    file = save("swa.pth", stochastic_averaging(trained, average))
    taken = under("swa_model", prefix="module.")
    cases.match(
        file, "model and swa_model", "averaged", taken, ["swa_model", AVERAGE]
    )
    model = AveragedModel(network("averaged"))
    file = save("averaged-model.pth", model.state_dict())
    taken = under(prefix="module.")
    cases.match(
        file, "an AveragedModel alone: n_averaged and module.*", "averaged", taken, [AVERAGE]
    )
    cases.refuse(
        file, "the same, the trained weights asked for: there are none", AVERAGE, options=never
    )

    both = OrderedDict(in_model, **prefixed(averaged_model(average), "averaged_model."))
    file = save("averaged-model-beside.ckpt", lightning(both))
    cases.match(
        file, "an AveragedModel as an attribute beside the network, in one state dict", "averaged",
        under("state_dict", prefix="averaged_model.module."), ["averaged_model", AVERAGE],
    )  # fmt: skip
    both = OrderedDict(in_model, **prefixed(average, "model_ema.module."))
    file = save("model-ema-beside.ckpt", lightning(both))
    cases.match(
        file, "timm's ModelEmaV3 as an attribute beside the network", "averaged",
        under("state_dict", prefix="model_ema.module."), ["model_ema", AVERAGE],
    )  # fmt: skip
    cases.match(
        file, "the same, asked for by key path and prefix", "trained",
        under("state_dict", prefix="model."), ["model"], ["--key", "state_dict.model"],
    )  # fmt: skip

    file = save("composer.pt", composer(prefixed(trained, "module.")))
    cases.match(
        file, "two levels deep", "trained", under("state", "model", prefix="module."),
        [r"state\.model"],
    )  # fmt: skip
    file = save("deepspeed.pt", deepspeed(trained, average))
    cases.match(
        file, "DeepSpeed's module, and an average in the client's state", "averaged",
        under("model_ema"), ["model_ema", AVERAGE],
    )  # fmt: skip
    file = save("deepspeed-module.pt", deepspeed(trained, None))
    cases.match(
        file, "DeepSpeed's module alone", "trained", under("module"), ["module"]
    )
    cases.refuse(file, "the same, an average asked for", AVERAGE, options=always)
    content = {"state_dict": trained, "state_dict_ema": {}, "ema": None, "epoch": 9}
    cases.match(
        save("empty-average.pth", content), "the average was turned off and its keys kept",
        "trained", under("state_dict"), [r"state_dict\b"],
    )  # fmt: skip
    content = {"model": trained, "state_dict": trained, "epoch": 9}
    file = save("same-weights-twice.pth", content)
    cases.match(
        file, "the same tensors under two keys: there is nothing to choose", "trained",
        under("model"), ["'(model|state_dict)'"],
    )  # fmt: skip

    both = OrderedDict(prefixed(trained, "student."), **prefixed(average, "teacher."))
    file = save("student-and-teacher.ckpt", lightning(both))
    cases.refuse(
        file, "equal networks: nothing says which is meant", "student", "teacher", "--key"
    )
    for key, golden in (("student", "trained"), ("teacher", "averaged")):
        cases.match(
            file, f"the same, the {key} asked for by prefix", golden,
            under("state_dict", prefix=f"{key}."), [key], ["--key", key],
        )  # fmt: skip
        cases.match(
            file, f"the same, the {key} asked for by key path and prefix", golden,
            under("state_dict", prefix=f"{key}."), [key], ["--key", f"state_dict.{key}"],
        )  # fmt: skip
    both = OrderedDict(prefixed(trained, "student."), **prefixed(teacher, "teacher."))
    file = save("distillation.ckpt", lightning(both))
    cases.match(
        file, "two networks: the architecture fits the student alone", "trained",
        under("state_dict", prefix="student."), ["student"],
    )  # fmt: skip
    cases.match(
        file, "the same with the teacher's architecture", "plain",
        under("state_dict", prefix="teacher."), ["teacher"], arch="network",
    )  # fmt: skip
    content = {
        "student": prefixed(trained, "module.backbone."),
        "teacher": prefixed(average, "backbone."),
        "optimizer": optimizer_state(),
        "epoch": 99,
        "args": arguments(),
    }
    file = save("student-and-teacher-keys.pth", content)
    cases.refuse(
        file, "self-distillation: equal networks under two keys", "student", "teacher", "--key"
    )
    cases.match(
        file, "the same, one asked for", "averaged", under("teacher", prefix="backbone."),
        ["teacher"], ["--key", "teacher"],
    )  # fmt: skip
    both = OrderedDict(
        prefixed(trained, "module.base_encoder."), **prefixed(average, "module.momentum_encoder.")
    )
    cases.refuse(
        save("momentum-encoder.pth.tar", {"epoch": 99, "arch": "gpunet", "state_dict": both}),
        "momentum contrast: two equal encoders", "base_encoder", "momentum_encoder", "--key",
    )  # fmt: skip
    cases.refuse(
        save("best-and-last.pth", {"epoch": 9, "best_model": trained, "last_model": average}),
        "two equal networks under keys that say nothing", "best_model", "last_model", "--key",
    )  # fmt: skip

    parts = parameters_only(network("averaged"))
    file = save("parameters-only-average.pth", {"model": trained, "ema": parts, "epoch": 9})
    cases.refuse(
        file, "the average lacks the running statistics", "ema", "running_mean|statistic", "--key",
        expect="message",
    )  # fmt: skip
    cases.match(
        file, "the same, the trained weights asked for", "trained", under("model"),
        ["model", "(?i)trained"], never,
    )  # fmt: skip
    shadow = {"decay": 0.999, "shadow": parts}
    cases.refuse(
        save("shadow.pth", {"model": trained, "ema": shadow}),
        "an average by the name of shadow, without running statistics", "shadow", "--key",
        expect="message",
    )  # fmt: skip
    cases.either(
        save("dotless-average.ckpt", lightning(dotless_average(trained, average))),
        "an average of the parameters, names without dots: the trained weights and a remark, or no",
        "trained", under("state_dict", prefix="model."), ["model_ema", "--key"],
    )  # fmt: skip


NAME_OF_HEAD = r"classifier|\bhead\b(?!:)"
"""What people call the last layer; `head: 2` is the first."""

WRAPPERS = {
    # file: (words, in front of the names or after each layer's; what made it)
    "fabric.pth": ("_forward_module.", "Lightning Fabric"),
    "timm-backbone.pth": ("backbone.timm_model.", "a backbone that wraps timm's model"),
    "net.pth": ("net.", "an attribute of the user's, a word that layers' names have too"),
    "encoder.pth": ("encoder.", "an attribute of the user's"),
    "student-backbone.pth": ("student.backbone.", "the one network kept of a distillation"),
    "many-words.pth": ("model._orig_mod.module.", "Lightning, compiled, in parallel"),
}


def write_names(entries: list[dict[str, Any]]) -> None:
    """Names with wrappers' words in them, without their root, and heads that were exchanged."""
    cases = Cases("names", "network", entries)
    trained = state_of("plain")

    for file, (words, about) in WRAPPERS.items():
        save(file, prefixed(trained, words))
        reported = [re.escape(words.removesuffix("."))]
        cases.match(file, about, "plain", under(prefix=words), reported)
    cases.match(
        save("data-parallel.pth", nn.DataParallel(network("plain")).state_dict()),
        "data-parallel", "plain", under(prefix="module."), ["module"],
    )  # fmt: skip

    def cleaned(*words: str) -> Callable[[State], State]:
        return lambda content: renamed(content, *((re.escape(word), "") for word in words))

    cases.match(
        save("compiled-layers.pth", compiled_layers().state_dict()),
        "every layer compiled by itself", "plain", cleaned("_orig_mod."), ["_orig_mod"],
    )  # fmt: skip
    fsdp = infixed(prefixed(trained, "_fsdp_wrapped_module."), "_fsdp_wrapped_module.")
    words = ("_fsdp_wrapped_module.", "_checkpoint_wrapped_module.")
    cases.match(
        save("fsdp.pt", {"model": fsdp, "optimizer": {}}), "FSDP around network and layers",
        "plain", lambda content: cleaned(*words)(content["model"]), ["_fsdp_wrapped_module"],
    )  # fmt: skip
    checkpointed = infixed(trained, "_fsdp_wrapped_module._checkpoint_wrapped_module.")
    cases.match(
        save("activation-checkpointing.pt", checkpointed),
        "FSDP and activation checkpointing around every layer", "plain", cleaned(*words),
        ["_checkpoint_wrapped_module"],
    )  # fmt: skip
    deep = renamed(trained, (r"(conv\w*|bn\d|net\.\d)\.", r"\1.module."))
    cases.match(
        save("wrapped-modules.pth", deep), "every convolution and norm wrapped by itself",
        "plain", cleaned("module."), ["module"],
    )  # fmt: skip

    rootless = below(trained, "network.")

    def rooted(prefix: str) -> Callable[[State], State]:
        return lambda content: prefixed(below(content, prefix), "network.")

    cases.match(
        save("root-left-out.pth", network("plain").network.state_dict()),
        "model.network.state_dict()", "plain", rooted(""), ["network"],
    )  # fmt: skip
    for file, words in (
        ("root-replaced.pth", "features."),
        ("root-left-out-backbone.pth", "module.backbone."),
    ):
        save(file, prefixed(rootless, words))
        reported = [re.escape(words.removesuffix("."))]
        cases.match(file, f"{words} where network. was", "plain", rooted(words), reported)

    def head(position: str) -> Callable[[State], State]:
        return lambda content: renamed(content, (rf"net\.6\.{position}\.", "net.6."))

    for file, position, about in (
        ("head-dropout-linear.pth", "1", "Sequential(Dropout, Linear) as the classifier"),
        ("head-linear-alone.pth", "0", "Sequential(Linear) as the classifier"),
        ("head-fc.pth", "fc", "the classifier as an attribute of a module in its place"),
    ):
        changed = renamed(trained, (r"net\.6\.", f"net.6.{position}."))
        reported = [rf"(?i)net\.6\.{position}|{NAME_OF_HEAD}"]
        cases.match(save(file, changed), about, "plain", head(position), reported)

    no_bias = OrderedDict((n, v) for n, v in trained.items() if not n.endswith("net.6.bias"))
    bias = next(name for name in trained if name.endswith("net.6.bias"))
    cases.match(
        save("head-without-bias.pth", no_bias), "a classifier without bias: zeros, and said",
        "without-bias", lambda content: {**content, bias: torch.zeros(5)}, ["(?i)bias"],
    )  # fmt: skip
    no_head = OrderedDict((n, v) for n, v in trained.items() if "net.6." not in n)
    cases.refuse(
        save("head-missing.pth", no_head), "a backbone without its classifier",
        f"(?i){NAME_OF_HEAD}",
    )  # fmt: skip
    cases.refuse(
        save("tail-missing.pth", without("layer6")(trained)),
        "layers up to the tail: its convolution is missing too",
        f"(?i)tail|layer6|{NAME_OF_HEAD}",
    )  # fmt: skip
    two = OrderedDict(no_head)
    two[bias.replace("6.bias", "6.0.weight")] = torch.zeros(12, 16)
    two[bias.replace("6.bias", "6.0.bias")] = torch.zeros(12)
    two[bias.replace("6.bias", "6.2.weight")] = torch.zeros(5, 12)
    two[bias.replace("6.bias", "6.2.bias")] = torch.zeros(5)
    cases.refuse(
        save("head-of-two.pth", two), "two classifiers one after the other: another network",
        f"(?i){NAME_OF_HEAD}", expect="message",
    )  # fmt: skip
    outside = prefixed(no_head, "backbone.")
    outside["classifier.weight"] = trained[bias.replace("bias", "weight")]
    outside["classifier.bias"] = trained[bias]

    def brought_in(content: State) -> State:
        place = bias.removesuffix("bias")
        return below(renamed(content, (r"^classifier\.", f"backbone.{place}")), "backbone.")

    cases.either(
        save("head-outside.pth", outside), "the classifier is an attribute beside the backbone",
        "plain", brought_in, [f"(?i){NAME_OF_HEAD}"],
    )  # fmt: skip

    for file, about, changes, says in (
        ("renamed-pw.pth", "conv_pw is pw everywhere", [(r"conv_pw\.", "pw.")],
         ["conv_pw", r"\bpw"]),
        ("renamed-norm.pth", "bn is norm everywhere", [(r"\bbn(\d)", r"norm\1")],
         ["bn", "norm"]),
        ("renamed-se.pth", "se is attention everywhere", [(r"\.se\.", ".attention.")],
         [r"\bse\b", "attention"]),
        ("renamed-spaces.pth", "blanks and colons are underscores in layers' names",
         [(r": ", "_"), (r" ", "_")], ["stage: 3 layer5", "stage_3_layer5"]),
    ):  # fmt: skip
        save(file, renamed(trained, *changes))
        cases.refuse(file, about, *says, expect="message")
    cases.match(
        save("renamed-slashes.pth", renamed(trained, (r"\.", "/"))),
        "slashes between the parts of every name", "plain",
        lambda content: renamed(content, (r"/", ".")),
    )  # fmt: skip


def write_bookkeeping(entries: list[dict[str, Any]]) -> None:
    """Tensors beside the weights that change no answer, and some that only look so."""
    cases = Cases("bookkeeping", "network", entries)
    trained = state_of("plain")

    cases.match(
        save("profiled.pth", profiled().state_dict()), "thop's counts on every module", "plain",
        without("total_ops", "total_params"), ["total_ops"],
    )  # fmt: skip
    counters = OrderedDict(
        n_averaged=count(5), steps=count(5000), step=count(5000), initted=torch.tensor(True),
        updates=count(5000), num_updates=torch.tensor(5000, dtype=torch.int32),
        decay=torch.tensor(0.9999),
    )  # fmt: skip
    cases.match(
        save("counters.pth", {**prefixed(trained, "module."), **counters}),
        "averages' counters beside the network", "plain", under(prefix="module."), [*counters],
    )  # fmt: skip
    inside = renamed(trained, (r"(layer5\.)", r"\1module."))
    inside["network.stage: 3 layer5.step"] = count(5)
    cases.match(
        save("counter-inside.pth", inside), "a counter of a wrapper around one layer", "plain",
        lambda content: renamed(without("step")(content), (r"module\.", "")), ["step"],
    )  # fmt: skip
    metrics = OrderedDict(
        (f"{stage}_accuracy.{name}", torch.zeros(5, dtype=torch.int64))
        for stage in ("train", "val")
        for name in ("tp", "fp", "tn", "fn")
    )
    metrics |= {"val_loss.mean_value": torch.tensor(0.7), "val_loss.weight": torch.tensor(9.0)}
    metrics |= {"val_confusion.confmat": torch.zeros(5, 5, dtype=torch.int64)}
    metrics["criterion.weight"] = torch.ones(5)
    cases.match(
        save("metrics.ckpt", lightning({**prefixed(trained, "model."), **metrics})),
        "persistent metrics and a loss's class weights beside the network", "plain",
        under("state_dict", prefix="model."), ["val_accuracy|criterion|tp"],
    )  # fmt: skip
    cases.match(
        save("amax.pth", quantizer_state()), "a quantizer's ranges", "plain", without("_amax"),
        ["_amax"],
    )  # fmt: skip
    cases.match(
        save("observers.pth", observed().state_dict()), "observers of one layer", "plain",
        without("activation_post_process"), ["activation_post_process"],
    )  # fmt: skip
    cases.match(
        save("fake-quantizers.pth", quantization_aware().state_dict()),
        "fake quantizers of one layer", "plain",
        without("activation_post_process", "weight_fake_quant"), ["fake_quant"],
    )  # fmt: skip
    cases.match(
        save("no-batch-counts.pth", without("num_batches_tracked")(trained)),
        "no num_batches_tracked at all", "plain", bare,
    )  # fmt: skip
    some = without("layer3.bn1.num_batches_tracked", "layer5.bn2.num_batches_tracked")(trained)
    cases.match(
        save("some-batch-counts.pth", some), "num_batches_tracked here and there", "plain", bare
    )
    averaged_counts = OrderedDict(
        (name, value * 0.999 if name.endswith("num_batches_tracked") else value)
        for name, value in trained.items()
    )
    cases.match(
        save("averaged-batch-counts.pth", averaged_counts),
        "an average over everything, so that num_batches_tracked are fractions", "plain", bare,
        ["batch counts"],
    )  # fmt: skip
    adapted = OrderedDict(trained)
    head = next(name for name, value in trained.items() if value.dim() == 2)
    for part, shape in (("A", (2, trained[head].shape[1])), ("B", (trained[head].shape[0], 2))):
        adapted[head.replace(".weight", f".lora_{part}.default.weight")] = torch.ones(shape)
    cases.refuse(
        save("adapters.pth", adapted), "adapters beside the classifier that are not merged",
        "adapters", "merge_and_unload", expect="message",
    )  # fmt: skip
    extra = OrderedDict(trained)
    extra["network.head: 2.net.0._extra_state"] = torch.empty(0, dtype=torch.uint8)
    extra["network.head: 2.net.1._extra_state"] = {"version": 1, "scale": [1.0]}
    extra["_extra_state"] = None
    cases.match(
        save("extra-state.pth", extra), "modules' extra state: a tensor, a dict, none", "plain",
        without("_extra_state"), ["_extra_state"],
    )  # fmt: skip
    normalized = prefixed(trained, "model.")
    for name in ("mean", "std"):
        value = {"mean": generated_weights.MEAN, "std": generated_weights.STANDARD_DEVIATION}[name]
        normalized[name] = torch.tensor(value).view(1, 3, 1, 1)
    cases.either(
        save("normalization.ckpt", lightning(normalized)),
        "mean and std beside the network, which normalise its input: named, with or without a no",
        "plain", under("state_dict", prefix="model."), ["mean", "std"],
    )  # fmt: skip

    values = {"0.mean": normalized["mean"], "0.std": normalized["std"]}
    cases.either(
        save("normalization-in-front.pth", {**values, **prefixed(trained, "1.")}),
        "Sequential(Normalize, network): the same", "plain", under(prefix="1."), ["mean", "std"],
    )  # fmt: skip

    strange = OrderedDict(trained)
    strange["network.stage: 1 layer3.attention.weight"] = torch.ones(8, 8, 1, 1)
    cases.refuse(
        save("unknown-layer.pth", strange), "a layer that no network here has", "attention",
        advises="--allow-unused",
    )  # fmt: skip
    strange = OrderedDict(trained)
    strange["network.stage: 1 layer3.conv.bias"] = torch.ones(8)
    cases.refuse(
        save("convolution-bias.pth", strange), "a convolution has a bias: another network",
        "conv\\.bias", advises="--allow-unused",
    )  # fmt: skip
    strange = OrderedDict(trained)
    strange["network.stage: 1 layer3.step"] = torch.ones(8, 8, 3, 3)
    cases.refuse(
        save("counter-of-weights.pth", strange),
        "a counter's name, but a convolution's shape: no counter", "layer3\\.step",
        advises="--allow-unused",
    )  # fmt: skip


def combined(content: State) -> State:
    """Every parametrised tensor as the formula of its names gives it."""
    state: State = OrderedDict()
    for name, value in content.items():
        value = value.detach()
        if name.endswith("_orig"):
            plain = name.removesuffix("_orig")
            state[plain] = value * content[f"{plain}_mask"]
        elif name.endswith("weight_v"):
            state[name[:-2]] = normed(content[f"{name[:-1]}g"].detach(), value)
        elif name.endswith("parametrizations.weight.original1"):
            plain = name.replace("parametrizations.weight.original1", "weight")
            state[plain] = normed(content[f"{name[:-1]}0"].detach(), value)
        elif not name.endswith(("_mask", "weight_g", "original0")):
            state[name] = value
    return state


def normed(length: Tensor, direction: Tensor) -> Tensor:
    """Weight norm: each filter of `direction`, or all of it, scaled to `length`."""
    direction = direction.double()
    axes = tuple(range(1, direction.dim())) if length.dim() else None
    return length * direction / direction.pow(2).sum(axes, keepdim=length.dim() > 0).sqrt()


def write_parametrisations(entries: list[dict[str, Any]]) -> None:
    """Weights that are made of others, modules as data, and tensors of other devices."""
    cases = Cases("parametrisations", "network", entries)
    cases.match(
        save("pruned.pth", pruned().state_dict()), "weights and a bias with their masks", "pruned",
        combined, ["(?i)mask|prun"],
    )  # fmt: skip
    cases.match(
        save("pruned-training.pth.tar", timm(prefixed(pruned().state_dict(), "module."), None)),
        "the same in a training checkpoint, data-parallel", "pruned",
        lambda content: combined(below(content["state_dict"], "module.")), ["(?i)mask|prun"],
    )  # fmt: skip
    cases.match(
        save("weight-norm.pth", with_weight_norm().state_dict()), "weight_g and weight_v",
        "plain", combined, ["(?i)weight.?norm"],
    )  # fmt: skip
    model = parametrized(parametrizations.weight_norm)
    cases.match(
        save("weight-norm-parametrized.pth", model.state_dict()), "original0 and original1",
        "plain", combined, ["(?i)weight.?norm"],
    )  # fmt: skip
    cases.refuse(
        save("spectral-norm.pth", parametrized(nn.utils.spectral_norm).state_dict()),
        "weight_orig, weight_u and weight_v", "(?i)spectral",
    )  # fmt: skip
    model = parametrized(parametrizations.spectral_norm)
    cases.refuse(
        save("spectral-norm-parametrized.pth", model.state_dict()),
        "original, 0._u and 0._v", "(?i)spectral",
    )  # fmt: skip

    def symmetric(module: nn.Module) -> None:
        parametrize.register_parametrization(module, "weight", Symmetric())

    cases.refuse(
        save("unknown-parametrization.pth", parametrized(symmetric).state_dict()),
        "an original whose function is not in the file", "(?i)parametri[sz]",
    )  # fmt: skip
    orphan = pruned().state_dict()
    del orphan["network.stage: 1 layer3.conv.weight_mask"]
    cases.refuse(
        save("mask-missing.pth", orphan), "one weight_orig without its mask",
        r"layer3\.conv\.weight", expect="message",
    )  # fmt: skip

    cases.match(
        save("module.pt", network("plain")), "a pickled module", "plain",
        nn.Module.state_dict,
    )  # fmt: skip
    cases.match(
        save("module-data-parallel.pt", {"model": nn.DataParallel(network("plain")), "epoch": 9}),
        "a pickled module in a wrapper in a dict", "plain",
        lambda content: content["model"].module.state_dict(), ["model"],
    )  # fmt: skip
    half = network("averaged").half()
    stripped = {
        "epoch": -1, "best_fitness": None, "model": None, "ema": half, "updates": 5000,
        "optimizer": None, "train_args": {"imgsz": 32}, "date": "2024-01-01T00:00:00",
    }  # fmt: skip
    cases.match(
        save("module-average.pt", stripped), "the average as a module in half precision",
        "averaged-half", lambda content: content["ema"].float().state_dict(), ["ema"], arch="small",
    )  # fmt: skip
    both = {"model": network("trained"), "ema": network("averaged"), "updates": 5000, "epoch": 9}
    cases.match(
        save("module-and-average.pt", both), "both as modules", "averaged",
        lambda content: content["ema"].state_dict(), ["ema", AVERAGE], arch="small",
    )  # fmt: skip
    cases.match(
        save("module-pruned.pt", pruned()), "a pickled module that is still pruned", "pruned",
        lambda content: combined(content.state_dict()), ["(?i)mask|prun"],
    )  # fmt: skip

    arrays = OrderedDict((name, value.numpy()) for name, value in state_of("plain").items())
    cases.match(
        save("arrays.pth", {"state_dict": arrays, "epoch": 9}), "a dict of NumPy arrays",
        "plain", under("state_dict"), ["state_dict"],
    )  # fmt: skip
    cases.match(save("from-tpu.pth", from_tpu()), "saved from a TPU", "plain", bare)
    cases.match(save("from-npu.pth", from_npu()), "saved from an NPU", "plain", bare)
    for device in ("mps", "npu:0"):
        file = f"from-{device.partition(':')[0]}{'-location' if device == 'npu:0' else ''}.pth"
        save(file, state_of("plain"))
        move_storages(ROOT / file, device)
        cases.match(file, f"storages of the device {device}", "plain", bare)


# Surroundings


def doubled(state: State, names: str, copies: str) -> State:
    """The same tensors again under names that begin so in place of the others."""
    return OrderedDict(
        (name.replace(names, copies, 1), value.clone())
        for name, value in state.items()
        if name.startswith(names)
    )


def with_settings(change: Callable[[gpunet_torch.GPUNet], None]) -> gpunet_torch.GPUNet:
    """A network whose modules are set otherwise than their layer strings say."""
    model = network("plain")
    change(model)
    return model


def set_epsilons(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 1e-5


def named_optimizer(name: str) -> dict[str, Any]:
    """An optimizer that keeps an average of every parameter under that name."""
    parameters = [*network("trained").parameters()]
    state = {index: {"step": 9.0, name: value.detach()} for index, value in enumerate(parameters)}
    return {"state": state, "param_groups": [{"lr": 0.1, "params": [*state]}]}


def write_surroundings(entries: list[dict[str, Any]]) -> None:
    """What stands beside the network, in front of it and behind it; copies of it."""
    cases = Cases("surroundings", "network", entries)
    unused = "--allow-unused"
    plain = state_of("plain")
    head = "network. layer6.net.6."
    classes, width = plain[head + "weight"].shape
    inner = prefixed(plain, "model.")

    behind = {**inner, "fc.weight": torch.ones(3, classes), "fc.bias": torch.ones(3)}
    file = save("layer-behind.ckpt", {"state_dict": behind})
    cases.refuse(
        file, "a layer on the logits", r"fc\.weight", "behind the logits", advises=unused
    )
    cases.match(
        file, "the same, asked to leave it out", "plain", under("state_dict", prefix="model."),
        ["fc"], [unused],
    )  # fmt: skip
    cases.refuse(
        save("layer-behind.pt", nn.Sequential(network("plain"), nn.Linear(classes, 3))),
        "a layer on the logits in a pickled module", r"1\.weight", "behind the logits",
        advises=unused,
    )  # fmt: skip
    layers = [nn.Linear(classes, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 8)]
    layers += [nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3)]
    cases.refuse(
        save("layers-behind.pt", nn.ModuleDict({"net": network("plain"),
             "head": nn.Sequential(*layers)})),
        "several layers on the logits", r"head\.0\.weight", "behind the logits", advises=unused,
    )  # fmt: skip
    both = {**inner, **prefixed(plain, "model.ema."), "model.fc.weight": torch.ones(3, classes)}
    cases.refuse(
        save("average-and-layer.ckpt", {"state_dict": both}), "a layer on the trained logits alone",
        r"model\.fc\.weight", "behind the logits", advises=unused,
    )  # fmt: skip
    cases.refuse(
        save("temperature.pth", {**inner, "temperature": torch.tensor([1.7])}),
        "logits divided by a learned number", "temperature", "logits", advises=unused,
    )  # fmt: skip
    cases.refuse(
        save("layer-in-front.pth", {**inner, "gray.weight": torch.ones(3, 1, 1, 1)}),
        "one channel made three", r"gray\.weight", "in front", advises=unused,
    )  # fmt: skip
    cases.match(
        save("losses.pth", {**plain, "criterion.weight": torch.ones(classes)}),
        "a loss's weights of the classes", "plain",
        lambda content: below(content, "network.") and {
            name: value for name, value in content.items() if name != "criterion.weight"
        }, ["loss"],
    )  # fmt: skip
    cases.match(
        save("aliased.pth", {**plain, "fc.weight": plain[head + "weight"]}),
        "the classifier once more under another name", "plain",
        lambda content: {name: content[name] for name in plain}, ["same numbers"],
    )  # fmt: skip
    buffers = {"mean": torch.full((1, 3, 1, 1), 0.25), "std": torch.full((1, 3, 1, 1), 0.5)}
    cases.match(
        save("pixel-mean.pth", {**inner, **buffers}), "pixels normalised in front of the network",
        "plain", under(prefix="model."), ["0\\.25", "normalised"],
    )  # fmt: skip
    cases.match(
        save("module-and-softmax.pt", nn.Sequential(network("plain"), nn.Softmax(1))),
        "a module that ends with a softmax", "plain", lambda content: content[0].state_dict(),
        ["Softmax"],
    )  # fmt: skip

    for name, about, change, says in (
        ("epsilon", "norms of another epsilon", set_epsilons, ["eps", "1e-05"]),
        ("activation", "another nonlinearity",
         lambda model: setattr(model.network[3], "act", nn.GELU()), ["GELU"]),
        ("stride", "another stride",
         lambda model: setattr(model.network[3].conv_dw, "stride", (2, 2)), ["stride"]),
        ("upsampled", "a module between the layers",
         lambda model: model.network.add_module("up", nn.Upsample(scale_factor=2)),
         [r"network\.up", "Upsample"]),
        ("padding", "another padding",
         lambda model: setattr(model.network[3].conv_dw, "padding_mode", "reflect"), ["reflect"]),
    ):  # fmt: skip
        cases.refuse(save(f"module-{name}.pt", with_settings(change)), about, *says)

    pair = {**inner, **doubled(inner, "model.", "compiled.")}
    cases.match(
        save("same-numbers.ckpt", {"state_dict": pair}), "one network under two names", "plain",
        under("state_dict", prefix="compiled."), ["same numbers"],
    )  # fmt: skip
    cases.match(
        save("halves.pth", {
            "params": dict(network("plain").named_parameters()),
            "buffers": dict(network("plain").named_buffers()),
        }), "parameters and buffers in two dicts", "plain",
        lambda content: {**content["params"], **content["buffers"]},
    )  # fmt: skip
    cases.match(
        save("classifier-convolution.pth", {
            **plain, head + "weight": plain[head + "weight"].reshape(classes, width, 1, 1)
        }), "a classifier that is a convolution", "plain",
        lambda content: {**content, head + "weight": content[head + "weight"].flatten(1)},
    )  # fmt: skip
    masked = OrderedDict(pruned().state_dict())
    for name in [name for name in masked if name.endswith("_orig")]:
        masked[name.removesuffix("_orig")] = masked.pop(name)
    cases.match(
        save("masks.pth", masked), "masks beside their weights", "pruned",
        lambda content: {
            name: value * content.get(name + "_mask", 1)
            for name, value in content.items() if not name.endswith("_mask")
        }, ["(?i)mask"],
    )  # fmt: skip

    cases = Cases("surroundings", "small", entries)
    trained, averaged = state_of("trained"), state_of("averaged")
    marked = {name + "_ema": value for name, value in averaged.items()}
    file = save("marked-names.pth", {**trained, **marked})
    cases.match(
        file, "an average by what is behind its names", "averaged",
        lambda content: {name: content[name + "_ema"] for name in trained}, [AVERAGE],
    )  # fmt: skip
    cases.match(
        file, "the same, the trained weights asked for", "trained",
        lambda content: {name: content[name] for name in trained}, options=["--ema", "never"],
    )  # fmt: skip
    holder = network("trained")
    holder.ema, holder.probabilities = network("averaged"), nn.Softmax(1)
    cases.match(
        save("module-average-inside.pt", holder), "a module that holds its average and a softmax",
        "averaged", lambda content: content.ema.state_dict(), [AVERAGE, "Softmax"],
    )  # fmt: skip
    file = save("two-decays.pth", {"ema": {0.999: trained, 0.9999: averaged}})
    cases.refuse(file, "averages under numbers", r"ema\.0\.999\b", r"ema\.0\.9999\b")
    cases.match(
        file, "the same, one asked for", "averaged", lambda content: content["ema"][0.9999],
        options=["--key", "ema.0.9999"],
    )  # fmt: skip
    file = save("top-and-wrapped.pth", {**trained, **prefixed(averaged, "module.")})
    cases.refuse(file, "two copies that a wrapper tells apart", "--key ''", "--key module")
    cases.match(
        file, "the same, the top level asked for", "trained",
        lambda content: {name: content[name] for name in trained}, options=["--key", ""],
    )  # fmt: skip
    cases.match(
        file, "the same, the wrapped one asked for", "averaged", under(prefix="module."),
        options=["--key", "module"],
    )  # fmt: skip
    active = {"state": {
        "model": prefixed(averaged, "module."),
        "algorithms": [("EMA", {"ema_weights_active": True, "ema_model": {
            "named_parameters_dict": dict(network("trained").named_parameters()),
            "named_buffers_dict": dict(network("trained").named_buffers()),
        }})],
    }}  # fmt: skip
    cases.match(
        save("composer-active.pt", active), "Composer's EMA while it is at work", "averaged",
        under("state", "model", prefix="module."), ["Composer", AVERAGE],
    )  # fmt: skip
    cases.match(
        save("nested-ema-pytorch.pth", {
            "model": trained, "model_ema": {
                **prefixed(trained, "online_model."), **prefixed(averaged, "ema_model."),
                "initted": torch.tensor(True), "step": torch.tensor(9),
            }
        }), "ema-pytorch's state under another key", "averaged",
        under("model_ema", prefix="ema_model."), ["ema-pytorch"],
    )  # fmt: skip
    for name in ("ax", "swa_buffer"):
        cases.match(
            save(f"optimizer-{name}.pth", {"model": trained, "optimizer": named_optimizer(name)}),
            "an average in the optimizer", "trained", under("model"), [name, "average"],
        )  # fmt: skip
    cases.match(
        save("hyper-parameters.ckpt", {
            "state_dict": prefixed(trained, "model."), "pytorch-lightning_version": "2.4.0",
            "hyper_parameters": {"model": network("averaged"), "lr": 0.1},
        }), "Lightning's arguments hold the network as it began", "trained",
        under("state_dict", prefix="model."), ["hyper_parameters"],
    )  # fmt: skip
    student = OrderedDict(trained)
    head = [name for name in student if name.endswith("net.6.weight")][0].removesuffix("weight")
    student[head + "weight"] = torch.ones(7, student[head + "weight"].shape[1])
    student[head + "bias"] = torch.ones(7)
    both = {**prefixed(student, "student."), **prefixed(averaged, "teacher.")}
    cases.refuse(
        save("other-classes.ckpt", {"state_dict": both}), "a teacher fits, its student does not",
        "teacher", "student",
    )  # fmt: skip

    cases.refuse(
        save("partitioned.pt", {"module": {name: value if "running" in name or "tracked" in name
             else torch.zeros(0) for name, value in trained.items()}, "ds_config": {}}),
        "weights that lie in other files", "zero_to_fp32", r"\[0\]",
    )  # fmt: skip
    cases.refuse(
        save("flat-parameters.pt", {"model": {"_fsdp_wrapped_module._flat_param": torch.ones(99)}}),
        "all weights in one tensor", "flat_param", "FULL_STATE_DICT",
    )  # fmt: skip
    saved = {name: value for name, value in trained.items() if not name.startswith(head)}
    for part in ("weight", "bias"):
        saved[f"{head}original_module.{part}"] = trained[head + part]
        saved[f"{head}modules_to_save.default.{part}"] = averaged[head + part]
    cases.refuse(save("peft-head.pth", saved), "PEFT's copy of a head", "merge_and_unload")
    fused = {name: value for name, value in trained.items() if ".bn1." not in name}
    for name in [name for name in fused if ".conv_pw.weight" in name]:
        fused[name.replace("weight", "bias")] = torch.ones(len(fused[name]))
    cases.refuse(save("partly-fused.pth", fused), "one of several norms fused", "(?i)some.*folded")
    bare_norms = {
        name: value for name, value in trained.items()
        if not (name.endswith(("weight", "bias")) and value.dim() == 1 and head not in name)
    }  # fmt: skip
    cases.refuse(save("norms-without-weights.pth", bare_norms), "affine=False", "affine=False")
    turned = OrderedDict(trained)
    turned[head + "weight"] = turned[head + "weight"].t().contiguous()
    cases.refuse(save("turned-classifier.pth", turned), "inputs × outputs", r"weight\.t\(\)")
    cases.refuse(
        save("sorted.pth", dict(sorted(renamed(trained, (r"conv_", "c_"), (r"\bbn", "n")).items()))),
        "other names in the order of the alphabet", "other names", "c_",
    )  # fmt: skip
    cases.refuse(
        save("parameters.pth", [*trained.values()]), "a list of the weights", "names",
        r"model\.state_dict\(\)",
    )  # fmt: skip


INFINITE = r"(?i)\binf"


def write_numbers(entries: list[dict[str, Any]]) -> None:
    """Numbers that are none, and numbers that only look wrong."""
    cases = Cases("numbers", "network", entries)
    nan, infinite = float("nan"), float("inf")
    not_a_number = "(?i)nan|not a number"
    for file, part, value, index, says in (
        ("nan-weight.pth", "layer3.conv.weight", nan, (3, 1, 2, 0), [not_a_number]),
        ("nan-mean.pth", "layer4.bn2.running_mean", nan, (5,), [not_a_number]),
        ("nan-bias.pth", "net.6.bias", nan, (4,), [not_a_number]),
        ("infinite-weight.pth", "layer5.conv_dw.weight", -infinite, (7, 0, 1, 1), [INFINITE]),
        ("negative-variance.pth", "layer5.bn3.running_var", -0.25, (6,), ["(?i)negative"]),
        ("barely-negative-variance.pth", "2.net.1.running_var", -1e-12, (1,),
         ["(?i)negative"]),
    ):  # fmt: skip
        save(file, damaged(part, value, index))
        cases.refuse(file, f"{value:g} in {part}", *says, re.escape(part), rf"\b{index[0]}\b")
    cases.match(
        "nan-mean.pth", "the same, asked for: no proof and no fingerprint", None, bare, (),
        ["--allow-nonfinite"],
    )  # fmt: skip
    cases.refuse(
        save("half-overflow.pth", overflown()), "a variance too large for half precision",
        INFINITE, "running_var",
    )  # fmt: skip
    cases.refuse(save("diverged.pth", diverged()), "nothing but NaN", not_a_number)
    cases.match(
        save("nan-amax.pth", quantizer_state(nan)), "NaN in a quantizer's range, which is not used",
        "plain", without("_amax"), ["_amax"],
    )  # fmt: skip
    cases.match(
        save("zero-variance.pth", zero_variance().state_dict()),
        "a variance of zero: a dead channel, and legal", "zero-variance", bare,
    )  # fmt: skip

    cases.arch = "small"
    trained, average = state_of("trained"), state_of("averaged")
    broken = damaged("layer3.conv_dw.weight", nan, (0, 0, 0, 0), "averaged")
    cases.refuse(
        save("nan-in-average.pth.tar", timm(trained, broken)), "NaN in the average alone",
        not_a_number, "layer3\\.conv_dw\\.weight",
    )  # fmt: skip
    cases.match(
        "nan-in-average.pth.tar", "the same, the trained weights asked for", "trained",
        under("state_dict"), ["state_dict"], ["--ema", "never"],
    )  # fmt: skip
    broken = damaged("layer3.conv_dw.weight", nan, (0, 0, 0, 0), "trained")
    cases.match(
        save("nan-not-taken.pth.tar", timm(broken, average)), "NaN in the weights not taken",
        "averaged", under("state_dict_ema"), ["state_dict_ema"],
    )  # fmt: skip


def zero_variance() -> nn.Module:
    model = network("plain")
    model.load_state_dict(damaged("layer3.bn1.running_var", 0.0, (2,)))
    return model


def without_bias() -> nn.Module:
    model = network("plain")
    nn.init.zeros_(classifier(model).bias)
    return model


def write_goldens() -> None:
    for name in NETWORKS:
        save_golden(ROOT / f"golden-{name}.npz", network(name))
    save_golden(ROOT / "golden-pruned.npz", finally_pruned())
    save_golden(ROOT / "golden-without-bias.npz", without_bias())
    save_golden(ROOT / "golden-averaged-half.npz", network("averaged").half())
    save_golden(ROOT / "golden-zero-variance.npz", zero_variance())


def main() -> None:
    torch.set_num_threads(1)
    # Old weight norm, old spectral norm and eager quantization are what is to be written.
    warnings.simplefilter("ignore")
    stand_in_for_npu()
    for path in ROOT.iterdir():
        if path.name not in ("network.json", "small.json"):
            path.unlink()
    write_goldens()
    entries: list[dict[str, Any]] = []
    write_choices(entries)
    write_names(entries)
    write_bookkeeping(entries)
    write_parametrisations(entries)
    write_numbers(entries)
    write_surroundings(entries)
    lines = ",\n".join(f"  {json.dumps(entry, ensure_ascii=False)}" for entry in entries)
    (ROOT / "cases.json").write_text(f"[\n{lines}\n]\n")
    written = sorted(ROOT.iterdir())
    for path in written:
        print(f"{path.stat().st_size:8}  {path.name}")
    total = sum(path.stat().st_size for path in written)
    print(f"{total:8}  in {len(written)} files, {len(entries)} cases")


if __name__ == "__main__":
    main()

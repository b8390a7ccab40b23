"""The layouts of trainers' checkpoints, and where in each the weights are that must be taken."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import peer_networks

sys.path.insert(0, str(peer_networks.FIXTURES))

import make_training_fixtures as fixtures  # noqa: E402
from make_training_fixtures import State  # noqa: E402


class Words(Enum):
    """Where the names of the network have a wrapper's word."""

    NONE = "none"
    PREFIX = "prefix"
    INFIX = "infix"


@dataclass(frozen=True)
class Trainer:
    """A trainer's layout, and what the tool must name of it.

    `average`, `trained` and `alone` are regular expressions for the place of the average, of the
    trained weights beside one, and of the trained weights without one, empty for a bare state dict.
    `prefix` and `infix` are words that this trainer's wrappers leave.
    """

    name: str
    layout: Callable[[State, State | None], dict[str, Any]]
    average: str
    trained: str
    alone: str
    prefix: str
    infix: str
    average_can_be_taken: bool = True

    def checkpoint(self, trained: State, average: State | None, words: Words) -> dict[str, Any]:
        return self.layout(
            self.worded(trained, words), None if average is None else self.worded(average, words)
        )

    def worded(self, state: State, words: Words) -> State:
        if words is Words.PREFIX:
            return fixtures.prefixed(state, self.prefix)
        return fixtures.infixed(state, self.infix) if words is Words.INFIX else state


COMPILED = "_orig_mod."
SHARDED = "_fsdp_wrapped_module."
CHECKPOINTED = "_checkpoint_wrapped_module."

TRAINERS = (
    Trainer(
        "timm", fixtures.timm,
        "state_dict_ema", r"state_dict\b", r"state_dict\b", "module.", COMPILED,
    ),
    Trainer(
        "NVIDIA's scripts", fixtures.nvidia,
        "state_dict_ema", r"state_dict\b", r"state_dict\b", "module.", "module.",
    ),
    Trainer(
        "Lightning, a callback", fixtures.lightning_callback,
        r"callbacks\.EMA\.ema_state_dict", r"state_dict\b", r"state_dict\b", "model.", COMPILED,
    ),
    Trainer(
        "Lightning, WeightAveraging", fixtures.lightning_averaging,
        r"state_dict\b", "current_model_state", r"state_dict\b", "model._orig_mod.", COMPILED,
    ),
    Trainer(
        "MMEngine", fixtures.mmengine,
        r"state_dict\b", "ema_state_dict", r"state_dict\b", "backbone.", CHECKPOINTED,
    ),
    Trainer(
        "torchvision's references", fixtures.torchvision,
        "model_ema", "'model'", "'model'", "module.", COMPILED,
    ),
    Trainer(
        "RT-DETR", fixtures.rt_detr,
        r"ema\.module", "'model'", "'model'", "_orig_mod.", COMPILED,
    ),
    Trainer(
        "super-gradients", fixtures.super_gradients,
        "ema_net", "'net'", "'net'", "module.", COMPILED,
    ),
    Trainer(
        "ema-pytorch", fixtures.ema_pytorch,
        "ema_model", "online_model", "", "net.", COMPILED,
    ),
    Trainer(
        "torch-ema", fixtures.torch_ema,
        "shadow_params", "'model'", "'model'", "model.", COMPILED, average_can_be_taken=False,
    ),
    Trainer(
        "PyTorch, AveragedModel", fixtures.stochastic_averaging,
        "swa_model", "'model'", "'model'", "module.", COMPILED,
    ),
    Trainer(
        "DeepSpeed, FSDP", fixtures.deepspeed,
        "model_ema", "'module'", "'module'", SHARDED, f"{SHARDED}{CHECKPOINTED}",
    ),
)  # fmt: skip

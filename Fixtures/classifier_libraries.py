"""The libraries whose networks are built here: timm, torchvision, efficientnet_pytorch and
efficientnet_lite_pytorch.

They are imported through this module, since torchvision may need help with it.
"""

from __future__ import annotations

import sys

import torch


def _declare_operators() -> torch.library.Library:
    """Imports torchvision, and declares operators that it describes where it has none.

    Its compiled part is of one build of PyTorch. Under another one it is left out, as no classifier
    needs it, but two of its operators must be known by name; they cannot be run then.
    """
    library = torch.library.Library("torchvision", "FRAGMENT")
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


# The declarations last as long as this does.
_operators = _declare_operators()

import efficientnet_lite_pytorch  # noqa: E402
import efficientnet_pytorch  # noqa: E402
import timm  # noqa: E402
import torchvision  # noqa: E402

__all__ = ["efficientnet_lite_pytorch", "efficientnet_pytorch", "timm", "torchvision"]

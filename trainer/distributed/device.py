"""Which device trains, and what it is quick at."""

from __future__ import annotations

import torch

from whylight.errors import TrainingError

from .process_group import ProcessGroup


def choose_device(name: str, processes: ProcessGroup) -> torch.device:
    """The device that `--device` means for this process; `TrainingError` if it is not here."""
    if name == "cuda" and not torch.cuda.is_available():
        raise TrainingError("--device cuda: torch finds no CUDA device here; use --device cpu or auto")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name, processes.local_rank) if name == "cuda" else torch.device(name)


def bfloat16_is_fast(device: torch.device) -> bool:
    """Whether the device computes in bfloat16 itself; where it only imitates it, float32 is faster."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # Where torch is built without oneDNN (which it calls mkldnn) there is no such question to ask.
    supported = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
    return bool(supported is not None and supported())

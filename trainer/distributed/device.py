"""Choice of the training device."""

from __future__ import annotations

import torch

from whylight.errors import TrainingError

from .process_group import ProcessGroup


def choose_device(name: str, processes: ProcessGroup) -> torch.device:
    """Return the device for `--device`; raises `TrainingError` if unavailable."""
    if name == "cuda" and not torch.cuda.is_available():
        raise TrainingError("--device cuda: torch finds no CUDA device here; use --device cpu or auto")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name, processes.local_rank) if name == "cuda" else torch.device(name)


def bfloat16_is_fast(device: torch.device) -> bool:
    """Return whether the device has native bfloat16; emulation is slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # The operator is missing where torch is built without oneDNN (mkldnn).
    supported = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
    return bool(supported is not None and supported())

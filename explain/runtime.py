"""ONNX Runtime sessions: which device they really use, and threads that leave the cores to others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import onnxruntime

from explain.errors import ModelError

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"


def default_providers() -> list[str]:
    """CUDA where this build of the runtime has it, then the CPU.

    Always explicit: the runtime's own default would take anything compiled in, cloud endpoints included.
    """
    return [name for name in (CUDA, CPU) if name in onnxruntime.get_available_providers()]


def open_session(path: Path, providers: Sequence[str]) -> onnxruntime.InferenceSession:
    """Load a graph for inference.

    Args:
        path: an ONNX file.
        providers: execution providers in order of preference; one that fails to load is passed over
            by the runtime, so read `session.get_providers()[0]` for the one in use.

    Raises:
        ModelError: there is no such file, or the runtime refuses it.
    """
    if not path.is_file():
        raise ModelError(f"there is no model file '{path}'")
    known = onnxruntime.get_available_providers()
    for name in providers:
        if name not in known:
            raise ModelError(f"this ONNX Runtime has no provider '{name}'; it has {', '.join(known)}")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Idle threads sleep. Spinning ones would take the cores from the pair's other session, from drawing
    # and from the window; on two cores the forward graph alone is no slower without (benchmarks.explain).
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(path, options, providers=list(providers))
    except Exception as error:  # the runtime raises a family of types of its own
        raise ModelError(f"ONNX Runtime cannot load '{path}': {error}") from error

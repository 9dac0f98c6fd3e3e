"""Create ONNX Runtime sessions: providers, threads, 8-bit arithmetic.

All sessions are created by `create_session`, so that they have the options required on this machine.
"""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import onnxruntime

from whylight.common.paths import is_file
from whylight.errors import Message, ModelError
from whylight.runtime.file_kind import refuse_other_files, runtime_reason, unloadable
from whylight.runtime.int8_check import has_integer_operators, int8_saturates, is_quantized
from whylight.runtime.shared_zero_points import unshare_zero_points

if TYPE_CHECKING:
    import onnx

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"

DEVICES = ("auto", "cpu", "cuda")
"""Choices for users; `auto` is CUDA if the runtime supports it, else the CPU."""

MEMORIES = {CPU: "cpu", CUDA: "cuda"}
"""ONNX Runtime's names of the memory of each provider; other providers use host memory."""

_MEMORY_RAN_OUT = re.compile(
    # ONNX Runtime's arena where the device gives no more, or its limit is reached; CUDA; its libraries
    r"failed to allocate memory|is smaller than requested bytes|out of memory|ALLOC_FAILED|bad.?alloc",
    re.IGNORECASE,
)

_SHARED_ZERO_POINT = "Attempt to replace the existing tensor"
"""ONNX Runtime's message for what `whylight.runtime.shared_zero_points` mends."""

_OPTIMISATION_LEVELS = [
    onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL,
    onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    onnxruntime.GraphOptimizationLevel.ORT_ENABLE_LAYOUT,
    onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL,
]

_CUDA_LIBRARY = {
    "win32": "onnxruntime_providers_cuda.dll",
    "linux": "libonnxruntime_providers_cuda.so",
}


def default_providers() -> list[str]:
    """Return CUDA, if this build of the runtime supports it, and the CPU.

    They are always explicit: the runtime's default includes all compiled-in providers, even cloud endpoints.
    """
    return [name for name in (CUDA, CPU) if name in onnxruntime.get_available_providers()]


def providers_of(device: str) -> list[str] | None:
    """Return the providers for one of `DEVICES`; None for the default."""
    return {"auto": None, "cpu": [CPU], "cuda": [CUDA, CPU]}[device]


def create_session(
    content: Path | bytes,
    options: onnxruntime.SessionOptions | None = None,
    providers: Sequence[str] = (CPU,),
) -> onnxruntime.InferenceSession:
    """Create a session with the options required on this machine.

    Args:
        content: an ONNX file, or a serialised model.
        options: further options, changed in place; spinning and 8-bit arithmetic are set here.
        providers: execution providers in order of preference.

    Raises:
        Exception: the runtime rejects the model (its error types have no common base).
    """
    if options is None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
    # Idle threads sleep. Spinning would compete with the pair's other session, with drawing
    # and with the window; on two cores the forward graph alone is as fast without it
    # (benchmarks.explanation_speed).
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if is_quantized(content) and int8_saturates():
        options.add_session_config_entry("session.x64quantprecision", "1")
        if has_integer_operators(content):
            # The option is one of the extended optimisations: below that level it is ignored in silence.
            options.graph_optimization_level = max(
                options.graph_optimization_level,
                onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
                key=_OPTIMISATION_LEVELS.index,
            )
    try:
        # Its own second try is of use for other providers, and prints to the terminal.
        fallback = int(list(providers) != [CPU])
        return onnxruntime.InferenceSession(
            content, options, providers=list(providers), enable_fallback=fallback
        )
    except Exception as error:
        if _SHARED_ZERO_POINT not in str(error):
            raise
    import onnx

    model = onnx.load(content) if isinstance(content, Path) else onnx.load_from_string(content)
    unshare_zero_points(model)
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=list(providers))


def open_session(
    source: Path | onnx.ModelProto,
    providers: Sequence[str],
    name: str | None = None,
    *,
    threads: int | None = None,
) -> onnxruntime.InferenceSession:
    """Load a graph for inference.

    Args:
        source: an ONNX file, or a model in memory.
        providers: execution providers in order of preference. Providers that are not compiled in or fail to
            load are skipped: `session.get_providers()[0]` is the one in use and `why_not` gives the reason.
        name: quoted name of a model in memory, for messages.
        threads: CPU threads per run; None for one per core.

    Raises:
        ModelError: there is no such file or provider, or the runtime rejects the model.
    """
    if isinstance(source, Path):
        if not is_file(source):
            raise ModelError("{path}: there is no model file", path=source)
        refuse_other_files(source)
    for provider in providers:
        if provider not in onnxruntime.get_all_providers():
            known = ", ".join(onnxruntime.get_available_providers())
            raise ModelError(
                "ONNX Runtime has no provider '{provider}'; available are {known}",
                provider=provider,
                known=known,
            )
    available = [provider for provider in providers if provider in onnxruntime.get_available_providers()]
    if CUDA in available and hasattr(onnxruntime, "preload_dlls"):
        # Also find CUDA's libraries in NVIDIA's wheels.
        onnxruntime.preload_dlls()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads or 0
    if CUDA in available:  # `why_not` gives a better reason if it does not start
        onnxruntime.set_default_logger_severity(4)
        options.log_severity_level = 4
    try:
        # The weights must live until the session is created, which uses their memory without a copy.
        content, _weights = (source, []) if isinstance(source, Path) else _in_memory(source, options)
        return create_session(content, options, available or [CPU])
    except Exception as error:  # the runtime raises a family of types of its own
        if isinstance(source, Path):
            raise unloadable(source, error) from error
        raise ModelError(
            "{what}: ONNX Runtime cannot load it: {reason}",
            what=name or Message("the model"),
            reason=runtime_reason(error),
        ) from error


def why_not(asked: Sequence[str], used: str) -> Message:
    """Return why the first requested provider is not used; empty if it is."""
    if not asked or asked[0] == used:
        return Message("")
    wanted = _words(asked[0])
    if asked[0] not in onnxruntime.get_available_providers():
        if asked[0] == CUDA:
            return Message(
                "CUDA was asked for, but this ONNX Runtime is built without it; "
                "the package onnxruntime-gpu has it"
            )
        return Message("{wanted} was asked for, but this ONNX Runtime is built without it", wanted=wanted)
    return Message(
        "{wanted} was asked for, but did not start: {reason}", wanted=wanted, reason=_loading_error(asked[0])
    )


def ran_out_of_memory(error: Exception) -> bool:
    """Return whether a run failed for lack of memory, judged by its message.

    The runtime has no error type for it.
    """
    return _MEMORY_RAN_OUT.search(str(error)) is not None


def _loading_error(provider: str) -> str:
    """Return the system's error about the provider's library, which is only logged."""
    library = _CUDA_LIBRARY.get(sys.platform) if provider == CUDA else None
    if library is not None:
        try:
            ctypes.CDLL(str(Path(onnxruntime.__file__).parent / "capi" / library))
        except OSError as error:
            return str(error.__cause__ or error)  # PyInstaller wraps the system's error
    return Message("no compatible device was found")


def _words(provider: str) -> str:
    return provider.removesuffix("ExecutionProvider") or provider


def _in_memory(
    model: onnx.ModelProto, options: onnxruntime.SessionOptions
) -> tuple[bytes, list[onnxruntime.OrtValue]]:
    """Serialise a model without its large weights, which are returned separately."""
    from whylight.runtime.external_weights import (
        without_weights,
    )  # imports onnx, which is not needed for files

    light, heavy = without_weights(model)
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in heavy.values()]
    options.add_external_initializers(list(heavy), values)
    return bytes(light.SerializeToString()), values

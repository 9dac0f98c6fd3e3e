"""What `tools/test_portable.py` varies without a change to the product: seeds, threads, graph optimisations.

Read from the environment by `tests/conftest.py`:

    WHYLIGHT_TEST_SEED=n        each fixed seed that a file of `tests` gives is another for each n; 0: as is
    WHYLIGHT_TEST_THREADS=n     of PyTorch, NumPy and, where the product asks for no number, ONNX Runtime
    WHYLIGHT_TEST_OPTIMISE=off  ONNX Runtime runs every graph as it is written

Processes that a test starts inherit the number of threads in OMP_NUM_THREADS, and nothing else.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

_TESTS = str(Path(__file__).parent)
_STRIDE = 10_007
"""Between two shifts, so that no seed of one becomes the neighbouring seed of another test."""


def vary(environment: Mapping[str, str] = os.environ) -> None:
    """Apply what the environment asks for to this process, for good; before PyTorch is imported."""
    threads = int(environment.get("WHYLIGHT_TEST_THREADS", "0"))
    # Tensors as small as the tests' are slowed by threads that wait for each other.
    os.environ["OMP_NUM_THREADS"] = str(threads or 1)
    if threads:
        import torch

        torch.set_num_threads(threads)  # else MKL takes no more than there are processors
    optimise = environment.get("WHYLIGHT_TEST_OPTIMISE", "on") != "off"
    if threads or not optimise:
        _vary_sessions(threads, optimise=optimise)
    if shift := int(environment.get("WHYLIGHT_TEST_SEED", "0")):
        _shift_seeds(_STRIDE * shift)


def _vary_sessions(threads: int, *, optimise: bool) -> None:
    import onnxruntime

    class Session(onnxruntime.InferenceSession):
        def __init__(self, model: Any, sess_options: Any = None, *rest: Any, **named: Any) -> None:
            options = sess_options or onnxruntime.SessionOptions()
            # Not where the optimised graph is asked for, or an optimisation makes 8-bit products exact here.
            if not (optimise or options.optimized_model_filepath or _asks_for_exact_products(options)):
                options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
            options.intra_op_num_threads = options.intra_op_num_threads or threads
            super().__init__(model, options, *rest, **named)

    onnxruntime.InferenceSession = Session


def _asks_for_exact_products(options: Any) -> bool:
    try:
        return bool(options.get_session_config_entry("session.x64quantprecision") == "1")
    except RuntimeError:  # no such entry
        return False


def _shift_seeds(shift: int) -> None:
    """Shift the seeds given by files of `tests`; those of the product are part of what it promises."""
    import torch

    def moved(seed: Any, caller: Any) -> Any:
        if not caller.f_code.co_filename.startswith(_TESTS):
            return seed
        if isinstance(seed, int):
            return seed + shift
        return [*seed, shift] if isinstance(seed, list | tuple) else seed

    def shifted(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda seed=None: function(moved(seed, sys._getframe(1)))

    class Random(random.Random):
        def __new__(cls, seed: Any = None) -> Random:
            return super().__new__(cls, seed)

        def __init__(self, seed: Any = None) -> None:
            super().__init__(moved(seed, sys._getframe(1)))

    class Generator(torch.Generator):
        def manual_seed(self, seed: int) -> torch.Generator:
            return super().manual_seed(moved(seed, sys._getframe(1)))

    np.random.default_rng = shifted(np.random.default_rng)
    random.Random, random.seed = Random, shifted(random.seed)
    torch.Generator, torch.manual_seed = Generator, shifted(torch.manual_seed)
    torch.manual_seed(torch.initial_seed() + shift)  # what a test draws without having given a seed

"""A process whose device has little memory: what `test_device_runs` asks of it, as JSON on stdout.

The device is the CPU, with a limit to the memory that ONNX Runtime's arena gives to the forward graph.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime

from tests.whylight.inference.test_batch_queue import ask_together
from whylight.inference import run_pair
from whylight.inference.batch_queue import BatchQueue
from whylight.inference.open_pair import OpenedPair, open_pair
from whylight.inference.run_pair import InferenceRequest, InferenceResult, answer
from whylight.runtime.session import CPU
from whylight.tensor_names import CHANNEL_MEANS


def tight(pair: OpenedPair, path: Path, limit: int) -> OpenedPair:
    """The pair with a forward graph for which there are so many bytes."""
    kind = onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR
    memory = onnxruntime.OrtMemoryInfo("Cpu", kind, 0, onnxruntime.OrtMemType.DEFAULT)
    arena = onnxruntime.OrtArenaCfg({"max_mem": limit, "arena_extend_strategy": 1})
    onnxruntime.create_and_register_allocator(memory, arena)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.use_env_allocators", "1")
    forward = onnxruntime.InferenceSession(path, options, providers=[CPU])
    return replace(pair, forward=forward, provider="TightExecutionProvider")


def main(path: Path, limit: int) -> None:
    roomy = open_pair(path, [CPU], threads=1)
    device = tight(roomy, path, limit)
    batches: list[tuple[int, str]] = []

    def noted(pair: OpenedPair, asked: Sequence[InferenceRequest]) -> list[InferenceResult]:
        batches.append((len(asked), pair.provider))
        return answer(pair, asked)

    run_pair.answer = noted
    runs = BatchQueue(device, lambda: roomy)
    images = np.random.default_rng(0).integers(0, 256, (16, 48, 70, 3), np.uint8)
    found = ask_together(runs, [InferenceRequest(image, None, 1, CHANNEL_MEANS) for image in images])
    expected = [answer(roomy, [InferenceRequest(image, None, 1, CHANNEL_MEANS)])[0] for image in images]
    pairs = [one.derived.pair for one in found]
    told = {
        "batches": batches,
        "providers": [pair.provider for pair in pairs],
        "reasons": [pair.provider_reason for pair in pairs],
        "errors": [
            float(
                np.abs(one.derived.values - other.derived.values).max() / np.abs(other.derived.values).max()
            )
            for one, other in zip(found, expected, strict=True)
        ],
        "logits_error": float(np.abs(runs.predict(images) - run_pair.predict(roomy, images)).max()),
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

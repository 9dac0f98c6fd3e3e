"""PyTorch takes two seconds to export a network; the tests here use a few networks many times."""

from __future__ import annotations

from collections.abc import Iterator

import onnx
import pytest
from torch import nn

from export import exporter
from export.torch_to_onnx import to_onnx


@pytest.fixture(scope="module", autouse=True)
def _exported_once() -> Iterator[None]:
    """Have the exporter export each network once, and give it a copy each time.

    `export.torch_to_onnx.to_onnx` itself is as it was. No test of a module changes a network
    that it has exported.
    """
    kept: dict[tuple[nn.Module, str, tuple[int, int]], onnx.ModelProto] = {}

    def exported(network: nn.Module, target_layer: str, input_size: tuple[int, int]) -> onnx.ModelProto:
        key = network, target_layer, input_size
        if key not in kept:
            kept[key] = to_onnx(*key)
        copy = onnx.ModelProto()
        copy.CopyFrom(kept[key])
        return copy

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exporter, "to_onnx", exported)
        yield

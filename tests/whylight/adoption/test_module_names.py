"""Tensors of an exported network bear the names of the modules that they come out of."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from export.torch_to_onnx import to_onnx
from whylight.adoption.module_names import SCOPES, restore_module_names
from whylight.runtime.session import CPU


class Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(torch.relu(self.conv(x)) + x)


class Network(nn.Module):
    """Uses one of its modules twice, as some networks do their activation."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 4, 3), Block(4), Block(4))
        self.again = nn.Conv2d(4, 4, 1)
        self.head = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)
        return self.head(self.again(self.again(x)).mean((2, 3)))


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(0)
    return Network().eval()


@pytest.fixture(scope="module")
def exported_once(network: Network) -> onnx.ModelProto:
    return to_onnx(network, "features.2", (16, 16))


@pytest.fixture
def exported(exported_once: onnx.ModelProto) -> onnx.ModelProto:
    """A copy, to be changed."""
    copy = onnx.ModelProto()
    copy.CopyFrom(exported_once)
    return copy


def outputs_of(network: onnx.ModelProto) -> list[tuple[str, str]]:
    return [(node.op_type, node.output[0]) for node in network.graph.node]


def test_a_modules_last_tensor_has_its_name(exported: onnx.ModelProto) -> None:
    names = outputs_of(exported)
    assert names[:5] == [
        ("Conv", "features.0"),
        ("Conv", "features.1.conv"),
        ("Relu", "features.1.relu"),
        ("Add", "features.1.add"),
        ("Relu", "features.1"),
    ]


def test_outputs_keep_their_names_and_nobody_else_takes_their_modules(exported: onnx.ModelProto) -> None:
    assert ("Relu", "activations") in outputs_of(exported)
    assert "features.2" not in {name for _, name in outputs_of(exported)}
    assert [value.name for value in exported.graph.output] == ["logits", "activations"]


def test_names_are_unique_and_the_network_computes_the_same(
    network: Network, exported: onnx.ModelProto
) -> None:
    names = [name for node in exported.graph.node for name in node.output]
    assert len(set(names)) == len(names)
    onnx.checker.check_model(exported, full_check=True)
    images = torch.randn(3, 3, 16, 16)
    session = onnxruntime.InferenceSession(exported.SerializeToString(), providers=[CPU])
    logits = session.run(["logits"], {"pictures": images.numpy()})[0]
    np.testing.assert_allclose(logits, network(images).detach().numpy(), rtol=1e-5, atol=1e-6)


def test_what_the_exporter_noted_nothing_of_stays(exported: onnx.ModelProto) -> None:
    for node in exported.graph.node:
        del node.metadata_props[:]
    before = outputs_of(exported)
    restore_module_names(exported, "network")
    assert outputs_of(exported) == before


def test_a_name_that_is_taken_is_not_given_again(exported: onnx.ModelProto) -> None:
    first = exported.graph.node[0]
    assert any(entry.key == SCOPES for entry in first.metadata_props)
    for node in exported.graph.node:
        node.input[:] = ["features.1" if name == "features.0" else name for name in node.input]
    first.output[0] = "features.1"  # as if the exporter had called it so itself
    exported.graph.node[4].output[0] = "theirs"
    exported.graph.node[5].input[0] = "theirs"
    restore_module_names(exported, "network")
    names = [name for node in exported.graph.node for name in node.output]
    assert len(set(names)) == len(names)

"""Hostile model files are refused by what is written in them, with an error of ours and at once."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest

from tests.whylight.conftest import colour_network
from tests.whylight.helpers.hostile_models import HOSTILE
from whylight.adoption import adopt
from whylight.adoption.load_model import read_graph
from whylight.errors import ModelError, WhylightError
from whylight.graphs import bounds


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(60)
def test_hostile_files_are_refused(name: str, tmp_path: Path) -> None:
    write, says = HOSTILE[name]
    folder = tmp_path / "theirs"
    folder.mkdir()
    write(folder / "evil.onnx")
    with pytest.raises(ModelError, match=says) as refused:
        adopt(folder / "evil.onnx", tmp_path / "out.onnx", preprocessing="unit")
    assert len(str(refused.value)) < 2000
    assert not (tmp_path / "out.onnx").exists()


def test_a_friendly_file_is_within_the_bounds(tmp_path: Path) -> None:
    onnx.save(colour_network(), tmp_path / "good.onnx")
    assert len(read_graph(tmp_path / "good.onnx").graph.node) == 6


def test_nodes_in_another_order_are_no_circle(tmp_path: Path) -> None:
    model = colour_network()
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(reversed(nodes))
    bounds.require_bounds(model, tmp_path / "m.onnx")


@pytest.mark.parametrize("per_cent", range(0, 100, 7))
def test_a_cut_off_file_is_refused(per_cent: int, tmp_path: Path) -> None:
    data = colour_network().SerializeToString()
    path = tmp_path / "cut.onnx"
    path.write_bytes(data[: len(data) * per_cent // 100])
    with pytest.raises(WhylightError):
        adopt(path, tmp_path / "out.onnx", preprocessing="unit")

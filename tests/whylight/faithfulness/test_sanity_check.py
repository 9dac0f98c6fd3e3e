"""The parameter-randomisation check: what is shuffled, and what is reported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from tests.whylight.helpers.networks import SIZE, SmallNetwork, random_image, small_pair
from whylight.errors import ModelError
from whylight.explainer import Explainer
from whylight.faithfulness.randomised_weights import randomised_pairs
from whylight.faithfulness.sanity_check import (
    SEEDS,
    cascade,
    mean_of_shuffles,
    rank_correlation,
    sanity_markdown,
)
from whylight.images.encode import write_image
from whylight.pair.files import load_pair, save_pair

LAYERS = ["linear", "norm", "conv2", "conv1"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pair") / "small.onnx"
    save_pair(small_pair(), path)
    return path


def weights(pair_model: onnx.ModelProto) -> dict[str, np.ndarray]:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in pair_model.graph.initializer}


def test_rank_correlation_by_hand() -> None:
    a = np.array([[1, 2], [3, 4]], np.float32)
    assert rank_correlation(a, np.exp(a)) == pytest.approx(1)
    assert rank_correlation(a, -a) == pytest.approx(-1)
    # Ranks 1 2 3 4 and 2 1 4 3: 1 - 6 * 4 / (4 * 15).
    assert rank_correlation(a, np.array([[2, 1], [4, 3]], np.float32)) == pytest.approx(0.6)
    # Ties share their mean rank: 1.5 1.5 3.5 3.5 against 1 2 3 4 is 4 / sqrt(5 * 4).
    assert rank_correlation(a, np.array([[0, 0], [7, 7]], np.float32)) == pytest.approx(4 / 20**0.5)
    assert rank_correlation(a, np.zeros((2, 2), np.float32)) == 0


def test_layers_are_shuffled_one_after_the_other_from_the_logits_down(model: Path) -> None:
    original = SmallNetwork().state_dict()
    for count, changed in enumerate(randomised_pairs(load_pair(model), 12, seed=0), start=1):
        assert changed.count == count
        found = weights(changed.pair.forward)
        for index, layer in enumerate(LAYERS):
            for name, value in original.items():
                if not name.startswith(layer) or value.dtype != torch.float32 or value.numel() < 8:
                    continue
                before = value.numpy()
                np.testing.assert_array_equal(np.sort(found[name], axis=None), np.sort(before, axis=None))
                assert (found[name] == before).all() == (index >= count)
    assert count == len(LAYERS)


def test_both_graphs_of_a_randomised_pair_are_of_the_same_network(model: Path, tmp_path: Path) -> None:
    *_, changed = randomised_pairs(load_pair(model), 4, seed=3)
    save_pair(changed.pair, tmp_path / "changed.onnx")
    network = SmallNetwork()
    found = weights(changed.pair.forward)
    state = {name: torch.from_numpy(found[name].copy()) for name in network.state_dict() if name in found}
    network.load_state_dict(state, strict=False)
    assert len(state) == len(network.state_dict()) - 1  # all but the norm's counter
    explainer = Explainer(tmp_path / "changed.onnx", ["CPUExecutionProvider"])
    explanation = explainer.explain(random_image(), classes=[2])
    activations = torch.from_numpy(explanation.tensors["activations"]).requires_grad_()
    hidden = torch.relu(network.norm(activations))
    logits = network.linear(nn_pool(hidden))
    np.testing.assert_allclose(explanation.logits, logits[0].detach(), atol=1e-4)
    logits[0, 2].backward()
    np.testing.assert_allclose(explainer.gradients(explanation)[0], activations.grad[0], atol=1e-6)


def nn_pool(hidden: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.avg_pool2d(hidden, 4).flatten(1)


def test_few_stages_take_several_layers_at_once(model: Path) -> None:
    assert [changed.count for changed in randomised_pairs(load_pair(model), 2, seed=0)] == [2, 4]


def test_a_cascade_reports_every_method_at_every_stage(model: Path, tmp_path: Path) -> None:
    paths = []
    for seed in range(3):
        paths.append(tmp_path / f"{seed}.png")
        write_image(paths[-1], random_image(seed, *SIZE))
    before = model.read_bytes()
    explainer = Explainer(model, ["CPUExecutionProvider"])
    stages = cascade(explainer, paths, ["grad-cam", "layercam"])
    assert model.read_bytes() == before
    assert [stage.count for stage in stages] == [1, 2, 3, 4]
    for stage in stages:
        assert set(stage.correlations) == {"grad-cam", "layercam"}
        assert all(mean.count == 3 * SEEDS and mean.value < 0.95 for mean in stage.correlations.values())
    again = cascade(explainer, paths, ["grad-cam", "layercam"])
    assert again == stages
    text = sanity_markdown(stages)
    assert text.splitlines()[0] == "| layers randomised | grad-cam | layercam |"
    assert "| 1 (`scores`) | " in text
    assert len(text.splitlines()) == 6


def test_the_error_of_the_mean_is_over_images_and_shuffles() -> None:
    """Images differ by 0.2 in every shuffle, shuffles by 0.4 on every image; two of each."""
    mean = mean_of_shuffles(np.array([[0.1, 0.3], [0.5, 0.7]]))
    assert (mean.value, mean.count) == (pytest.approx(0.4), 4)
    assert mean.error == pytest.approx(np.hypot(0.1, 0.2))


def test_a_graph_of_another_layout_is_refused() -> None:
    pair = small_pair()
    for node in pair.forward.graph.node:
        if node.op_type == "Cast":
            node.op_type = "CastLike"
    with pytest.raises(ModelError, match="does not begin with the preprocessing"):
        next(randomised_pairs(pair, 4, seed=0))

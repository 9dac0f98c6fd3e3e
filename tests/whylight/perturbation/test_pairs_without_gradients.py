"""A forward graph that says that it has no gradients: what it can be asked for, and what is said else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.whylight.conftest import painted
from whylight import Explainer
from whylight.errors import ModelError, QuestionError
from whylight.explainer import as_rgb
from whylight.images.encode import write_image
from whylight.pair.build import bind
from whylight.pair.files import load_pair, save_pair
from whylight.pair.metadata import gradient_path
from whylight.perturbation import PERTURBATIONS


def _forward_alone(pair_path: Path, folder: Path, *, activations: bool) -> Path:
    pair = load_pair(pair_path)
    if not activations:
        del pair.forward.graph.output[1:]
    save_pair(bind(pair.forward, None, pair.card), folder / "alone.onnx")
    return folder / "alone.onnx"


@pytest.fixture(params=[True, False], ids=["with a layer", "logits only"])
def alone(request: pytest.FixtureRequest, colour_model: Path, tmp_path: Path) -> Explainer:
    path = _forward_alone(colour_model, tmp_path, activations=request.param)
    assert not gradient_path(path).exists()
    return Explainer(path, ["CPUExecutionProvider"])


def test_what_can_be_asked_for(alone: Explainer, explainer: Explainer) -> None:
    layered = "activations" in alone.forward_only(painted("red")).tensors
    assert alone.methods == ("occlusion", "rise", *(["score-cam", "ablation-cam"] if layered else []))
    assert (alone.has_gradients, explainer.has_gradients) == (False, True)
    assert explainer.methods[0] == "grad-cam"
    assert set(alone.methods) < set(explainer.methods)


def test_it_answers_and_is_explained_as_its_pair_is(alone: Explainer, explainer: Explainer) -> None:
    image = painted("green")
    np.testing.assert_array_equal(alone.predict(image), explainer.predict(image))
    for method in alone.methods:
        found = alone.explain(image, classes=[1, 2], method=method)
        expected = explainer.explain(image, classes=[1, 2], method=method)
        np.testing.assert_array_equal(found.maps, expected.maps)
        np.testing.assert_array_equal(found.probabilities, expected.probabilities)
        assert found.gradients is None


def test_occlusion_is_its_method_where_none_is_named(alone: Explainer, explainer: Explainer) -> None:
    found = alone.explain(painted("red"), top=1)
    assert found.method == "occlusion"
    assert explainer.explain(painted("red"), top=1).method == "grad-cam"
    ((_, of_many),) = alone.explain_many([painted("red")], top=1)
    assert of_many.method == "occlusion"
    np.testing.assert_array_equal(of_many.maps, found.maps)
    place = np.unravel_index(found.maps[0].argmax(), found.maps[0].shape)
    assert max(place) < found.maps.shape[1] // 2  # the quarter that is red


def test_unmapped_is_all_but_the_maps(alone: Explainer) -> None:
    found = alone.forward_only(painted("red"), top=2)
    assert (found.maps.shape, found.method) == ((2, 0, 0), "")
    whole = alone.explain(painted("red"), top=2)
    assert found.classes == whole.classes
    np.testing.assert_array_equal(found.logits, whole.logits)


@pytest.mark.parametrize("method", ["grad-cam", "eigencam"])
def test_what_needs_gradients_is_refused_by_name(alone: Explainer, method: str) -> None:
    asked = rf"{method} needs gradients, but 'alone.onnx' was adopted without them.*occlusion(,| and) rise"
    known = alone.forward_only(painted("red"))
    with pytest.raises(QuestionError, match=asked):
        alone.explain(painted("red"), method=method)
    with pytest.raises(QuestionError, match=asked):
        alone.explain_many([painted("red")], method=method)
    with pytest.raises(QuestionError, match=asked):
        alone.with_method(known, method)
    with pytest.raises(QuestionError, match=asked):
        alone.map_for_weights(known, known.score_weights, method)
    with pytest.raises(QuestionError, match="needs gradients"):
        alone.gradients(known)


def test_what_needs_a_layer_is_refused_by_name(colour_model: Path, tmp_path: Path) -> None:
    alone = Explainer(_forward_alone(colour_model, tmp_path, activations=False))
    with pytest.raises(QuestionError, match=r"score-cam needs a layer with a map.*occlusion and rise"):
        alone.explain(painted("red"), method="score-cam")
    image = as_rgb(painted("red"))
    for method in ("score-cam", "ablation-cam"):
        with pytest.raises(QuestionError, match=r"no layer with a map"):
            list(PERTURBATIONS[method](alone, image, alone.forward_only(image)))


def test_no_other_layer_can_be_chosen(alone: Explainer) -> None:
    for ask in (
        alone.layers,
        lambda: alone.with_layer("leads"),
        lambda: Explainer(alone.model_path, layer="x"),
    ):
        with pytest.raises(QuestionError, match=r"'alone.onnx' has no gradients.*no other layer"):
            ask()


def test_there_is_no_such_method(alone: Explainer) -> None:
    with pytest.raises(QuestionError, match="there is no method 'magic'"):
        alone.explain(painted("red"), method="magic")


def test_it_takes_the_place_of_a_pair_whole(colour_model: Path, tmp_path: Path) -> None:
    pair = load_pair(colour_model)
    path = tmp_path / "alone.onnx"
    save_pair(pair, path)
    assert gradient_path(path).exists()
    _forward_alone(colour_model, tmp_path, activations=True)
    assert not gradient_path(path).exists()
    assert load_pair(path).gradient is None
    save_pair(load_pair(colour_model), path)
    assert Explainer(path).has_gradients


def test_half_a_pair_is_refused_as_ever(colour_model: Path, tmp_path: Path) -> None:
    save_pair(load_pair(colour_model), tmp_path / "half.onnx")
    gradient_path(tmp_path / "half.onnx").unlink()
    with pytest.raises(ModelError, match=r"no gradient graph 'half.gradient.onnx'"):
        Explainer(tmp_path / "half.onnx")


def test_images_from_files(alone: Explainer, tmp_path: Path) -> None:
    write_image(tmp_path / "red.png", painted("red"))
    found = alone.explain(tmp_path / "red.png", top=1)
    assert found.timings_ms["decode"] > 0
    assert found.timings_ms["maps"] > found.timings_ms["forward"] > 0

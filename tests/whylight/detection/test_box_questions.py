"""Questions about boxes: a class at a spot, the position of a box, maps of all grids joined."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import whylight
from whylight.box_questions import GRID, one_hot_places
from whylight.detection.boxes import Box, boxes_in_image
from whylight.detection.description import SIDES
from whylight.detection.spread import spread_evidence
from whylight.errors import QuestionError
from whylight.inference.batch_queue import BatchQueue
from whylight.inference.run_pair import InferenceRequest, InferenceResult
from whylight.view import View

torch = pytest.importorskip("torch")

from tests.whylight.helpers.detector_modules import (  # noqa: E402
    CLASSES,
    SIZE,
    Ssd,
    YoloV5,
    export,
)

_NAMES = {"names": "['cat', 'dog', 'bird']"}


@pytest.fixture(scope="module")
def module() -> YoloV5:
    """A detector of boxes as centre and size."""
    torch.manual_seed(2)
    return YoloV5()


@pytest.fixture(scope="module")
def explainer(module: YoloV5, tmp_path_factory: pytest.TempPathFactory) -> whylight.Explainer:
    """The pair adopted from it."""
    folder = tmp_path_factory.mktemp("questions")
    whylight.adopt(export(module, folder / "detector.onnx", None, _NAMES), folder / "pair.onnx")
    return whylight.Explainer(folder / "pair.onnx")


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    """An image of noise, of the input's size."""
    return np.random.default_rng(3).integers(0, 256, (SIZE, SIZE, 3), np.uint8)


def _images(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image.transpose(2, 0, 1)[None].astype(np.float64) / 255)


def test_a_spot_is_asked_at_its_best_place(explainer: whylight.Explainer, image: np.ndarray) -> None:
    description = explainer.card.detector
    assert description is not None
    explanation = explainer.forward_only(image, top=1)
    view = View.whole(image.shape[:2], (SIZE, SIZE))
    corners = boxes_in_image(explanation.tensors["boxes"][0], description, view)
    scores = explanation.tensors["place_scores"][0, 2]
    for x, y in ((20.5, 31.0), (50.0, 12.0)):
        holding = [place for place, (a, b, c, d) in enumerate(corners) if a <= x <= c and b <= y <= d]
        expected = max(holding, key=lambda place: scores[place])
        box = explainer.box_at(image, "bird", (x, y))
        assert box.place == expected
        assert box.class_name == "bird"
        assert box.score == pytest.approx(1 / (1 + np.exp(-float(scores[expected]))), abs=1e-6)
        result = explainer(image, target="bird", at=(x, y), method="hirescam")
        against = box.score < 0.25
        assert result.questions == (f"{'what speaks against' if against else 'why'} bird at {box.position}?",)
        sign = -1 if against else 1
        assert np.allclose(
            result.maps, sign * explainer(image, target=box, method="hirescam").maps, atol=1e-6
        )


def test_spots_outside_and_without_a_class_are_refused(
    explainer: whylight.Explainer, image: np.ndarray
) -> None:
    with pytest.raises(QuestionError, match="not in the image"):
        explainer(image, target="bird", at=(SIZE + 1, 3))
    for target in (None, ["bird", "cat"], Box(0, "cat", 0.5, (0, 0, 1, 1), 0)):
        with pytest.raises(QuestionError, match="one class"):
            explainer(image, target=target, at=(3, 3))
    with pytest.raises(QuestionError, match="no detector"):
        whylight.Explainer("caltech").box_at(image, 0, (3, 3))


@pytest.mark.parametrize("make", [YoloV5, lambda: Ssd(classes=1 + CLASSES)])
@pytest.mark.parametrize("grid", [0, 2])
def test_gradients_of_a_boxs_sides_equal_autograd(
    tmp_path: Path, image: np.ndarray, make: object, grid: int
) -> None:
    torch.manual_seed(4)
    module = make()
    whylight.adopt(
        export(module, tmp_path / "detector.onnx", None, _NAMES), tmp_path / "pair.onnx", preprocessing="unit"
    )
    explainer = whylight.Explainer(tmp_path / "pair.onnx")
    description = explainer.card.detector
    assert description is not None
    place = sum(description.counts[:grid]) + 3
    box = Box(1, "dog", 0.5, (0, 0, 9, 9), place)
    kept: list[torch.Tensor] = []
    module = module.double()
    hook = module.necks[grid].register_forward_hook(lambda *given: kept.append(given[2]))
    found = module(_images(image))
    hook.remove()
    if isinstance(module, YoloV5):
        cx, cy, w, h = found[0, place, :4]
        sides = [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]
    else:
        sides = list(found[1][0, place] * SIZE)
    at = explainer.box_explainer(box, GRID, part="boxes")
    places = one_hot_places([box] * 4, description.places)
    explanation = at.explain_scores(image, description.sides, "hirescam", place_weights=places)
    expected = [torch.autograd.grad(side, kept[0], retain_graph=True)[0].numpy()[0] for side in sides]
    gradients = at.gradients(explanation)
    assert len(SIDES) == 4
    for mine, theirs in zip(gradients, expected, strict=True):
        assert np.abs(theirs).max() > 0
        assert np.abs(mine - theirs).max() < 1e-4 * np.abs(theirs).max()
    result = explainer.box_explainer(box, GRID)(image, target=box, question="position")
    by_hand = sum(np.abs((each * kept[0].detach().numpy()[0]).sum(axis=0)) for each in expected)
    assert np.allclose(result.explanation.maps[0], by_hand, rtol=1e-3, atol=1e-4 * by_hand.max())
    assert result.questions == (f"why does dog lie at {box.position}?",)


def test_positions_of_several_grids_have_one_size(explainer: whylight.Explainer, image: np.ndarray) -> None:
    description = explainer.card.detector
    assert description is not None
    boxes = [Box(0, "cat", 0.5, (0, 0, 9, 9), place) for place in (0, description.places - 1)]
    result = explainer(image, target=boxes, question="position")
    assert len(result.maps) == 2
    assert result.maps.max(axis=(1, 2)).min() > 0


@pytest.mark.parametrize("asked", [{}, {"target": 0, "at": (SIZE / 2, SIZE / 2)}], ids=str)
def test_one_forward_pass_finds_and_explains(
    explainer: whylight.Explainer,
    image: np.ndarray,
    asked: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passes = []
    answer = BatchQueue.answer

    def counted(queue: BatchQueue, request: InferenceRequest) -> InferenceResult:
        passes.append(request)
        return answer(queue, request)

    monkeypatch.setattr(BatchQueue, "answer", counted)
    explainer(image, method="gradcam", **asked)
    assert len(passes) == 1


def test_unknown_questions_are_refused(explainer: whylight.Explainer, image: np.ndarray) -> None:
    box = Box(0, "cat", 0.5, (0, 0, 9, 9), 0)
    with pytest.raises(QuestionError, match="there are class, position"):
        explainer(image, target=box, question="size")
    with pytest.raises(QuestionError, match="position"):
        explainer(image, target=box, question="position", against=True)


def test_fused_maps_are_the_largest_of_the_layers(explainer: whylight.Explainer, image: np.ndarray) -> None:
    description = explainer.card.detector
    assert description is not None
    boxes = [Box(0, "cat", 0.5, (0, 0, 9, 9), description.places - 1 - count) for count in range(12)]
    at = explainer.box_explainer(boxes[0], GRID)
    box = next(box for box in boxes if at(image, target=box).maps.max() > 0)
    fused = explainer(image, target=box, fuse=True).maps[0]
    own = explainer.box_explainer(box, GRID)(image, target=box).maps[0]
    # Boxes of the coarsest grid do not depend on the necks of the others.
    assert np.allclose(fused / fused.max(), own / own.max(), atol=1e-5)


def test_evidence_is_spread_over_a_field() -> None:
    """A single cell becomes a Gaussian of 4 % of the input, whose sum stays."""
    map_ = np.zeros((320, 240), np.float32)
    map_[158:162, 118:122] = 1
    (found,) = spread_evidence([map_])
    assert found.shape == (80, 60)
    assert np.unravel_index(found.argmax(), found.shape) in {(39, 29), (39, 30), (40, 29), (40, 30)}
    assert found.sum() == pytest.approx(map_.sum() / 16, rel=1e-3)
    rows = found.sum(axis=1) / found.sum()
    middle = (np.arange(80) * rows).sum()
    assert np.sqrt(((np.arange(80) - middle) ** 2 * rows).sum()) == pytest.approx(0.04 * 320 / 4, rel=0.1)

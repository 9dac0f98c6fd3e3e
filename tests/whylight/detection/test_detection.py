"""Detectors: adopted without an option, boxes found, each explained at its place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

import whylight
from tests.whylight.helpers.detectors import CLASSES, GRIDS, PLACES, detector
from whylight.adoption.detectors.grids import find_grids
from whylight.box_questions import GRID, best_box, box_at
from whylight.cli import main
from whylight.detection.boxes import Box, boxes_in_image, find_boxes, overlap
from whylight.detection.description import XYXY, DetectorDescription
from whylight.drawing.boxes import draw_boxes
from whylight.drawing.heatmap import normalize_map
from whylight.errors import CardError, QuestionError
from whylight.images.decode import read_image
from whylight.images.encode import write_image
from whylight.pair.card import Card
from whylight.perturbation import ScoresAtPlaces
from whylight.view import View

torch = pytest.importorskip("torch")

_ELEMENTWISE = {
    "Sigmoid": torch.sigmoid,
    "Softplus": torch.nn.functional.softplus,
    "Mul": torch.mul,
    "Add": torch.add,
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A detector's file."""
    made = tmp_path_factory.mktemp("detector") / "detector.onnx"
    onnx.save(detector(), made)
    return made


@pytest.fixture(scope="module")
def explainer(path: Path) -> whylight.Explainer:
    """The adopted detector."""
    out = path.with_name("pair.onnx")
    whylight.adopt(path, out)
    return whylight.Explainer(out)


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    """An image of noise, wider than high."""
    return np.random.default_rng(3).integers(0, 256, (48, 96, 3), np.uint8)


def _normalised(explainer: whylight.Explainer, image: np.ndarray) -> np.ndarray:
    return explainer.prepare(image).transpose(2, 0, 1)[None].astype(np.float64) / 255


def _by_torch(images: np.ndarray, layer: str) -> tuple[object, object]:
    """The detector in PyTorch, float64: a layer's tensor, and scores `[K, P]` computed from it."""
    model = detector()
    weights = {
        tensor.name: torch.from_numpy(onnx.numpy_helper.to_array(tensor).copy())
        for tensor in model.graph.initializer
    }
    values = {"images": torch.from_numpy(images), **weights}
    for node in model.graph.node:
        taken = [values[name] for name in node.input]
        given = {entry.name: onnx.helper.get_attribute_value(entry) for entry in node.attribute}
        if node.op_type == "Conv":
            data, weight, bias = taken
            made = torch.nn.functional.conv2d(
                data, weight.double(), bias.double(), given["strides"][0], given["pads"][0]
            )
        elif node.op_type == "Reshape":
            made = taken[0].reshape(1, int(taken[1][1]), -1)
        elif node.op_type == "Concat":
            made = torch.cat(taken, given["axis"])
        else:
            made = _ELEMENTWISE[node.op_type](*taken)
        if node.output[0] == layer:
            made = made.detach().requires_grad_(True)
        values[node.output[0]] = made
    return values[layer], values["class_scores"][0]


def test_a_detector_is_recognised_with_names_letterbox_and_grids(explainer: whylight.Explainer) -> None:
    card = explainer.card
    assert card.classes == ("cat", "dog", "bird")
    assert card.input is not None
    assert card.input.geometry == "letterbox"
    assert card.detector is not None
    assert card.detector.places == PLACES
    assert card.detector.grids == GRIDS
    assert card.detector.layers == ("neck0.act", "neck1.act", "neck2.act")
    assert Card.from_json(card.to_json()) == card


@pytest.mark.parametrize("grid", range(len(GRIDS)))
def test_gradients_of_a_box_equal_autograd(
    explainer: whylight.Explainer, image: np.ndarray, grid: int
) -> None:
    before = sum(rows * columns for rows, columns in GRIDS[:grid])
    box = Box(1, "dog", 0.5, (0, 0, 9, 9), before + GRIDS[grid][0] + 1)
    at = explainer.box_explainer(box, GRID)
    assert at.layer == f"neck{grid}.act"
    result = at(image, target=box, method="hirescam")
    activations, scores = _by_torch(_normalised(explainer, image), at.layer)
    (expected,) = torch.autograd.grad(scores[1, box.place], activations)
    found = at.gradients(result.explanation)
    difference = np.abs(found - expected.numpy()).max() / np.abs(expected.numpy()).max()
    assert np.abs(expected.numpy()).max() > 0
    assert difference < 1e-4
    assert result.map.shape == image.shape[:2]


def test_scores_at_several_places_equal_autograd(explainer: whylight.Explainer, image: np.ndarray) -> None:
    rng = np.random.default_rng(5)
    weights = rng.standard_normal((2, CLASSES)).astype(np.float32)
    places = rng.standard_normal((2, PLACES)).astype(np.float32)
    explanation = explainer.explain_scores(image, weights, "hirescam", place_weights=places)
    activations, scores = _by_torch(_normalised(explainer, image), explainer.layer)
    for row in range(2):
        total = torch.from_numpy(weights[row]).double() @ scores @ torch.from_numpy(places[row]).double()
        (expected,) = torch.autograd.grad(total, activations, retain_graph=True)
        found = explainer.gradients(explanation)[row]
        assert np.abs(found - expected.numpy()[0]).max() < 1e-4 * np.abs(expected.numpy()).max()


def test_answers_and_boxes_are_those_of_the_file(
    explainer: whylight.Explainer, path: Path, image: np.ndarray
) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    (found,) = session.run(None, {"images": _normalised(explainer, image).astype(np.float32)})
    assert np.allclose(explainer.predict(image), found[0, 4:].max(axis=1), atol=1e-5)
    boxes = explainer.find_boxes(image, least_score=0.01)
    assert boxes
    for box in boxes:
        assert box.score == pytest.approx(float(found[0, 4 + box.class_index, box.place]), abs=1e-5)
        x, y, w, h = found[0, :4, box.place]
        # 96 x 48 is resized to 64 x 32 at row 16.
        corners = np.array([x - w / 2, y - h / 2 - 16, x + w / 2, y + h / 2 - 16]) * 1.5
        assert np.allclose(box.corners, np.clip(corners, 0, [96, 48, 96, 48]), atol=1e-2)


def test_a_call_explains_the_boxes_found(explainer: whylight.Explainer, image: np.ndarray) -> None:
    result = explainer(image, top=2)
    found = explainer.find_boxes(image)
    assert result.boxes == found
    assert len(result) == min(2, len(found))
    for box, question in zip(found, result.questions, strict=False):
        assert question == f"why {box.class_name} at {box.position}?"
    again = explainer(image, target=list(found[:2]))
    assert np.array_equal(again.maps, result.maps)
    assert explainer(image, target=found[0], rather_than=(found[0].class_index + 1) % CLASSES).maps.any()


def test_a_class_is_explained_at_its_best_place(explainer: whylight.Explainer, image: np.ndarray) -> None:
    explanation = explainer.explain(image, [2])
    assert explanation.place_weights is not None
    _, scores = _by_torch(_normalised(explainer, image), explainer.layer)
    assert explanation.place_weights.argmax() == int(scores[2].argmax())
    other = explainer.map_for_weights(explanation, np.eye(CLASSES)[[0]], "layercam")
    assert other.maps.any()
    assert np.array_equal(other.maps, explainer.explain(image, [0]).maps)


def test_boxes_of_other_models_are_refused(explainer: whylight.Explainer, image: np.ndarray) -> None:
    with pytest.raises(QuestionError, match="place"):
        explainer(image, target=Box(0, "cat", 0.5, (0, 0, 1, 1), PLACES))
    with pytest.raises(QuestionError, match="together"):
        explainer(image, target=[Box(0, "cat", 0.5, (0, 0, 1, 1), 0), "dog"])
    with pytest.raises(QuestionError, match="no detector"):
        whylight.Explainer("caltech").find_boxes(image)


def test_without_gradients_boxes_are_found(path: Path, image: np.ndarray) -> None:
    pair = path.with_name("forward.onnx")
    whylight.adopt(path, pair, without_gradients=True)
    explainer = whylight.Explainer(pair)
    assert explainer.find_boxes(image, least_score=0.01)


def test_grids_of_usual_strides() -> None:
    assert find_grids((640, 640), 8400) == ((80, 80), (40, 40), (20, 20))
    assert find_grids((640, 640), 25200) == ((80, 80), (40, 40), (20, 20))
    assert find_grids((320, 320), 2101) == ()


def test_the_weaker_of_overlapping_boxes_of_a_class_is_left_out() -> None:
    corners = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [20, 20, 30, 30]], np.float32)
    answers = np.array([[0.9, 0.8, 0.1], [0.1, 0.1, 0.3]], np.float32)
    found = find_boxes(answers, corners, ("a", "b"), needs_nms=True)
    assert [box.place for box in found] == [0, 2]
    assert [box.class_name for box in found] == ["a", "b"]
    assert len(find_boxes(answers, corners, ("a", "b"), needs_nms=False)) == 3
    assert overlap(corners[0], corners[1:]) == pytest.approx([0.9, 0])


def test_corners_leave_the_padding() -> None:
    description = DetectorDescription(places=1, box_form=XYXY)
    view = View((100, 200), (64, 64), (32, 64), (16, 0))
    corners = boxes_in_image(np.array([[0.0], [16.0], [64.0], [48.0]], np.float32), description, view)
    assert np.allclose(corners, [[0, 0, 200, 100]])


_COUNTED = {"places": 4, "grids": [[1, 2]], "counts": [3]}
"""Grids of fewer places than the detector has."""


def test_an_invalid_description_is_refused() -> None:
    for found in (
        [],
        {},
        {"places": 0},
        {"places": 4, "box_form": "?"},
        {"places": 4, "layers": ["a"]},
        _COUNTED,
    ):
        with pytest.raises(CardError):
            DetectorDescription.from_json(found)


def test_json_lists_the_boxes(
    explainer: whylight.Explainer, image: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_image(tmp_path / "image.png", image)
    assert main(["explain", str(tmp_path), "--model", str(explainer.model_path), "--json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)["images"]
    found = explainer.find_boxes(image)
    assert [box["place"] for box in record["boxes"]] == [box.place for box in found]
    assert [box["class"] for box in record["boxes"]] == [box.class_name for box in found]


def test_batches_of_any_size_and_fixed_ones_give_the_same(path: Path, image: np.ndarray) -> None:
    free = path.with_name("free.onnx")
    onnx.save(detector(fixed=False), free)
    maps = [
        whylight.Explainer(pair)(image, method="hirescam").maps for pair in (_adopted(free), _adopted(path))
    ]
    assert np.allclose(maps[0], maps[1], atol=1e-6)


def _adopted(path: Path) -> Path:
    out = path.with_name(f"{path.stem}.adopted.onnx")
    whylight.adopt(path, out)
    return out


def test_the_best_box_of_a_class_is_where_it_scores_highest(
    explainer: whylight.Explainer, image: np.ndarray
) -> None:
    explanation = explainer.forward_only(image)
    best = best_box(explanation, explainer.card, 2)
    assert best == box_at(explanation, explainer.card, 2, best.place)
    assert best.score == pytest.approx(float(explanation.probabilities[2]), abs=1e-6)


def test_occlusion_of_a_box_follows_the_score_at_its_place(
    explainer: whylight.Explainer, image: np.ndarray
) -> None:
    boxes = explainer.find_boxes(image)[:2]
    result = explainer(image, target=list(boxes), method="occlusion")
    cells = result.maps.shape[1]
    seen = explainer.prepare(image)
    colour = np.rint(255 * np.asarray(explainer.card.mean)).clip(0, 255)
    for box, map_ in zip(boxes, result.maps, strict=True):

        def score(pixels: np.ndarray, box: Box = box) -> float:
            explanation = explainer.of_inputs.forward_only(pixels, top=1)
            return float(explanation.tensors["place_scores"][0][box.class_index, box.place])

        for row, column in ((5, 5), (8, 10)):
            edges = [round(64 * cell / cells) for cell in (row - 1, row + 2, column - 1, column + 2)]
            covered = seen.copy()
            padding = np.ones((64, 64), bool)
            padding[16:48] = False
            part = (slice(edges[0], edges[1]), slice(edges[2], edges[3]))
            covered[part] = np.where(padding[part][..., None], covered[part], colour)
            assert map_[row, column] == pytest.approx(score(seen) - score(covered), abs=1e-4)
    with pytest.raises(QuestionError, match="Ablation-CAM"):
        explainer(image, target=boxes[0], method="ablation-cam")
    with pytest.raises(QuestionError, match="place"):
        ScoresAtPlaces.of_box(explainer, replace(boxes[0], place=PLACES))


def test_variants_of_an_explainer_share_its_sessions(
    explainer: whylight.Explainer, image: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    monkeypatch.setattr("whylight.explainer.open_pair", lambda *given, **_: opened.append(given))
    boxes = explainer.find_boxes(image)
    at = ScoresAtPlaces.of_box(explainer, boxes[0]).of_inputs
    answers = at.answers(explainer.prepare(image)[None])[0]
    assert answers[boxes[0].class_index] == pytest.approx(boxes[0].score, abs=1e-6)
    assert opened == []


def test_cells_lie_at_their_own_parts_of_the_image(explainer: whylight.Explainer, image: np.ndarray) -> None:
    """A map with one cell is brightest in the middle of what the cell answers for."""
    assert explainer.card.placement is not None
    (box, *_) = explainer.find_boxes(image)
    explanation = explainer(image, target=box).explanation
    rows, columns = explanation.maps.shape[1:]
    alone = np.zeros((1, rows, columns), np.float32)
    alone[0, rows // 2, 2] = 1
    shown = replace(explanation, maps=alone)
    assert shown.map_placement is None
    drawn = normalize_map(alone[0], image.shape[:2], shown.map_view)
    down, across = (drawn.sum(axis=axis) @ (np.arange(drawn.shape[1 - axis]) + 0.5) for axis in (1, 0))
    middle = np.array([(rows // 2 + 0.5) * 64 / rows - 16, 2.5 * 64 / columns]) * 1.5
    assert np.array([down, across]) / drawn.sum() == pytest.approx(middle, abs=0.1)


def test_what_is_saved_has_the_box_and_panels_have_not(
    explainer: whylight.Explainer, image: np.ndarray, tmp_path: Path
) -> None:
    boxes = explainer.find_boxes(image)[:2]
    result = explainer(image, target=list(boxes))
    assert result.asked == boxes
    second = result[1]
    assert second.asked == boxes[1:]
    assert f"({boxes[1].class_name} {100 * boxes[1].score:.1f}%)" in second._repr_html_()
    plain = second.panels()
    assert np.array_equal(plain.image, image)
    for panel, drawn in (("image", plain.image), ("heatmap", plain.heatmap), ("overlay", plain.overlay)):
        saved = read_image(second.save(tmp_path / f"{panel}.png", panel))
        assert np.array_equal(saved, draw_boxes(drawn, boxes[1:], (48, 96)))
    classes = explainer(image, target="dog")
    assert classes.asked == ()
    assert np.array_equal(read_image(classes.save(tmp_path / "dog.png", "image")), image)

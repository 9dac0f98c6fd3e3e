"""Detectors of other forms than YOLOv8's: adopted without an option, gradients equal to autograd's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

import whylight
from whylight.adoption.detectors.box_forms import cells_of
from whylight.box_questions import GRID
from whylight.detection.boxes import Box
from whylight.errors import MissingFactError, ModelError
from whylight.view import View

torch = pytest.importorskip("torch")

from tests.whylight.helpers.detector_modules import (  # noqa: E402
    CLASSES,
    GRIDS,
    SIZE,
    ByLevels,
    Detector,
    NanoDet,
    RtDetr,
    Scrfd,
    Selected,
    SelectedSsd,
    Ssd,
    YoloV5,
    YoloX,
    YuNet,
    export,
)

_YUNET = [f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in (8, 16, 32)]
_FORMS = {
    "yolov5": (lambda: YoloV5(), None),
    "yolox": (lambda: YoloX(), None),
    "yolox-decoded": (lambda: YoloX(decode=True), None),
    "ssd": (lambda: Ssd(), None),
    "ssd-logits": (lambda: Ssd(softmax=False), None),
    "ssd-selected": (lambda: SelectedSsd(), None),
    "ssd-of-one": (lambda: Ssd(classes=2), ["scores", "boxes"]),
    "retinanet": (lambda: ByLevels(), None),
    "fcos": (lambda: ByLevels(centred=True), None),
    "nanodet": (lambda: NanoDet(), None),
    "yunet": (lambda: YuNet(), _YUNET),
    "scrfd": (lambda: Scrfd(), None),
}


@pytest.fixture(scope="module", params=_FORMS)
def form(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a form."""
    return str(request.param)


@pytest.fixture(scope="module")
def made(form: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Detector, Path, whylight.Explainer]:
    """A detector, its file, and the pair that was adopted from it."""
    torch.manual_seed(1)
    make, outputs = _FORMS[form]
    module = make()
    folder = tmp_path_factory.mktemp(form)
    path = export(module, folder / "detector.onnx", outputs)
    given = {"preprocessing": "unit"} if form.startswith("ssd") and outputs is None else {}
    whylight.adopt(path, folder / "pair.onnx", **given)
    return module.double(), path, whylight.Explainer(folder / "pair.onnx")


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    """An image of noise, wider than high."""
    return np.random.default_rng(3).integers(0, 256, (48, 96, 3), np.uint8)


def _network_input(explainer: whylight.Explainer, image: np.ndarray) -> np.ndarray:
    card = explainer.card
    seen = explainer.prepare(image).transpose(2, 0, 1)[None].astype(np.float64) / 255
    mean, std = (np.array(each).reshape(1, 3, 1, 1) for each in (card.mean, card.std))
    values = (seen - mean) / std
    return values[:, ::-1].copy() if card.input is not None and card.input.colours == "bgr" else values


def test_places_lie_on_the_grids_of_three_strides(
    made: tuple[Detector, Path, whylight.Explainer], form: str
) -> None:
    module, _, explainer = made
    detector = explainer.card.detector
    assert detector is not None
    assert detector.grids == GRIDS
    assert detector.counts == tuple(module.anchors * rows * columns for rows, columns in GRIDS)
    assert len(set(detector.layers)) == len(GRIDS)
    assert explainer.class_count == (1 if form in ("ssd-of-one", "yunet", "scrfd") else CLASSES)


def test_answers_are_those_of_the_familys_own_code(
    made: tuple[Detector, Path, whylight.Explainer], image: np.ndarray
) -> None:
    module, _, explainer = made
    expected = module.answers(torch.from_numpy(_network_input(explainer, image))).detach().numpy()
    explanation = explainer.forward_only(image, top=1)
    found = 1 / (1 + np.exp(-explanation.tensors["place_scores"][0].astype(np.float64)))
    assert np.allclose(found, expected, atol=1e-5)
    assert np.allclose(explanation.probabilities, expected.max(axis=1), atol=1e-5)


@pytest.mark.parametrize("grid", range(len(GRIDS)))
def test_gradients_equal_autograd_of_the_answers_logit(
    made: tuple[Detector, Path, whylight.Explainer], image: np.ndarray, grid: int
) -> None:
    module, _, explainer = made
    detector = explainer.card.detector
    assert detector is not None
    place = sum(detector.counts[:grid]) + detector.counts[grid] // 2
    index = explainer.class_count - 1
    box = Box(index, explainer.class_names[index], 0.5, (0, 0, 9, 9), place)
    at = explainer.box_explainer(box, GRID)
    result = at(image, target=box, method="hirescam")
    kept: list[torch.Tensor] = []
    hook = module.necks[grid].register_forward_hook(lambda *given: kept.append(given[2]))
    answer = module.answers(torch.from_numpy(_network_input(explainer, image)))[index, place]
    hook.remove()
    (expected,) = torch.autograd.grad(torch.logit(answer), kept[0])
    assert np.allclose(result.explanation.tensors["activations"], kept[0].detach().numpy(), atol=1e-5)
    largest = np.abs(expected.numpy()).max()
    assert largest > 0
    assert np.abs(at.gradients(result.explanation) - expected.numpy()).max() < 1e-4 * largest


def _boxes_by_hand(form: str, outputs: list[np.ndarray], inner: np.ndarray, place: int) -> tuple[float, ...]:
    """Return the corners of a place in pixels of the input, computed as the family's own code does."""
    if form.startswith("ssd"):
        corners = outputs[1][0] if form != "ssd-selected" else inner / SIZE
        return tuple(corners[place] * SIZE)
    cells = [(x, y, SIZE // rows) for rows, columns in GRIDS for y in range(rows) for x in range(columns)]
    if form in ("retinanet", "fcos"):
        return tuple(float(value) for value in inner[place])
    if form == "scrfd":
        x, y, stride = cells[place // 2]
        left, top, right, bottom = np.concatenate(outputs[3:6])[place] * stride
        return x * stride - left, y * stride - top, x * stride + right, y * stride + bottom
    if form == "nanodet":
        x, y, stride = cells[place]
        shares = np.exp(np.concatenate(outputs[3:], 1)[0, place].reshape(4, -1).astype(np.float64))
        means = stride * (shares * np.arange(shares.shape[1])).sum(1) / shares.sum(1)
        x, y = (x + 0.5) * stride, (y + 0.5) * stride
        return x - means[0], y - means[1], x + means[2], y + means[3]
    row = np.concatenate(outputs[6:9], 1)[0, place] if form == "yunet" else outputs[0][0, place]
    cx, cy, w, h = (float(value) for value in row[:4])
    if form in ("yunet", "yolox"):
        x, y, stride = cells[place]
        cx, cy, w, h = (cx + x) * stride, (cy + y) * stride, np.exp(w) * stride, np.exp(h) * stride
    return cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2


def test_boxes_are_those_of_the_file(
    made: tuple[Detector, Path, whylight.Explainer], form: str, image: np.ndarray
) -> None:
    module, path, explainer = made
    session = onnxruntime.InferenceSession(path)
    outputs = session.run(None, {"images": _network_input(explainer, image).astype(np.float32)})
    inner = np.zeros((0, 4))
    if isinstance(module, SelectedSsd):  # in front of what the file gives out
        _, found = Ssd.forward(module, torch.from_numpy(_network_input(explainer, image)))
        inner = found[0].detach().numpy() * SIZE
    if isinstance(module, ByLevels):
        _, _, offsets = module.heads(torch.from_numpy(_network_input(explainer, image)))
        inner = module.boxes(offsets[0], module.corners).detach().numpy()
    boxes = explainer.find_boxes(image, least_score=1e-4, most_overlap=1)
    assert len(boxes) > 20
    view = explainer.card.view(image.shape[:2]) or View.whole(image.shape[:2], (SIZE, SIZE))
    for box in boxes[:: len(boxes) // 20]:
        corners = np.array(_boxes_by_hand(form, outputs, inner, box.place)).reshape(2, 2)
        scale = np.array(view.image_size[::-1]) / np.array(view.resized[::-1])
        expected = np.clip((corners - np.array(view.offset[::-1])) * scale, 0, view.image_size[::-1])
        assert np.allclose(box.corners, expected.reshape(-1), atol=2e-2)


def test_levels_without_an_axis_for_the_image_are_read_alike(tmp_path: Path, image: np.ndarray) -> None:
    torch.manual_seed(6)
    module = NanoDet(flat=True)
    path = export(module, tmp_path / "flat.onnx")
    explainer = whylight.Explainer(whylight.adopt(path, tmp_path / "pair.onnx") and tmp_path / "pair.onnx")
    values = torch.from_numpy(_network_input(explainer, image))
    expected = module.double().answers(values).detach().numpy()
    found = explainer.forward_only(image, top=1).tensors["place_scores"][0].astype(np.float64)
    assert np.allclose(1 / (1 + np.exp(-found)), expected, atol=1e-5)


def test_strides_are_powers_of_two_that_need_not_divide_the_input() -> None:
    cells = cells_of((416, 416), ((52, 52), (7, 7)))
    assert set(cells.strides[0]) == {8.0, 64.0}
    assert tuple(cells.corners[:, -1]) == (384.0, 384.0)


def test_one_stride_of_several_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    """Twelve sigmoids a cell are no box, objectness and classes where other strides stand beside."""
    torch.manual_seed(6)
    module = NanoDet()
    module.cls = torch.nn.ModuleList(torch.nn.Conv2d(8, 12, 1) for _ in range(3))
    module.reg = torch.nn.ModuleList(torch.nn.Conv2d(8, 9, 1) for _ in range(3))  # no distances
    with pytest.raises(ModelError):
        whylight.adopt(export(module, tmp_path / "raw.onnx"), tmp_path / "pair.onnx", preprocessing="unit")
    assert not (tmp_path / "pair.onnx").exists()


class _RawHead(Detector):
    """Heads that are not decoded: BlazeFace's two outputs, or FastestDet's joined map."""

    def __init__(self, *, joined: bool) -> None:
        super().__init__()
        self.joined = joined
        self.obj, self.reg = torch.nn.Conv2d(8, 1, 1), torch.nn.Conv2d(8, 16, 1)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...] | torch.Tensor:
        """Return scores and numbers of the cells of the finest map."""
        value = self.maps(images)[0]
        objectness, numbers = self.obj(value), self.reg(value)
        if self.joined:
            shares = numbers[:, 4:].permute(0, 2, 3, 1).softmax(-1).permute(0, 3, 1, 2)
            return torch.cat([objectness.sigmoid(), numbers[:, :4], shares], 1)
        return tuple(each.flatten(2).transpose(1, 2) for each in (numbers, objectness))


@pytest.mark.parametrize("joined", [False, True])
def test_raw_heads_are_refused_by_their_form(tmp_path: Path, joined: bool) -> None:
    torch.manual_seed(3)
    path = export(_RawHead(joined=joined), tmp_path / "raw.onnx")
    with pytest.raises(ModelError, match="boxes are not decoded"):
        whylight.adopt(path, tmp_path / "pair.onnx", preprocessing="unit")
    assert not (tmp_path / "pair.onnx").exists()


def test_names_say_whether_there_is_an_objectness(tmp_path: Path) -> None:
    names = {"names": str({index: f"thing {index}" for index in range(CLASSES + 1)})}
    path = export(YoloV5(), tmp_path / "four.onnx", None, names)
    pair = whylight.adopt(path, tmp_path / "pair.onnx")
    assert pair.card.classes == tuple(f"thing {index}" for index in range(CLASSES + 1))
    path = export(YoloV5(), tmp_path / "three.onnx", None, {"names": "['a', 'b', 'c']"})
    assert whylight.adopt(path, tmp_path / "three.pair.onnx").card.classes == ("a", "b", "c")


def test_the_background_has_a_name_and_is_no_answer(tmp_path: Path) -> None:
    path = export(Ssd(), tmp_path / "ssd.onnx", ["scores", "boxes"], {"names": "['nothing', 'a', 'b', 'c']"})
    pair = whylight.adopt(path, tmp_path / "pair.onnx", preprocessing="unit")
    assert pair.card.classes == ("a", "b", "c")


def test_what_no_file_says_is_assumed_by_the_form(tmp_path: Path) -> None:
    module = YuNet()
    pair = whylight.adopt(export(module, tmp_path / "yunet.onnx", _YUNET), tmp_path / "pair.onnx")
    described = pair.card.input
    assert described is not None
    assert (described.colours, described.values, described.place) == ("bgr", "0..255", "top-left")
    assert described.sources["geometry"] == "assumed"
    assert pair.card.classes == ("face",)
    told = whylight.adopt(tmp_path / "yunet.onnx", tmp_path / "told.onnx", preprocessing="unit")
    assert told.card.input is not None
    assert told.card.input.values == "0..1"


def test_raw_maps_are_refused_with_what_is_missing(tmp_path: Path) -> None:
    class Raw(YoloV5):
        def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
            return tuple(head(map_) for head, map_ in zip(self.m, self.maps(images), strict=True))

    path = export(Raw(), tmp_path / "raw.onnx")
    with pytest.raises(ModelError, match="anchors"):
        whylight.adopt(path, tmp_path / "pair.onnx", preprocessing="unit")


def test_text_lines_are_no_detector(tmp_path: Path) -> None:
    class Line(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = torch.nn.Conv2d(3, 900, 8, 8)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return torch.softmax(self.body(images).mean(2).transpose(1, 2), -1)

    path = export(Line(), tmp_path / "line.onnx")
    with pytest.raises(ModelError):
        whylight.adopt(path, tmp_path / "pair.onnx", preprocessing="unit")


def test_a_confident_box_has_a_gradient(tmp_path: Path) -> None:
    """Near 1, where the logarithm of the score has none left, its logit still has."""
    module = YoloV5()
    with torch.no_grad():
        for head in module.m:
            head.bias.view(3, -1)[:, 4:] += 14
    path = export(module, tmp_path / "sure.onnx")
    whylight.adopt(path, tmp_path / "pair.onnx")
    explainer = whylight.Explainer(tmp_path / "pair.onnx")
    image = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    box = explainer.find_boxes(image)[0]
    assert box.score > 0.99999
    explanation = explainer(image, target=box, method="hirescam").explanation
    assert np.abs(explainer.gradients(explanation)).max() > 1e-3


@pytest.mark.parametrize(("selected", "by_rows"), [(False, False), (True, False), (True, True)])
def test_queries_are_differentiated_at_a_map_of_the_encoder(
    tmp_path: Path, image: np.ndarray, selected: bool, by_rows: bool
) -> None:
    """The indices of TopK count as constants, as they do for autograd."""
    torch.manual_seed(1)
    module = RtDetr(by_rows=by_rows)
    names = {"names": "['a', 'b', 'c']"}
    path = export(Selected(module) if selected else module, tmp_path / "rtdetr.onnx", None, names)
    whylight.adopt(path, tmp_path / "pair.onnx", preprocessing="unit")
    explainer = whylight.Explainer(tmp_path / "pair.onnx")
    assert explainer.card.detector is not None
    assert explainer.card.detector.places == RtDetr.queries
    assert not explainer.card.detector.needs_nms
    module = module.double()
    for layer in range(3):
        kept: list[torch.Tensor] = []
        hook = module.necks[layer].register_forward_hook(lambda *given, kept=kept: kept.append(given[2]))
        answers = module.answers(torch.from_numpy(_network_input(explainer, image)))
        hook.remove()
        names = [f"/necks.{layer}/", f"/module/necks.{layer}/"]
        at = next(
            explainer.with_layer(choice.name)
            for choice in reversed(explainer.layers())
            if choice.size == GRIDS[layer] and any(map(choice.name.startswith, names))
        )
        place = 7
        box = Box(1, "b", 0.5, (0, 0, 9, 9), place)
        explanation = at(image, target=box, method="hirescam").explanation
        (expected,) = torch.autograd.grad(torch.logit(answers[1, place]), kept[0])
        assert np.allclose(explanation.tensors["activations"], kept[0].detach().numpy(), atol=1e-5)
        largest = np.abs(expected.numpy()).max()
        assert np.abs(at.gradients(explanation) - expected.numpy()).max() < 1e-4 * largest


class _PoolingClassifier(Detector):
    """A classifier that also gives its tokens `[N, 64, 16]` and the weights that pool them `[N, 64, 1]`."""

    def __init__(self) -> None:
        super().__init__()
        self.obj, self.reg = torch.nn.Conv2d(8, 1, 1), torch.nn.Conv2d(8, 16, 1)
        self.head = torch.nn.Linear(16, 5)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return logits, weights and tokens."""
        value = self.maps(images)[0]
        weights, tokens = (each(value).flatten(2).transpose(1, 2) for each in (self.obj, self.reg))
        return self.head((weights.softmax(1) * tokens).sum(1)), weights, tokens


def test_a_classifier_with_further_outputs_is_no_raw_head(tmp_path: Path) -> None:
    torch.manual_seed(3)
    path = export(_PoolingClassifier(), tmp_path / "pooling.onnx")
    with pytest.raises(MissingFactError, match="several outputs could be the scores"):
        whylight.adopt(path, tmp_path / "pair.onnx", preprocessing="unit")
    logits = onnx.load(path).graph.output[0].name
    card = whylight.adopt(path, tmp_path / "pair.onnx", preprocessing="unit", scores=logits).card
    assert card.detector is None
    assert len(card.classes) == 5

"""The view: maps lie on what the model saw of an image, and nowhere else; padding is no part of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.whylight.conftest import COLOURS, SIZE, colour_network
from whylight import Explainer
from whylight.drawing.heatmap import UNSEEN, dimmed, draw_panels, normalize_map, scale_by
from whylight.faithfulness.deletion_insertion import deletion, insertion
from whylight.faithfulness.measure import measure
from whylight.faithfulness.pointing_game import energy_inside, pointing_game_hits
from whylight.faithfulness.road import road
from whylight.images.encode import write_image
from whylight.images.geometry import InputDescription
from whylight.pair.build import build_pair
from whylight.pair.card import Card
from whylight.pair.files import save_pair
from whylight.parallel.tta_smoothing import smooth
from whylight.perturbation.estimate import apply_masks, mean_colour
from whylight.perturbation.input_resize import at_input
from whylight.perturbation.masked_input import masked_scores
from whylight.report.write import write_report
from whylight.view import View

CPU = ["CPUExecutionProvider"]
CROPPED = InputDescription(size=(SIZE, SIZE), geometry="crop", resize=SIZE)
PADDED = InputDescription(size=(SIZE, SIZE), geometry="letterbox", pad=(114, 114, 114), antialias=False)
LARGER = InputDescription(size=(SIZE, SIZE), geometry="crop", resize=40)


def explainer_of(described: InputDescription, folder: Path) -> Explainer:
    """The model of three colours, with an input description."""
    card = Card(
        name="Colours",
        classes=tuple(COLOURS),
        target_layer="features",
        input_size=(SIZE, SIZE),
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        input=described,
    )
    path = folder / "colours.onnx"
    save_pair(build_pair(colour_network(), card, target="features", logits="scores"), path)
    return Explainer(path, CPU)


def grey_with(colour: str, size: tuple[int, int], part: tuple[slice, slice]) -> np.ndarray:
    image = np.full((*size, 3), 120, np.uint8)
    image[part] = COLOURS[colour]
    return image


def middle(part: tuple[slice, slice]) -> tuple[float, float]:
    return (part[0].start + part[0].stop) / 2, (part[1].start + part[1].stop) / 2


@pytest.mark.parametrize("described", [CROPPED, PADDED, LARGER], ids=["crop", "letterbox", "larger"])
@pytest.mark.parametrize(
    ("size", "part"),
    [
        ((60, 160), (slice(14, 29), slice(90, 105))),
        ((160, 60), (slice(86, 101), slice(20, 35))),
        ((37, 501), (slice(5, 32), slice(235, 265))),
    ],
)
def test_the_map_is_where_the_object_is(
    described: InputDescription, size: tuple[int, int], part: tuple[slice, slice], tmp_path: Path
) -> None:
    """A red square whose place is known; a cell of the map is 4 pixels of the input wide."""
    explainer = explainer_of(described, tmp_path)
    result = explainer(grey_with("red", size, part), target="red")
    assert result.view is not None
    map_ = result.map
    assert map_.shape == size
    weights = map_ / map_.sum()
    found = tuple(
        float((weights.sum(axis=1 - axis) * (np.arange(size[axis]) + 0.5)).sum()) for axis in (0, 1)
    )
    cell = 4 * max(size[axis] / result.view.resized[axis] for axis in (0, 1))
    for where, expected in zip(found, middle(part), strict=True):
        assert abs(where - expected) <= cell / 2
    seen = np.zeros(size, bool)
    seen[result.view.in_image()] = True
    assert not map_[~seen].any()


@pytest.mark.parametrize("described", [CROPPED, PADDED, LARGER], ids=["crop", "letterbox", "larger"])
def test_answers_are_those_of_the_prepared_image(described: InputDescription, tmp_path: Path) -> None:
    explainer = explainer_of(described, tmp_path)
    image = np.random.default_rng(1).integers(0, 256, (50, 130, 3), np.uint8)
    seen = explainer.prepare(image)
    assert seen.shape == (SIZE, SIZE, 3)
    of_inputs = explainer.of_inputs
    np.testing.assert_array_equal(explainer.logits(image[None]), of_inputs.logits(seen[None]))
    np.testing.assert_array_equal(explainer.explain(image).logits, of_inputs.explain(seen).logits)
    assert of_inputs.explain(seen).view is None
    np.testing.assert_array_equal(of_inputs.prepare(seen), seen)


def test_other_layers_see_the_same(tmp_path: Path) -> None:
    explainer = explainer_of(CROPPED, tmp_path)
    other = explainer.with_layer("leads")
    assert other.card.input == CROPPED
    image = grey_with("red", (60, 160), (slice(14, 29), slice(90, 105)))
    np.testing.assert_allclose(other.predict(image), explainer.predict(image), atol=1e-6)
    assert other.explain(image).view == explainer.explain(image).view


def test_what_was_not_seen_is_dimmed(tmp_path: Path) -> None:
    explainer = explainer_of(CROPPED, tmp_path)
    image = grey_with("red", (60, 150), (slice(14, 29), slice(80, 95)))
    result = explainer(image, target="red")
    seen = np.zeros(image.shape[:2], bool)
    seen[:, 45:105] = True  # the centre of as many columns as there are rows
    panels = result.panels()
    np.testing.assert_array_equal(panels.image, image)
    assert (panels.heatmap[~seen] == UNSEEN).all()
    assert (panels.heatmap[seen] != UNSEEN).any(axis=-1).all()
    np.testing.assert_array_equal(panels.overlay[~seen], dimmed(image)[~seen])
    assert panels.overlay[~seen].max() < image[~seen].min()
    np.testing.assert_array_equal(result.overlay(), panels.overlay)
    result.save(tmp_path / "panels.png", "panels")
    # The part that was seen is drawn as an image of its own is.
    part = np.ascontiguousarray(image[:, 45:105])
    alone = draw_panels(part, result.maps[0])
    assert np.abs(panels.heatmap[:, 45:105].astype(int) - alone.heatmap).max() <= 6
    assert np.abs(panels.overlay[:, 45:105].astype(int) - alone.overlay).max() <= 6


def test_a_whole_view_is_drawn_as_before() -> None:
    map_ = np.random.default_rng(2).normal(size=(7, 7)).astype(np.float32)
    whole = View((60, 160), (32, 32), (32, 32), (0, 0))
    assert whole.is_whole
    np.testing.assert_allclose(
        normalize_map(map_, (60, 160), whole), normalize_map(map_, (60, 160)), atol=1e-6
    )
    np.testing.assert_allclose(
        scale_by(map_, 2.0, (60, 160), whole), scale_by(map_, 2.0, (60, 160)), atol=1e-6
    )


def test_a_map_is_laid_where_opencv_lays_it() -> None:
    """Enlarged by OpenCV to the padded size and cut out, it is the same."""
    map_ = np.random.default_rng(3).random((7, 5)).astype(np.float32)
    view = PADDED.view((48, 128))
    (top, left), (height, width) = view.offset, view.resized
    scale = 128 // width
    padded = cv2.resize(map_, (SIZE * scale, SIZE * scale))
    expected = padded[top * scale : (top + height) * scale, left * scale : (left + width) * scale]
    np.testing.assert_allclose(view.place(map_, (48, 128)), expected, atol=1e-5)


@pytest.mark.parametrize("method", ["occlusion", "rise", "score-cam", "ablation-cam", "grad-cam"])
@pytest.mark.parametrize("described", [CROPPED, PADDED], ids=["crop", "letterbox"])
def test_methods_point_at_the_object(method: str, described: InputDescription, tmp_path: Path) -> None:
    explainer = explainer_of(described, tmp_path)
    part = (slice(14, 29), slice(90, 105))
    image = grey_with("red", (60, 160), part)
    result = explainer(image, target="red", method=method)
    mask = np.zeros(image.shape[:2], bool)
    mask[part] = True
    assert pointing_game_hits(result.maps[0], mask, 8, result.view)
    share = mask.mean()
    assert energy_inside(result.maps[0], mask, result.view) > 2 * share


def test_padding_is_never_covered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    explainer = explainer_of(PADDED, tmp_path)
    image = np.random.default_rng(4).integers(0, 256, (50, 130, 3), np.uint8)
    padding = PADDED.view((50, 130)).padding
    assert padding is not None
    given: list[np.ndarray] = []
    logits = Explainer.logits

    def noted(self: Explainer, images: np.ndarray) -> np.ndarray:
        given.append(images)
        return logits(self, images)

    monkeypatch.setattr(Explainer, "logits", noted)
    explanation = explainer.explain(image, top=1)
    for method in ("occlusion", "rise", "score-cam"):
        explainer.explain(image, top=1, method=method)
    for curve in (deletion, insertion):
        *_, last = curve(explainer, image, explanation.maps[0], 0)
        assert last.complete
    road(explainer, image, explanation.maps[0], 0)
    assert len(given) > 30
    changed = 0
    for images in given:
        assert (images[:, padding] == 114).all()
        changed += int((images[:, ~padding] != explainer.prepare(image)[~padding]).any())
    assert changed > 30


def test_masked_images_keep_their_padding(tmp_path: Path) -> None:
    """RISE and Score-CAM mask behind the input's levels: as masked levels, but for rounding."""
    explainer = explainer_of(replace(PADDED, pad=(200, 0, 0)), tmp_path)
    image = grey_with("red", (50, 130), (slice(10, 40), slice(20, 60)))
    at, weights = at_input(explainer, image), np.eye(explainer.class_count, dtype=np.float32)
    assert at.padding is not None
    kept = np.random.default_rng(2).random((5, *PADDED.size), np.float32)
    found = masked_scores(explainer, image, weights)(kept.copy())
    mixed = apply_masks(at.image, at.without_padding(kept.copy()), mean_colour(explainer))
    np.testing.assert_allclose(found, at.model.logits(mixed), atol=0.05)
    covered = at.model.logits(apply_masks(at.image, kept, mean_colour(explainer)))
    assert np.abs(found - covered).max() > 0.2, "covered padding would show"


def test_deletion_ends_with_no_pixel_of_the_image(tmp_path: Path) -> None:
    """Its last point is the image filled with the mean colour, its first the image; padding stays."""
    explainer = explainer_of(PADDED, tmp_path)
    image = grey_with("red", (60, 160), (slice(14, 29), slice(90, 105)))
    *_, curve = deletion(explainer, image, explainer.explain(image, top=1).maps[0], 0)
    filled = explainer.prepare(image)
    filled[PADDED.view((60, 160)).in_input()] = 0
    whole, empty = explainer.answers(image[None])[0, 0], explainer.of_inputs.answers(filled[None])[0, 0]
    assert curve.probabilities[0] == pytest.approx(float(whole), abs=1e-6)
    assert curve.probabilities[-1] == pytest.approx(float(empty), abs=1e-6)


def test_smoothed_maps_lie_there_too(tmp_path: Path) -> None:
    explainer = explainer_of(PADDED, tmp_path)
    part = (slice(14, 29), slice(90, 105))
    image = grey_with("red", (60, 160), part)
    explanation = smooth(explainer, image, explainer.explain(image, classes=[0]))
    assert explanation.view is not None
    found = normalize_map(explanation.maps[0], (60, 160), explanation.view)
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert 10 <= row < 33
    assert 84 <= column < 111


def test_reports_say_and_draw_it(tmp_path: Path) -> None:
    explainer = explainer_of(CROPPED, tmp_path)
    image = grey_with("red", (60, 150), (slice(14, 29), slice(80, 95)))
    write_image(tmp_path / "photo.png", image)
    records: list[dict] = []
    write_report(explainer, [tmp_path / "photo.png"], tmp_path / "report", on_image=records.append, maps=True)
    assert records[0]["seen"] == [0, 45, 60, 105]
    from whylight.images.decode import read_image

    heatmap = read_image(tmp_path / "report" / f"{records[0]['panels']}.heatmap.png")
    assert (heatmap[:, :45] == UNSEEN).all()
    assert (heatmap[:, 45:105] != UNSEEN).any()
    assert "60% of it was not seen" in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")


def test_localisation_uses_the_view(tmp_path: Path) -> None:
    explainer = explainer_of(CROPPED, tmp_path)
    part = (slice(14, 29), slice(90, 105))
    folder = tmp_path / "red"
    folder.mkdir()
    image = grey_with("red", (60, 160), part)
    write_image(folder / "a.png", image)
    mask = np.zeros_like(image)
    mask[part] = 255
    write_image(tmp_path / "mask.png", mask)
    found = next(measure(explainer, folder / "a.png", "red/a.png", ["grad-cam"], mask=tmp_path / "mask.png"))
    assert found.values["pointing"] == 1
    assert found.values["energy"] > 0.2


def test_evidence_on_padding_sets_no_scale(tmp_path: Path) -> None:
    """The strongest cell lies on padding: what is drawn as 1 is the strongest on the image."""
    explainer = explainer_of(PADDED, tmp_path)
    explanation = explainer.explain(grey_with("red", (60, 160), (slice(14, 29), slice(90, 105))), classes=[0])
    maps = explanation.maps.copy()
    maps[0, 0, 0] = 10 * maps.max()
    padded = replace(explanation, maps=maps)
    assert padded.seen_maps.max() == explanation.maps.max()
    assert padded.seen_maps.shape[2] == maps.shape[2]
    found = normalize_map(maps[0], (60, 160), padded.view)
    np.testing.assert_allclose(
        found, normalize_map(explanation.maps[0], (60, 160), explanation.view), atol=0.05
    )


def test_views_of_one_axis() -> None:
    view = replace(CROPPED, resize=64).view((37, 501))
    assert view.resized == (64, int(64 * 501 / 37))
    top, left, bottom, right = view.box
    assert bottom - top == pytest.approx(18.5)
    assert (left + right) / 2 == pytest.approx(250.5, abs=0.5)
    assert view.to_input((top + bottom) / 2, (left + right) / 2) == pytest.approx((16, 16))

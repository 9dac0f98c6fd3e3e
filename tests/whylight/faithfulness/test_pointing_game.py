"""Pointing game, energy inside, baselines and composed images, by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from whylight.bundled import sample_images
from whylight.errors import ImageError, QuestionError
from whylight.faithfulness import centred_blob, edge_map, energy_inside, pointing_game_hits, random_map
from whylight.faithfulness.composites import (
    LEAST_GAP,
    OBJECT_SHARE,
    Cutout,
    compose,
    mosaic,
    read_cutout,
    write_composites,
)
from whylight.images.decode import read_image
from whylight.images.encode import write_image


def one_place(row: int, column: int) -> np.ndarray:
    map_ = np.zeros((60, 80), np.float32)
    map_[row, column] = 5
    return map_


@pytest.fixture
def mask() -> np.ndarray:
    mask = np.zeros((60, 80), np.bool_)
    mask[20:30, 40:50] = True
    return mask


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((20, 40), True),
        ((29, 49), True),
        ((25, 25), True),  # 15 pixels to the left of column 40
        ((25, 24), False),
        ((44, 45), True),  # 15 pixels below row 29
        ((45, 45), False),
        ((40, 60), False),  # 11 and 11 pixels off the corner: 15.6
        ((39, 60), True),  # 10 and 11: 14.9
    ],
)
def test_the_pointing_game_allows_fifteen_pixels(
    mask: np.ndarray, place: tuple[int, int], expected: bool
) -> None:
    assert pointing_game_hits(one_place(*place), mask) is expected
    assert pointing_game_hits(-one_place(*place), mask) is False  # evidence against is none for


def test_energy_inside_is_the_share_on_the_object(mask: np.ndarray) -> None:
    map_ = one_place(25, 45) + one_place(0, 0)
    map_[1, 1] = 10
    map_[2, 2] = -30
    assert energy_inside(map_, mask) == pytest.approx(5 / 20)
    assert energy_inside(one_place(20, 40), mask) == pytest.approx(1)
    assert energy_inside(np.zeros((7, 7), np.float32), mask) == 0


def test_a_mask_without_object_is_refused(mask: np.ndarray) -> None:
    for measure in (pointing_game_hits, energy_inside):
        with pytest.raises(QuestionError, match="without object"):
            measure(one_place(1, 1), mask & False)


def test_the_blob_lies_in_the_middle() -> None:
    blob = centred_blob((28, 14))
    assert blob.shape == (28, 14)
    np.testing.assert_allclose(blob, blob[::-1, ::-1], atol=1e-6)
    assert blob.max() == blob[13, 6]
    # A quarter of the height off the middle is one deviation: rows 6.5 and 7.5 straddle it.
    middle = np.sqrt(blob[13, 6] * blob[14, 6])
    assert np.sqrt(blob[6, 6] * blob[7, 6]) / middle == pytest.approx(np.exp(-0.5), rel=0.01)


def test_random_maps_differ_by_seed_alone() -> None:
    np.testing.assert_array_equal(random_map((5, 6), 1), random_map((5, 6), 1))
    assert (random_map((5, 6), 1) != random_map((5, 6), 2)).all()


def test_the_edge_map_lies_along_edges_and_knows_nothing_else() -> None:
    image = np.full((240, 320, 3), 40, np.uint8)
    image[:, 200:] = 160
    edges = edge_map(image, (6, 8))
    assert edges.shape == (6, 8)
    np.testing.assert_allclose(edges, edges[:1].repeat(6, axis=0), atol=1e-3 * edges.max())
    assert set(edges[0].argsort()[-2:]) == {4, 5}, "the edge lies between these columns of cells"
    np.testing.assert_allclose(edge_map(255 - image, (6, 8)), edges, atol=1e-3 * edges.max())
    assert not edge_map(image[:, :100], (6, 8)).any()


def test_an_object_lies_whole_and_off_centre_over_its_background() -> None:
    background = np.random.default_rng(0).integers(0, 256, (400, 500, 3), dtype=np.uint8)
    square = np.zeros((30, 60), np.uint8) + 255
    cutout = Cutout(np.full((30, 60, 3), (9, 8, 7), np.uint8), square)
    empty = Cutout(cutout.colours, square * 0)
    for seed in range(30):
        image, mask = compose(cutout, background, np.random.default_rng(seed), side=200)
        bare, none = compose(empty, background, np.random.default_rng(seed), side=200)
        assert not none.any()
        assert (image[mask] == (9, 8, 7)).all()
        np.testing.assert_array_equal(image[~mask], bare[~mask])
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        width, height = columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0]
        assert mask.sum() == width * height
        assert OBJECT_SHARE[0] * 200 - 1 <= width <= OBJECT_SHARE[1] * 200 + 1
        assert abs(height - width / 2) <= 1
        assert not pointing_game_hits(
            centred_blob((28, 28)), mask, tolerance=LEAST_GAP * 200 - 4
        )  # half a cell of the map off


def _cutouts() -> list[Path]:
    """The sample images that carry a mask of their object."""
    return [path for path in sample_images() if path.suffix == ".png"]


def test_sample_images_are_cutouts() -> None:
    background = np.zeros((64, 64, 3), np.uint8)
    for path in _cutouts():
        cutout = read_cutout(path)
        assert cutout.alpha.shape == cutout.colours.shape[:2]
        for edge in (cutout.alpha[0], cutout.alpha[-1], cutout.alpha[:, 0], cutout.alpha[:, -1]):
            assert edge.max() > 127  # trimmed to the object
        _, mask = compose(cutout, background, np.random.default_rng(1))
        filled = (cutout.alpha > 127).mean() * min(cutout.alpha.shape) / max(cutout.alpha.shape)
        assert 0.7 * filled * OBJECT_SHARE[0] ** 2 < mask.mean() < OBJECT_SHARE[1] ** 2


def test_images_that_are_no_cutouts_are_refused(tmp_path: Path) -> None:
    write_image(tmp_path / "plain.png", np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(ImageError, match=r"plain\.png: a cut-out needs .* an alpha channel"):
        read_cutout(tmp_path / "plain.png")
    with pytest.raises(ImageError, match="no such file"):
        read_cutout(tmp_path / "absent.png")


def test_composites_are_written_as_evaluate_takes_them(tmp_path: Path) -> None:
    backgrounds = []
    for level in (40, 80, 120):
        backgrounds.append(tmp_path / f"{level}.png")
        write_image(backgrounds[-1], np.full((50, 50, 3), level, np.uint8))
    cutouts = _cutouts()[:2]
    written = write_composites(cutouts, backgrounds, tmp_path / "a", each=3)
    assert [path.name for path in written[2:4]] == [f"{cutouts[0].stem}-2.png", f"{cutouts[1].stem}-0.png"]
    assert len({read_image(path)[0, 0, 0] for path in written[:3]}) == 3  # a background each
    for path in written:
        assert path.parent.name in path.stem
        mask = read_image(tmp_path / "a" / "masks" / path.relative_to(tmp_path / "a" / "images"))
        assert set(np.unique(mask)) == {0, 255}
        background = read_image(path)[mask == 0]
        assert (background == np.median(background)).mean() > 0.9  # all but the object's soft edge
    again = write_composites(cutouts, backgrounds, tmp_path / "b", each=3)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in written]


def test_a_mosaic_knows_where_each_photograph_lies() -> None:
    photographs = [np.full((30, 50, 3), level, np.uint8) for level in (10, 20, 30, 40)]
    image, places = mosaic(photographs, side=16)
    assert image.shape == (32, 32, 3)
    assert [image[row, column, 0] for row in (0, 31) for column in (0, 31)] == [10, 20, 30, 40]
    for photograph, place in zip(photographs, places, strict=True):
        assert place.sum() == 256
        assert (image[place] == photograph[0, 0]).all()

"""The library as people type it who come from pytorch-grad-cam, captum and TorchVision."""

from __future__ import annotations

import io
import logging
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytorch_grad_cam.utils.image import show_cam_on_image

import whylight
from tests.whylight.helpers.classifiers import plain, saved
from tests.whylight.helpers.networks import CLASSES, SmallNetwork, random_image, small_pair
from whylight.errors import ImageError, ModelError, NoCardError, QuestionError, WhylightError
from whylight.images.encode import write_image
from whylight.pair.files import save_pair
from whylight.score_weights import contrast_weights, counter_weights

CPU = ["CPUExecutionProvider"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pair") / "small.onnx"
    save_pair(small_pair(), path)
    return path


@pytest.fixture(scope="module")
def explainer(pair: Path) -> whylight.Explainer:
    return whylight.Explainer(pair, CPU)


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return random_image(3, 50, 70)


def test_names_and_indexes_mean_the_same_class(explainer: whylight.Explainer, image: np.ndarray) -> None:
    by_name, by_index = explainer(image, target="crab"), explainer(image, target=2)
    np.testing.assert_array_equal(by_name.maps, by_index.maps)
    assert by_name.classes == (2,)
    assert by_name.questions == ("why crab?",)
    assert by_name.class_names == CLASSES
    several = explainer(image, target=["crab", 0])
    assert several.classes == (2, 0)
    np.testing.assert_allclose(several.maps[0], by_name.maps[0], atol=1e-6)


def test_without_a_target_the_most_probable_class_is_explained(
    explainer: whylight.Explainer, image: np.ndarray
) -> None:
    result = explainer(image)
    assert result.questions == (f"why {result.predicted}?",)
    assert len(explainer(image, top=3)) == 3


def test_contrasts_and_counter_evidence(explainer: whylight.Explainer, image: np.ndarray) -> None:
    rather = explainer(image, target="crab", rather_than="ant")
    expected = explainer.explain_scores(image, contrast_weights(2, 0, len(CLASSES)))
    np.testing.assert_array_equal(rather.maps, expected.maps)
    assert rather.questions == ("why crab rather than ant?",)
    against = explainer(image, target="crab", against=True)
    expected = explainer.explain_scores(image, counter_weights(2, len(CLASSES)))
    np.testing.assert_array_equal(against.maps, expected.maps)
    assert against.questions == ("what speaks against crab?",)
    # Without gradients as well: what speaks against a class is less its evidence.
    for_it, against_it = (explainer(image, target=2, against=so, method="occlusion") for so in (False, True))
    np.testing.assert_allclose(for_it.maps, -against_it.maps, atol=1e-5)


def test_every_kind_of_image(explainer: whylight.Explainer, image: np.ndarray, tmp_path: Path) -> None:
    write_image(tmp_path / "image.png", image)
    data = (tmp_path / "image.png").read_bytes()
    expected = explainer(image, target=1).maps
    kinds = [str(tmp_path / "image.png"), tmp_path / "image.png", data, Image.open(io.BytesIO(data)), image]
    for one in kinds:
        np.testing.assert_array_equal(explainer(one, target=1).maps, expected)
    together = explainer(kinds, target=1)
    assert [result.name for result in together] == ["image.png", "image.png", "", "", ""]
    np.testing.assert_array_equal(explainer(np.stack([image, image]), target=1)[1].maps, expected)


def test_pillow_images_of_other_modes(explainer: whylight.Explainer, image: np.ndarray) -> None:
    grey = Image.fromarray(image).convert("L")
    np.testing.assert_array_equal(explainer(grey).image, np.asarray(grey)[:, :, None].repeat(3, axis=2))
    alpha = np.dstack([image, np.zeros(image.shape[:2], np.uint8)])
    assert (explainer(Image.fromarray(alpha, "RGBA")).image == 255).all()
    sixteen = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    np.testing.assert_array_equal(explainer(sixteen).image, explainer(grey).image)


def test_methods_in_any_spelling(explainer: whylight.Explainer, image: np.ndarray) -> None:
    for spelling, name in {
        "gradcam": "grad-cam",
        "Grad-CAM": "grad-cam",
        "GradCAM++": "grad-cam++",
        "gradcam_plusplus": "grad-cam++",
        "LayerCAM": "layercam",
        "eigengradcam": "eigen-gradcam",
        "ScoreCAM": "score-cam",
    }.items():
        assert explainer(image, target=0, method=spelling).method == name
    assert explainer(image, method=whylight.METHODS["layercam"]).method == "layercam"
    assert "arXiv" in whylight.METHODS["gradcam"].paper


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"target": "crap"}, "there is no class 'crap'; did you mean 'crab'"),
        ({"target": 6}, "no class 6: the model has classes 0 to 5"),
        ({"target": -1}, "no class -1"),
        ({"target": 1.5}, "got 1.5"),
        ({"target": []}, "no class to explain"),
        ({"target": True}, "got True"),
        ({"method": "grad-cma"}, "there is no method 'grad-cma'; did you mean grad-cam"),
        ({"method": 3}, "got a int"),
        ({"top": 0}, "top is 0"),
        ({"top": "5"}, "got '5'"),
        ({"rather_than": "ant"}, "require a target"),
        ({"target": "ant", "rather_than": "ant"}, "contrasted with itself"),
        ({"target": "ant", "rather_than": "bass", "against": True}, "cannot be combined"),
    ],
)
def test_wrong_questions_are_named(
    explainer: whylight.Explainer, image: np.ndarray, arguments: dict, words: str
) -> None:
    with pytest.raises(QuestionError) as error:
        explainer(image, **arguments)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (np.zeros((3, 20, 30), np.uint8), "channels came first"),
        (np.zeros((20, 30, 3), np.float32), "astype('uint8')"),
        (np.zeros((20, 30, 5), np.uint8), "uint8 [20, 30, 5]"),
        (7, "the image is a int"),
        ("no such file.jpg", "there is no such file"),
        (b"no image", "not an image"),
    ],
)
def test_wrong_images_are_named(explainer: whylight.Explainer, wrong: object, words: str) -> None:
    with pytest.raises(ImageError) as error:
        explainer(wrong)
    assert words in str(error.value)


def test_what_a_result_draws(explainer: whylight.Explainer, image: np.ndarray, tmp_path: Path) -> None:
    result = explainer(image, target=["crab", "ant"])
    assert result.heatmap.shape == image.shape
    expected = show_cam_on_image(image / np.float32(255), result.map, use_rgb=True)
    assert np.abs(result.overlay().astype(int) - expected).max() <= 1
    assert result.save(tmp_path / "out.png") == tmp_path / "out.png"
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out.png")), result.overlay())
    result.save(tmp_path / "row.png", "panels")
    assert Image.open(tmp_path / "row.png").size == (3 * 70, 50)
    with pytest.raises(QuestionError, match="no panel 'both'"):
        result.save(tmp_path / "out.png", "both")
    with pytest.raises(ImageError, match=r"\.png or \.jpg"):
        result.save(tmp_path / "out.gif")


def test_a_result_of_several_scores_is_a_sequence(explainer: whylight.Explainer, image: np.ndarray) -> None:
    result = explainer(image, target=["crab", "ant"], method="layercam")
    assert [one.questions for one in result] == [("why crab?",), ("why ant?",)]
    np.testing.assert_array_equal(result[1].maps, result.maps[1:])
    np.testing.assert_array_equal(result[-1].explanation.gradients, result.explanation.gradients[1:])
    for wrong in (2, -3):
        with pytest.raises(WhylightError, match=f"no score {wrong}"):
            result[wrong]


def test_tables_and_figures(explainer: whylight.Explainer, image: np.ndarray) -> None:
    pandas = pytest.importorskip("pandas")
    result = explainer(image, target=["crab", "ant"])
    frame = result.to_dataframe()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == ["class", "index", "probability", "logit", "explained"]
    assert frame["probability"].is_monotonic_decreasing
    assert set(frame["class"][frame["explained"]]) == {"crab", "ant"}
    from matplotlib import pyplot as plt

    plt.switch_backend("Agg")
    figure = result.plot()
    assert len(figure.axes) == 6
    plt.close(figure)


def test_a_notebook_shows_panels_and_classes(explainer: whylight.Explainer) -> None:
    result = explainer(random_image(1, 400, 900), target="crab")
    page = result._repr_html_()
    assert page.count("data:image/png;base64,") == 3
    assert all(name in page for name in CLASSES)
    assert len(page) < 1_500_000


def test_reprs_are_short_and_answers_compare_by_identity(
    explainer: whylight.Explainer, image: np.ndarray
) -> None:
    first, second = explainer(image), explainer(image)
    assert first != second
    assert first == first
    assert first.explanation != second.explanation
    assert len({first, second}) == 2
    for thing in (first, first.explanation, explainer):
        assert len(repr(thing)) < 250, repr(thing)
    assert "Small" in repr(explainer)
    assert "grad-cam" in repr(first)


def test_an_explainer_is_a_context_manager(pair: Path, image: np.ndarray) -> None:
    with whylight.Explainer(pair, CPU) as explainer:
        explainer(image)
    with pytest.raises(ModelError, match=r"'small\.onnx' has been closed"):
        explainer(image)


def test_an_explainer_is_pickled_by_its_path(pair: Path, image: np.ndarray) -> None:
    explainer = whylight.Explainer(pair, CPU, layer="c1", threads=1)
    copy = pickle.loads(pickle.dumps(explainer))
    assert (copy.layer, copy.threads, copy.model_path) == ("c1", 1, pair)
    np.testing.assert_array_equal(copy(image, target=0).maps, explainer(image, target=0).maps)


def test_a_foreign_model_is_adopted_once_and_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, image: np.ndarray
) -> None:
    monkeypatch.setenv("WHYLIGHT_CACHE", str(tmp_path / "cache"))
    path = saved(plain(), tmp_path, "plain.onnx")
    with caplog.at_level(logging.WARNING, "whylight"):
        first = whylight.Explainer(path, CPU)
        again = whylight.Explainer(path, CPU)
    assert [record.message.split(":")[0] for record in caplog.records] == ["plain.onnx is no Whylight pair"]
    assert "Assumed preprocessing: imagenet" in caplog.text
    np.testing.assert_array_equal(first(image).maps, again(image).maps)
    other = whylight.Explainer(path, CPU, preprocessing="unit")
    assert (other.card.mean, first.card.mean) == ((0, 0, 0), (0.485, 0.456, 0.406))
    copy = pickle.loads(pickle.dumps(other))
    assert copy.card == other.card


def test_a_foreign_model_is_refused_where_none_is_to_be_adopted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHYLIGHT_CACHE", str(tmp_path / "cache"))
    with pytest.raises(NoCardError, match="has no card"):
        whylight.Explainer(saved(plain(), tmp_path, "plain.onnx"), CPU, adopt=False)
    assert not (tmp_path / "cache").exists()


def test_wrong_models_and_options_are_named(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="no option 'preprocesing'"):
        whylight.Explainer(None, CPU, preprocesing="unit")
    with pytest.raises(ModelError, match="got a SmallNetwork"):
        whylight.Explainer(SmallNetwork())
    with pytest.raises(ModelError, match=r"nothing\.onnx"):
        whylight.Explainer(tmp_path / "nothing.onnx")


def test_smoothing_is_an_option(explainer: whylight.Explainer, image: np.ndarray) -> None:
    result = explainer(image, target=2, smooth=True)
    assert result.maps.shape == (1, *explainer.card.input_size)
    assert 0 <= result.maps.min() <= result.maps.max() <= 1


def test_the_package_lists_what_it_has_and_loads_little() -> None:
    assert set(whylight.__all__) <= set(dir(whylight))
    for name in whylight.__all__:
        assert getattr(whylight, name) is not None
    code = (
        "import sys, whylight; dir(whylight); whylight.__version__; "
        "heavy = ('onnxruntime', 'cv2', 'pandas', 'matplotlib', 'torch'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

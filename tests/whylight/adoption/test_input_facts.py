"""How a network wants its images: read where it is written, with its source; contradictions are said."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from tests.whylight.helpers.classifiers import CLASSES, SIZE, network, node, plain, saved
from whylight import Explainer, adopt
from whylight.adoption.input_facts import RANGES
from whylight.adoption.preprocessing_presets import PRESET_NOTES, PRESETS
from whylight.bundled import sample_images
from whylight.cli import main
from whylight.errors import MissingFactError, ModelError
from whylight.images.decode import read_image
from whylight.pair.card import Card
from whylight.runtime.session import create_session

CASES = Path(__file__).parents[1] / "cases"
DATA = Path(__file__).parents[4] / "shared" / "data" / "caltech-101"
INT8_CLASSES = ("Faces_easy", "Leopards", "Motorbikes", "airplanes", "car_side")
CPU = ["CPUExecutionProvider"]


_FEW_STEPS = 4


def _logit_step(path: Path) -> float:
    """The step to which a file rounds what its Softmax takes."""
    graph = onnx.load(path).graph
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    softmax = next(one for one in graph.node if one.op_type == "Softmax")
    before = next(one for one in graph.node if softmax.input[0] in one.output)
    assert before.op_type == "DequantizeLinear"
    return float(constants[before.input[1]])


def _own_answer(path: Path, planes: np.ndarray, output: int = 0) -> np.ndarray:
    """The file's answer to what its owner would feed, float32 `[1, 3, h, w]`."""
    session = create_session(path)
    return session.run(None, {session.get_inputs()[0].name: planes})[output]


def test_winml_metadata_is_obeyed_without_an_option(tmp_path: Path) -> None:
    """`Image.BitmapPixelFormat` Bgr8 and `Image.NominalPixelRange` 0..255."""
    path = CASES / "winml_bgr.onnx"
    adopt(path, tmp_path / "pair.onnx")
    explainer = Explainer(tmp_path / "pair.onnx", CPU)
    assert explainer.card.input is not None
    assert explainer.card.input.colours == "bgr"
    assert explainer.card.input.values == "0..255"
    assert explainer.card.input.sources["colours"] == explainer.card.input.sources["values"] == "file"
    assert explainer.card.input.sources["geometry"] == "assumed"
    for sample in sample_images()[:5]:
        image = explainer.prepare(sample)
        theirs = image[..., ::-1].transpose(2, 0, 1)[None].astype(np.float32)
        np.testing.assert_allclose(
            explainer.predict(sample), _own_answer(path, theirs)[0], rtol=1e-4, atol=1e-6
        )


def test_custom_vision_is_obeyed_and_its_names_are_read(tmp_path: Path) -> None:
    path = CASES / "custom_vision.onnx"
    adopt(path, tmp_path / "pair.onnx")
    explainer = Explainer(tmp_path / "pair.onnx", CPU)
    assert explainer.card.input is not None
    assert (explainer.card.input.colours, explainer.card.input.values) == ("bgr", "0..255")
    for sample in sample_images()[:5]:
        theirs = explainer.prepare(sample)[..., ::-1].transpose(2, 0, 1)[None].astype(np.float32)
        (loss,) = _own_answer(path, theirs, output=1)
        assert set(loss) == set(explainer.class_names)
        found = dict(zip(explainer.class_names, explainer.predict(sample), strict=True))
        assert found == pytest.approx(loss, rel=1e-4, abs=1e-6)


def test_what_contradicts_the_file_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["adopt", str(CASES / "winml_bgr.onnx"), "--out", str(tmp_path / "pair.onnx")]
    assert main([*command, "--preprocessing", "imagenet"]) == 0
    said = capsys.readouterr().out
    assert "Image.BitmapPixelFormat" in said
    assert "says the colours are bgr, preset 'imagenet' says rgb, which is taken" in said
    assert "says the values are 0..255" in said
    card = Explainer(tmp_path / "pair.onnx", CPU).card
    assert card.input is not None
    assert card.input.colours == "rgb"
    assert "which is taken" in card.notes
    assert main([*command, "--force"]) == 0
    assert "which is taken" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["trained_int8_float_io", "trained_int8_uint8_io"])
def test_int8_networks_of_tflite_are_adopted(name: str, tmp_path: Path) -> None:
    """Tried on noise around zero, which is black to them, they answered every image alike."""
    path = CASES / f"{name}.onnx"
    adopt(path, tmp_path / "pair.onnx", preprocessing="bytes")
    explainer = Explainer(tmp_path / "pair.onnx", CPU)
    assert explainer.class_names == INT8_CLASSES
    assert explainer.card.answers == "softmax"
    # The file rounds its logits and its answers to 8 bits. Fused otherwise, or on another processor, a
    # product may round to the next step, and so a logit by a few: answers follow by at most half of that.
    kind = np.uint8 if name.endswith("uint8_io") else np.float32
    tolerance = 1 / 256 + _FEW_STEPS * _logit_step(path) / 2
    for sample in sample_images():
        theirs = _own_answer(path, explainer.prepare(sample)[None].astype(kind))[0].astype(np.float32)
        theirs /= 256 if kind is np.uint8 else 1
        assert np.abs(explainer.predict(sample) - theirs).max() < tolerance
    assert explainer.explain(sample_images()[0]).maps.any()


@pytest.fixture(scope="module")
def caltech101() -> dict[str, list[bytes]]:
    """The first twenty photographs of each of the five classes.

    The networks saw some of the first hundred of each when they were trained, for seconds; of later airplanes
    the files themselves name one in three.
    """
    if not DATA.is_dir():
        pytest.skip("the photographs ../shared/data/caltech-101 are not here")
    found: dict[str, dict[str, bytes]] = {}
    for archive in sorted(DATA.glob("*.tar")):
        with tarfile.open(archive) as tar:
            for member in tar:
                folder, name = Path(member.name).parts[-2:]
                if folder in INT8_CLASSES and (file := tar.extractfile(member)) is not None:
                    found.setdefault(folder, {})[name] = file.read()
    return {folder: [files[name] for name in sorted(files)[:20]] for folder, files in found.items()}


@pytest.mark.parametrize("name", ["trained_int8_float_io", "trained_int8_uint8_io"])
def test_int8_networks_of_tflite_name_photographs(
    name: str, tmp_path: Path, caltech101: dict[str, list[bytes]]
) -> None:
    adopt(CASES / f"{name}.onnx", tmp_path / "pair.onnx", preprocessing="bytes")
    explainer = Explainer(tmp_path / "pair.onnx", CPU)
    right = 0
    for index, folder in enumerate(explainer.class_names):
        right += sum(int(explainer.predict(file).argmax()) == index for file in caltech101[folder])
    assert right >= 95


def _beside(folder: Path, name: str, content: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = saved(plain(), folder)
    (folder / name).write_text(json.dumps(content))
    return path


def test_hugging_faces_files_are_read(tmp_path: Path) -> None:
    settings = {
        "do_resize": True,
        "size": {"shortest_edge": 20},
        "resample": 3,
        "do_center_crop": True,
        "crop_size": {"height": SIZE[0], "width": SIZE[1]},
        "do_normalize": True,
        "image_mean": [0.48, 0.46, 0.41],
        "image_std": [0.27, 0.26, 0.28],
    }
    path = _beside(tmp_path, "preprocessor_config.json", settings)
    (tmp_path / "config.json").write_text(
        json.dumps({"id2label": {"1": "bass", "0": "ant", "2": "crab", "3": "duck"}})
    )
    card = adopt(path).card
    assert card.classes == ("ant", "bass", "crab", "duck")
    assert card.mean == (0.48, 0.46, 0.41)
    assert card.input is not None
    assert (card.input.geometry, card.input.resize) == ("crop", 20)
    assert (card.input.interpolation, card.input.antialias) == ("bicubic", True)
    assert card.input.corner == "floor"
    assert {card.input.sources[name] for name in ("geometry", "values", "interpolation")} == {"beside"}


@pytest.mark.parametrize(
    ("processor", "version", "interpolation"),
    [
        (None, None, "bicubic"),
        ("ViTImageProcessor", "4.57.1", "bicubic"),
        ("ViTImageProcessor", "5.24.0", "torch-bicubic"),
        ("ViTImageProcessorFast", "4.57.1", "torch-bicubic"),
        ("ViTImageProcessorPil", "5.24.0", "bicubic"),
    ],
)
def test_hugging_faces_processors_resize_by_pillow_or_pytorch(
    tmp_path: Path, processor: str | None, version: str | None, interpolation: str
) -> None:
    settings = {"size": {"height": SIZE[0], "width": SIZE[1]}, "resample": 3, "image_mean": [0.5] * 3}
    settings |= {"image_std": [0.5] * 3, "image_processor_type": processor}
    path = _beside(tmp_path, "preprocessor_config.json", settings)
    (tmp_path / "config.json").write_text(json.dumps({"transformers_version": version}))
    card = adopt(path).card
    assert card.input is not None
    assert card.input.interpolation == interpolation


def test_hugging_faces_files_are_one_folder_higher_than_onnx(tmp_path: Path) -> None:
    settings = {"size": {"height": SIZE[0], "width": SIZE[1]}, "resample": 2, "image_mean": [0.5] * 3}
    path = saved(plain(), _made(tmp_path / "onnx"))
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({**settings, "image_std": [0.5] * 3}))
    card = adopt(path).card
    assert card.mean == (0.5, 0.5, 0.5)
    assert card.input is not None
    assert (card.input.geometry, card.input.sources["geometry"]) == ("stretch", "beside")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def test_timms_settings_are_read(tmp_path: Path) -> None:
    settings = {
        "architecture": "resnet26d",
        "num_classes": CLASSES,
        "label_names": ["ant", "bass", "crab", "duck"],
        "pretrained_cfg": {
            "input_size": [3, *SIZE],
            "interpolation": "bicubic",
            "crop_pct": 0.95,
            "crop_mode": "center",
            "mean": [0.5, 0.5, 0.5],
            "std": [0.5, 0.5, 0.5],
        },
    }
    card = adopt(_beside(tmp_path, "config.json", settings)).card
    assert card.classes == ("ant", "bass", "crab", "duck")
    assert card.input is not None
    # Not a square: timm scales the image until it covers both sides.
    assert (card.input.geometry, card.input.cover) == ("crop", (int(SIZE[0] / 0.95), int(SIZE[1] / 0.95)))
    assert card.input.interpolation == "bicubic"
    assert card.std == (0.5, 0.5, 0.5)


def test_ultralytics_metadata_is_read(tmp_path: Path) -> None:
    model = plain()
    for key, value in {
        "task": "classify",
        "stride": "1",
        "imgsz": str(list(SIZE)),
        "names": "{0: 'ant', 1: 'bass', 2: 'crab', 3: 'duck'}",
    }.items():
        model.metadata_props.add(key=key, value=value)
    card = adopt(saved(model, tmp_path)).card
    assert card.classes == ("ant", "bass", "crab", "duck")
    assert card.input is not None
    assert (card.input.geometry, card.input.values) == ("crop", "0..1")
    assert (card.mean, card.std) == ((0.0,) * 3, (1.0,) * 3)


def test_an_open_size_is_taken_from_a_file_beside(tmp_path: Path) -> None:
    model = plain(inputs={"x": ["N", 3, "H", "W"]})
    path = saved(model, tmp_path)
    with pytest.raises(ModelError, match="leaves its size open"):
        adopt(path, preprocessing="unit")
    settings = {"pretrained_cfg": {"input_size": [3, *SIZE], "mean": [0.0] * 3, "std": [1.0] * 3}}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    assert adopt(path).card.input_size == SIZE


def test_what_transformers_exports_with_all_axes_open_asks_for_a_size(tmp_path: Path) -> None:
    path = CASES / "optimum_all_dynamic.onnx"
    for options in ({}, {"preprocessing": "clip"}):
        with pytest.raises(ModelError, match=r"leaves its size open.*--size") as caught:
            adopt(path, **options)
        assert isinstance(caught.value, MissingFactError)
        assert caught.value.fact == "size"
    card = adopt(path, preprocessing="clip", size=(48, 64)).card
    assert card.input_size == (48, 64)
    assert card.input is not None
    assert (card.input.geometry, card.input.resize) == ("crop", 64)


def test_names_of_another_model_are_not_taken(tmp_path: Path) -> None:
    path = saved(plain(), tmp_path)
    (tmp_path / "labels.txt").write_text("one\ntwo\n")
    assert adopt(path, preprocessing="unit").card.classes[0] == "class 0"
    (tmp_path / "theirs.txt").write_text("ant\nbass\ncrab\nduck\n")
    card = adopt(path, preprocessing="unit").card
    assert card.classes[0] == "ant"
    assert "Class names are those of 'theirs.txt'." in card.notes


def test_denotations_say_where_the_channels_are(tmp_path: Path) -> None:
    """Three pixels wide, so that the shape does not say it; WinML's denotation does."""
    nodes = [
        node("ReduceMean", "x", "means", axes=[1, 2], keepdims=0),
        node("MatMul", "means head", "scores"),
    ]
    model = network(nodes, {"head": np.eye(3)}, inputs={"x": ["N", 3, 16, 3]})
    model.opset_import[0].version = 13
    dims = model.graph.input[0].type.tensor_type.shape.dim
    for dim, denotation in zip(dims, ("BATCH", "FEATURE", "FEATURE", "CHANNEL"), strict=True):
        dim.denotation = f"DATA_{denotation}"
    card = adopt(saved(model, tmp_path), preprocessing="unit", without_gradients=True).card
    assert card.input_size == (3, 16)


@pytest.mark.parametrize(
    ("options", "geometry", "resize"),
    [
        ({"preprocessing": "torchvision"}, "crop", int(max(SIZE) / 0.875)),
        ({"preprocessing": "torchvision", "crop_pct": 0.5}, "crop", 2 * max(SIZE)),
        ({"preprocessing": "torchvision", "geometry": "stretch"}, "stretch", None),
        ({"preprocessing": "imagenet", "geometry": "crop:40"}, "crop", 40),
        ({"preprocessing": "unit"}, "stretch", None),
        ({"preprocessing": "yolo"}, "letterbox", None),
    ],
)
def test_options_override_presets(
    options: dict[str, object], geometry: str, resize: int | None, tmp_path: Path
) -> None:
    described = adopt(saved(plain(), tmp_path), **options).card.input
    assert described is not None
    assert (described.geometry, described.resize) == (geometry, resize)
    source = "assumed" if options == {"preprocessing": "unit"} else "preset"
    assert described.sources["geometry"] == ("user" if {"geometry", "crop_pct"} & options.keys() else source)


def test_options_of_the_command_line(tmp_path: Path) -> None:
    out = tmp_path / "pair.onnx"
    command = ["adopt", str(saved(plain(), tmp_path)), "--out", str(out), "--range", "0..255", "--bgr"]
    command += ["--geometry", "letterbox:114:top-left", "--interpolation", "bicubic", "--no-antialias"]
    assert main(command) == 0
    card = Explainer(out, CPU).card
    assert card.input is not None
    assert card.input.pad == (114, 114, 114)
    assert card.input.place == "top-left"
    assert (card.input.interpolation, card.input.antialias) == ("bicubic", False)
    assert (card.input.colours, card.input.values) == ("bgr", "0..255")
    assert card.std == pytest.approx((1 / 255,) * 3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"geometry": "rotate"}, "no geometry 'rotate'"),
        ({"geometry": "letterbox:300"}, "no geometry"),
        ({"interpolation": "sinc"}, "no interpolation"),
        ({"crop_pct": 1.5}, "crop_pct is 1.5"),
        ({"value_range": "0..7"}, "no range"),
    ],
)
def test_options_out_of_range(options: dict[str, object], words: str, tmp_path: Path) -> None:
    if "value_range" not in options:
        options = {**options, "preprocessing": "unit"}
    with pytest.raises(ModelError, match=words):
        adopt(saved(plain(), tmp_path), **options)


def test_every_preset_is_described_and_can_be_used(tmp_path: Path) -> None:
    path = saved(plain(), tmp_path)
    assert PRESETS.keys() == PRESET_NOTES.keys()
    image = read_image(sample_images()[0])
    for name, preset in PRESETS.items():
        pair = adopt(path, tmp_path / f"{name}.onnx", preprocessing=name)
        explainer = Explainer(tmp_path / f"{name}.onnx", CPU)
        seen = explainer.prepare(image)
        if name == "report":  # the forward graph's own resize, as in pairs of the trainer
            assert pair.card.input is None
            continue
        planes = (seen.transpose(2, 0, 1) / 255 - np.reshape(preset.mean, (3, 1, 1))) / np.reshape(
            preset.std, (3, 1, 1)
        )
        theirs = (planes[::-1] if preset.bgr else planes)[None].astype(np.float32)
        expected = _own_answer(path, np.ascontiguousarray(theirs))[0]
        scale = np.abs(expected).max()
        np.testing.assert_allclose(explainer.logits(image[None])[0], expected, rtol=1e-3, atol=1e-4 * scale)


def test_ranges_are_what_they_say() -> None:
    for name, (mean, std) in RANGES.items():
        low, high = (float(end) for end in name.split(".."))
        assert (0 - mean) / std == pytest.approx(low, abs=1e-6)
        assert (1 - mean) / std == pytest.approx(high, abs=1e-6)


def test_old_cards_stretch_in_the_graph() -> None:
    """A card without an input description is what it was."""
    explainer = Explainer("caltech", CPU)
    assert explainer.card.input is None
    assert "input" not in json.loads(explainer.card.to_json())
    assert Card.from_json(explainer.card.to_json()) == explainer.card
    image = read_image(sample_images()[0])
    assert explainer.prepare(image) is image
    assert explainer.explain(image, top=1).view is None


def test_shared_zero_points_are_opened(tmp_path: Path) -> None:
    """ONNX Runtime's own transformation for processors without VNNI gives two tensors one name."""
    path = tmp_path / "theirs.onnx"
    shutil.copy(CASES / "trained_int8_float_io.onnx", path)
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.x64quantprecision", "1")
    with pytest.raises(Exception, match="Attempt to replace the existing tensor"):
        onnxruntime.InferenceSession(path, options, providers=CPU)
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = create_session(path, options)
    image = read_image(sample_images()[0])
    fed = np.asarray(image[:96, :96], np.float32)[None]
    name = session.get_inputs()[0].name
    unfused = onnxruntime.SessionOptions()
    unfused.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    as_written = onnxruntime.InferenceSession(path, unfused, providers=CPU)
    tolerance = 1 / 256 + _FEW_STEPS * _logit_step(path) / 2
    np.testing.assert_allclose(
        session.run(None, {name: fed})[0], as_written.run(None, {name: fed})[0], atol=tolerance
    )
    assert onnx.load(path).graph.initializer  # the file itself is left as it was

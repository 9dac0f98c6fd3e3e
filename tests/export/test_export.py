"""A pair is written only if it is the network; what it says of itself is true."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from PIL import Image

from export import exporter
from export.cli import main
from export.exporter import export, held_out, make_pair
from export.network import TorchClassifier
from export.torch_to_onnx import to_onnx
from export.training_run import from_checkpoint
from export.verify import Verification, predictions_agree, reference_transform, verify
from tests.whylight.helpers.networks import random_image
from trainer.data.split import Split
from trainer.loop.checkpoint import Checkpoint
from trainer.models.report_cnns import TARGET_LAYERS, build_network
from whylight import Explainer
from whylight.errors import ExportError
from whylight.images.encode import write_image
from whylight.pair.build import Pair, bind
from whylight.pair.card import Card
from whylight.pair.files import load_pair
from whylight.pair.metadata import gradient_path
from whylight.runtime.session import CPU

pytestmark = pytest.mark.slow
CLASSES = ("ant", "bass", "crab")
SIZE = 64


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TorchClassifier:
    """A random MyCNN with norm statistics that matter, and 24 held-out images of several sizes."""
    data = tmp_path_factory.mktemp("pictures")
    samples = []
    for number in range(24):
        path = data / f"{number:02}.png"
        write_image(path, random_image(number, 40 + number, 90 - number))
        samples.append((path.name, number % 3))
    torch.manual_seed(0)
    network = build_network("MyCNN", len(CLASSES)).eval()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.2)
                module.running_var.uniform_(0.5, 2)
                module.weight.uniform_(0.5, 2)
    checkpoint = Checkpoint(
        network=network,
        network_name="MyCNN",
        classes=CLASSES,
        mean=(0.55, 0.53, 0.5),
        std=(0.23, 0.24, 0.25),
        image_size=SIZE,
        target_layer=TARGET_LAYERS["MyCNN"],
        accuracy={"top1": 0.5, "mean_per_class": 0.4},
        configuration={
            "variant": "adam",
            "data_set": "Noise",
            "attribution": "nobody",
            "seed": 1,
            "epochs": 2,
            "size_schedule": "64 px",
        },
        split=Split(data_set="Noise", seed=42, classes=CLASSES, train=(), test=tuple(samples)),
        data_root=data,
    )
    return from_checkpoint(checkpoint)


@pytest.fixture(scope="module")
def pair(trained: TorchClassifier) -> Pair:
    """The network's pair, not to be changed."""
    return make_pair(trained)


def _quiet(done: int, total: int) -> None:
    assert 1 <= done <= total


def test_a_verified_pair_is_written_with_its_figures(trained: TorchClassifier, tmp_path: Path) -> None:
    result = export(trained, tmp_path / "m.onnx", images=0, on_image=_quiet)
    card = load_pair(tmp_path / "m.onnx").card
    assert card.verification == result.figures()
    assert card.verification["pictures"] == 24
    assert result.comparison is None
    assert result.verification.logits_relative < 1e-5
    assert result.verification.agreement == 1
    assert (card.classes, card.input_size, card.mean) == (CLASSES, (SIZE, SIZE), trained.card.mean)
    assert (card.accuracy["top_1"], card.split_seed, card.attribution) == (0.5, 42, "nobody")
    assert "adam" in card.notes
    image = random_image(99)
    assert Explainer(tmp_path / "m.onnx").explain(image, top=3).maps.shape == (3, SIZE // 8, SIZE // 8)


def test_the_network_is_opset_20_and_folded(trained: TorchClassifier) -> None:
    model = to_onnx(trained.network, trained.card.target_layer, (SIZE, SIZE))
    assert [entry.version for entry in model.opset_import if entry.domain == ""] == [20]
    # Of four norms the one behind the target layer stays: its input is explained.
    assert sum(node.op_type == "BatchNormalization" for node in model.graph.node) == 1


def test_the_pair_does_not_tell_where_it_was_made(pair: Pair) -> None:
    """PyTorch writes stack traces of the exporting machine into every node."""
    for model in (pair.forward, pair.gradient):
        assert not any(node.doc_string or node.metadata_props for node in model.graph.node)
        assert str(Path(__file__).parents[2]).encode() not in model.SerializeToString()


def test_a_pair_of_other_weights_replaces_nothing(
    trained: TorchClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "m.onnx"
    export(trained, out, images=0, on_image=_quiet)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    torch.manual_seed(5)
    other = make_pair(replace(trained, network=build_network("MyCNN", len(CLASSES)).eval()))
    monkeypatch.setattr(exporter, "_exact_pair", lambda *_: other)
    with pytest.raises(ExportError, match=r"nothing was replaced: logits differ by .*gradients differ by"):
        export(trained, out, images=0, on_image=_quiet)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_wrong_preprocessing_shows_in_the_whole_path_alone(trained: TorchClassifier, pair: Pair) -> None:
    wrong = make_pair(replace(trained, card=replace(trained.card, mean=(0.9, 0.1, 0.5), std=(0.1, 0.9, 0.2))))
    samples = held_out(trained, 0)[:6]
    result, right = (verify(trained, made, samples, _quiet) for made in (wrong, pair))
    assert result.logits_relative < 1e-5
    assert result.probability_difference > 10 * right.probability_difference


def negated(gradient: onnx.ModelProto) -> None:
    last = gradient.graph.node[-1]
    last.CopyFrom(onnx.helper.make_node("Neg", list(last.input), list(last.output)))


def neighbouring_class(gradient: onnx.ModelProto) -> None:
    """Every class is explained as the next one."""
    graph = gradient.graph
    for node in graph.node:
        node.input[:] = ["rolled" if name == "score_weights" else name for name in node.input]
    graph.initializer.append(onnx.numpy_helper.from_array(np.array([2, 0, 1]), "next_class"))
    graph.node.insert(0, onnx.helper.make_node("Gather", ["score_weights", "next_class"], ["rolled"], axis=1))


def other_statistics(gradient: onnx.ModelProto) -> None:
    """The norm behind the target layer scales by another layer's variance."""
    for tensor in gradient.graph.initializer:
        value = onnx.numpy_helper.to_array(tensor)
        if value.size == 256 and value.dtype == np.float32:  # what the norm's channels are multiplied by
            tensor.CopyFrom(
                onnx.numpy_helper.from_array(np.roll(value, 1, axis=value.shape.index(256)), tensor.name)
            )


def scaled_tensors(gradient: onnx.ModelProto) -> None:
    """Every weight matrix is a thousandth too large."""
    for tensor in gradient.graph.initializer:
        value = onnx.numpy_helper.to_array(tensor)
        if value.ndim == 2 and value.dtype == np.float32:
            tensor.CopyFrom(onnx.numpy_helper.from_array(value * np.float32(1.001), tensor.name))


def kink_elsewhere(gradient: onnx.ModelProto) -> None:
    """A wrong rule: units count as active above 0.01 instead of above 0."""
    graph = gradient.graph
    graph.initializer.append(onnx.numpy_helper.from_array(np.float32(0.01), "wrong_bound"))
    changed = 0
    for node in graph.node:
        if node.op_type == "Greater":
            node.input[1] = "wrong_bound"
            changed += 1
    assert changed, [node.op_type for node in graph.node]


@pytest.mark.parametrize(
    "spoil",
    [negated, neighbouring_class, other_statistics, scaled_tensors, kink_elsewhere],
)
def test_a_wrong_gradient_graph_is_refused(
    trained: TorchClassifier, pair: Pair, spoil: Callable[[onnx.ModelProto], None]
) -> None:
    gradient = onnx.ModelProto()
    gradient.CopyFrom(pair.gradient)
    spoil(gradient)
    assert gradient.SerializeToString() != pair.gradient.SerializeToString()
    onnx.checker.check_model(gradient)
    result = verify(trained, Pair(pair.forward, gradient), held_out(trained, 0)[:6], _quiet)
    assert result.logits_relative < 1e-5
    assert result.activations_relative < 1e-5
    assert [failure for failure in result.failures() if "gradients differ by" in failure]


def test_norm_statistics_of_another_layer_are_refused(trained: TorchClassifier, pair: Pair) -> None:
    """The forward graph is right, and so is every rule; the gradient graph was made of another network."""
    other = copy.deepcopy(trained.network)
    with torch.no_grad():
        other.features[13].running_var.copy_(other.features[13].running_var.roll(1))
    wrong = make_pair(replace(trained, network=other))
    mixed = bind(pair.forward, wrong.gradient, pair.card)
    result = verify(trained, mixed, held_out(trained, 0)[:6], _quiet)
    assert result.logits_relative < 1e-5
    assert [failure for failure in result.failures() if "gradients differ by" in failure]


def test_a_single_weight_wrong_by_a_thousandth_is_refused(trained: TorchClassifier, pair: Pair) -> None:
    """Of the last matrix, the weight that the first image's class hangs on most."""
    samples = held_out(trained, 0)
    network = trained.network
    image = reference_transform(trained.card)(Image.open(samples[0][0]).convert("RGB"))[None]
    with torch.no_grad():
        hidden = network.classifier[:3](network.features(image))[0]
        weight = network.classifier[4].weight
        class_index = int((weight @ hidden + network.classifier[4].bias).argmax())
        unit = int((weight[class_index].abs() * (hidden > 0)).argmax())
    gradient = onnx.ModelProto()
    gradient.CopyFrom(pair.gradient)
    (tensor,) = [t for t in gradient.graph.initializer if sorted(t.dims) == sorted(weight.shape)]
    value = onnx.numpy_helper.to_array(tensor).copy()
    turned = value if value.shape == tuple(weight.shape) else value.T
    assert turned[class_index, unit] == weight[class_index, unit].item()
    turned[class_index, unit] *= np.float32(1.001)
    tensor.CopyFrom(onnx.numpy_helper.from_array(value, tensor.name))
    result = verify(trained, Pair(pair.forward, gradient), samples[:6], _quiet)
    assert [failure for failure in result.failures() if "gradients differ by" in failure]


def test_a_unit_at_its_kink_refuses_no_pair(trained: TorchClassifier, tmp_path: Path) -> None:
    """Of each image one unit behind the target layer is moved to its kink, where rounding decides."""
    network = copy.deepcopy(trained.network)
    samples = held_out(trained, 0)
    transform = reference_transform(trained.card)
    exact = copy.deepcopy(network).double()
    with torch.no_grad():
        for number, (path, _) in enumerate(samples):
            image = transform(Image.open(path).convert("RGB")).double()[None]
            # The norm's bias of one channel is chosen so that one of its places comes to zero.
            value = exact.features[:14](image)[0, number, 3, 4]
            network.features[13].bias[number] -= value.float()
    spoilt = replace(trained, network=network)
    result = verify(spoilt, make_pair(spoilt), samples, _quiet)
    assert result.failures() == []


@pytest.mark.parametrize(
    ("found", "same"), [([0.6, 0.3, 0.1], True), ([0.4, 0.402, 0.2], True), ([0.4, 0.41, 0.19], False)]
)
def test_classes_as_likely_as_each_other_are_a_tie(found: list[float], same: bool) -> None:
    reference = np.array([0.401, 0.4, 0.199], np.float32)
    assert predictions_agree(np.array(found, np.float32), reference) is same


def test_nan_never_passes() -> None:
    figures = dict.fromkeys(
        (
            "logits_relative",
            "activations_relative",
            "gradients_relative",
            "maps_relative",
            "agreement",
            "probability_difference",
        ),
        np.nan,
    )
    result = Verification(images=1, disagreements=(), top_1=0.0, at_kinks=0, **figures)
    assert len(result.failures()) == 4


def test_too_few_images_are_refused(trained: TorchClassifier) -> None:
    with pytest.raises(ExportError, match="at least 200 images"):
        held_out(trained, 10)


def test_missing_images_are_named(trained: TorchClassifier, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"24 of the 24 .*00\.png.*--data"):
        held_out(replace(trained, held_out=[(tmp_path / path.name, 0) for path, _ in trained.held_out]), 0)


def test_a_layer_that_does_not_exist_is_named(trained: TorchClassifier) -> None:
    with pytest.raises(ExportError, match=r"no layer 'features\.99'"):
        to_onnx(trained.network, "features.99", (SIZE, SIZE))


def test_any_network_with_its_facts_is_exported(trained: TorchClassifier, tmp_path: Path) -> None:
    """Of no run of the trainer, and its input is not square."""
    torch.manual_seed(2)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3, stride=2),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(8, 2),
    ).eval()
    card = Card(
        name="theirs",
        classes=("yes", "no"),
        target_layer="0",
        input_size=(48, 80),
        mean=(0.5, 0.4, 0.3),
        std=(0.2, 0.2, 0.2),
    )
    theirs = TorchClassifier(network=network, card=card, held_out=trained.held_out)
    exported = export(theirs, tmp_path / "theirs.onnx", images=0, on_image=_quiet)
    assert exported.verification.images == len(trained.held_out)
    explainer = Explainer(tmp_path / "theirs.onnx", [CPU])
    assert (explainer.card.name, explainer.card.input_size, explainer.layer) == ("theirs", (48, 80), "0")
    assert explainer.explain(trained.held_out[0][0]).maps.shape == (2, 23, 39)


def test_the_core_of_the_exporter_needs_no_trainer() -> None:
    code = (
        "import sys\nsys.modules['trainer'] = None\n"
        "import export.exporter, export.verify, export.cli, export.compare_precision, export.int8"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_the_command_line_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--checkpoint", str(tmp_path / "none"), "--out", str(tmp_path / "m.onnx")]) == 2
    assert str(tmp_path / "none") in capsys.readouterr().err
    assert not gradient_path(tmp_path / "m.onnx").exists()


def test_a_checkpoint_that_is_no_run_folder_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "model.pt"
    other.write_bytes(b"somebody else's")
    assert main(["--checkpoint", str(other), "--out", str(tmp_path / "m.onnx")]) == 2
    assert f"'{other}' is no run folder of the trainer" in capsys.readouterr().err
    best = tmp_path / "best.pt"  # of a run folder, and so the folder is meant
    best.write_bytes(b"damaged")
    assert main(["--checkpoint", str(best), "--out", str(tmp_path / "m.onnx")]) == 2
    assert f"cannot read the checkpoint {best}" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_refused_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.onnx").mkdir()
    before = sorted(tmp_path.iterdir())
    for out, reason in {
        "model.pt": "expected a name that ends in .onnx",
        "model.gradient.onnx": "expected a name that ends in .onnx",
        "folder.onnx": "that is a folder",
        "file/model.onnx": "Not a directory",
        "new/folders/model.onnx": "there is no",  # these are made, but only for a pair
    }.items():
        assert main(["--checkpoint", str(tmp_path / "none"), "--out", str(tmp_path / out)]) == 2
        assert reason in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before

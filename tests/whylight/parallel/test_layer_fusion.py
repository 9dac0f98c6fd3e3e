"""Maps of several layers as one, against pytorch-grad-cam's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from tests.whylight.helpers.networks import CARD, SIZE, SmallNetwork, random_image, small_pair
from whylight.errors import QuestionError
from whylight.explainer import Explainer
from whylight.pair.files import save_pair
from whylight.parallel.layer_fusion import explain_layers

CPU = ["CPUExecutionProvider"]


@pytest.fixture
def explainer(tmp_path: Path) -> Explainer:
    save_pair(small_pair(), tmp_path / "small.onnx")
    return Explainer(tmp_path / "small.onnx", CPU)


def test_two_layers_are_fused_as_pytorch_grad_cam_fuses_them(explainer: Explainer) -> None:
    image = random_image(3, *SIZE)
    found = explain_layers([explainer, explainer.with_layer("c1")], image, classes=[2, 5])
    assert (found.maps.shape, found.classes, found.gradients) == ((2, *SIZE), (2, 5), None)
    values = (image / 255 - np.array(CARD.mean)) / np.array(CARD.std)
    images = torch.from_numpy(values.transpose(2, 0, 1)[None].astype(np.float32))
    network = SmallNetwork()
    with GradCAM(network, [network.conv2, network.conv1]) as cam:
        for map_, index in zip(found.maps, found.classes, strict=True):
            expected = cam(images, [ClassifierOutputTarget(index)])[0]
            np.testing.assert_allclose(map_, expected, atol=1e-4)


def test_explainers_of_several_models_or_none_are_refused(explainer: Explainer, tmp_path: Path) -> None:
    save_pair(small_pair(SmallNetwork(seed=1)), tmp_path / "other.onnx")
    for explainers in ([], [explainer, Explainer(tmp_path / "other.onnx", CPU)]):
        with pytest.raises(QuestionError, match="explainers of the same model"):
            explain_layers(explainers, random_image())

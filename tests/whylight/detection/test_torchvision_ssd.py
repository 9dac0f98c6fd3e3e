"""TorchVision's SSD: adopted without an option, its class for nothing found by what the file selects."""

from __future__ import annotations

import warnings
from collections import OrderedDict

import numpy as np
import pytest

import whylight

torch = pytest.importorskip("torch")
pytest.importorskip("torchvision")

from torch import Tensor, nn  # noqa: E402
from torchvision.models.detection.anchor_utils import DefaultBoxGenerator  # noqa: E402
from torchvision.models.detection.ssd import SSD, SSDHead  # noqa: E402

_SIZE, _CLASSES = 96, 6


class _Maps(nn.Module):
    """Maps at an eighth and a sixteenth of the image."""

    out_channels = (8, 8)

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 7, stride=8, padding=3)
        self.down = nn.Conv2d(8, 8, 3, stride=2, padding=1)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Return maps by their names."""
        fine = self.stem(images)
        return OrderedDict((("0", fine.relu()), ("1", self.down(fine.relu()).relu())))


@pytest.fixture(scope="module", params=["none", "first", "last"])
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[SSD, whylight.Explainer]:
    """A detector, of whose classes the first, the last or none wins nearly everywhere, and its pair."""
    torch.manual_seed(4)
    boxes = DefaultBoxGenerator([[2], [2]], scales=[0.2, 0.4, 0.6], steps=[8, 16])
    head = SSDHead([8, 8], boxes.num_anchors_per_location(), _CLASSES)
    module = SSD(_Maps(), boxes, (_SIZE, _SIZE), _CLASSES, head=head, score_thresh=0.001).eval()
    with torch.no_grad():
        for level in head.classification_head.module_list:
            level.weight.mul_(20)
            if request.param != "none":
                level.bias.view(-1, _CLASSES)[:, 0 if request.param == "first" else -1] += 3
    path = tmp_path_factory.mktemp("ssd") / "ssd.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tracing
        torch.onnx.export(
            module,
            ([torch.rand(3, _SIZE, _SIZE)],),
            str(path),
            input_names=["image"],
            output_names=["boxes", "scores", "labels"],
            opset_version=17,
            dynamo=False,
        )
    whylight.adopt(path, path.with_name("pair.onnx"))
    return module.double(), whylight.Explainer(path.with_name("pair.onnx"))


def test_scores_and_gradients_are_those_of_the_owners_code(made: tuple[SSD, whylight.Explainer]) -> None:
    module, explainer = made
    image = np.random.default_rng(3).integers(0, 256, (_SIZE, _SIZE, 3), np.uint8)
    assert explainer.class_count == _CLASSES - 1
    kept: dict[str, Tensor] = {}
    hooks = [
        module.head.register_forward_hook(lambda *given: kept.update(given[2])),
        module.backbone.stem.register_forward_hook(lambda *given: kept.update(stem=given[2])),
    ]
    module([torch.from_numpy(image.transpose(2, 0, 1) / 255)])
    for hook in hooks:
        hook.remove()
    shares = kept["cls_logits"][0].softmax(1)
    expected = torch.logit(shares[:, 1:]).T.detach().numpy()
    found = explainer.forward_only(image, top=1).tensors["place_scores"][0]
    assert np.allclose(found, expected, atol=1e-3)
    for box in explainer.find_boxes(image, least_score=0.0, most_overlap=0.5)[:3]:
        share = shares[box.place, box.class_index + 1]
        assert share.item() == pytest.approx(box.score, abs=1e-4)
        (gradient,) = torch.autograd.grad(torch.logit(share), kept["stem"], retain_graph=True)
        result = explainer(image, target=box, method="hirescam")
        ours = explainer.box_explainer(box).gradients(result.explanation)
        assert ours.shape == gradient.shape
        assert np.abs(ours - gradient.numpy()).max() < 1e-4 * gradient.abs().max().item()

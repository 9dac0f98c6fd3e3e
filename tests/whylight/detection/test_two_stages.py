"""TorchVision's detectors of two stages: adopted without an option, gradients equal to autograd's."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import whylight
from whylight.adoption.detectors.regions import MOST_REGIONS
from whylight.detection.boxes import Box

torch = pytest.importorskip("torch")
pytest.importorskip("torchvision")

from torch import Tensor, nn  # noqa: E402
from torchvision.models.detection import FasterRCNN  # noqa: E402
from torchvision.models.detection.rpn import AnchorGenerator  # noqa: E402
from torchvision.ops import MultiScaleRoIAlign, clip_boxes_to_image  # noqa: E402

_SIZE, _CLASSES = 96, 6


class _Pyramid(nn.Module):
    """Maps at a quarter and an eighth of the image, or the latter alone."""

    out_channels = 8

    def __init__(self, levels: int) -> None:
        super().__init__()
        self.levels = levels
        self.stem = nn.Conv2d(3, 8, 3, stride=4, padding=1)
        self.last = nn.Conv2d(8, 8, 3, padding=1)
        self.down = nn.Conv2d(8, 8, 3, stride=2, padding=1)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Return maps by their names."""
        fine = self.last(self.stem(images).relu())
        maps = {"0": fine.relu(), "1": self.down(fine.relu())}
        return OrderedDict(list(maps.items())[-self.levels :])


def _detector(levels: int, regions: int) -> FasterRCNN:
    torch.manual_seed(5)
    names = ["0", "1"][-levels:]
    module = FasterRCNN(
        _Pyramid(levels),
        _CLASSES,
        min_size=_SIZE,
        max_size=_SIZE,
        rpn_anchor_generator=AnchorGenerator(((12,), (32,))[-levels:], ((0.5, 1.0, 2.0),) * levels),
        box_roi_pool=MultiScaleRoIAlign(names, 3, 2, canonical_scale=48),
        rpn_post_nms_top_n_test=regions,
        box_score_thresh=0.01,
    ).eval()
    with torch.no_grad():  # a network as it is initialised answers everything alike
        module.roi_heads.box_predictor.cls_score.weight.mul_(40)
        module.roi_heads.box_predictor.bbox_pred.weight.mul_(10)
        module.rpn.head.cls_logits.weight.mul_(40)
        module.rpn.head.bbox_pred.weight.mul_(10)
    return module


@pytest.fixture(
    scope="module", params=[(2, 200), (1, 200), (2, 30)], ids=["two maps", "one map", "few regions"]
)
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[FasterRCNN, Path, whylight.Explainer, int]:
    """A detector, its file, the pair that was adopted from it, and how many regions it proposes at most."""
    levels, regions = request.param
    module = _detector(levels, regions)
    folder = tmp_path_factory.mktemp("regions")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tracing
        torch.onnx.export(
            module,
            ([torch.rand(3, _SIZE, _SIZE)],),
            str(folder / "detector.onnx"),
            input_names=["image"],
            output_names=["boxes", "labels", "scores"],
            opset_version=17,
            dynamo=False,
        )
    whylight.adopt(folder / "detector.onnx", folder / "pair.onnx")
    return module.double(), folder / "detector.onnx", whylight.Explainer(folder / "pair.onnx"), regions


@pytest.fixture(scope="module")
def images() -> list[np.ndarray]:
    """Images of noise, and of a bright disc, for which other regions are proposed."""
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 256, (_SIZE, _SIZE, 3), np.uint8)
    down, across = np.mgrid[:_SIZE, :_SIZE]
    disc = np.where(((down - 40) ** 2 + (across - 60) ** 2 < 400)[..., None], 250, noise // 4).astype(
        np.uint8
    )
    return [noise, disc]


def _second_stage(module: FasterRCNN, image: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
    """Return the last common map, shares `[R, K]` and boxes `[R, K, 4]`, by the owner's own code."""
    values = torch.from_numpy(image.transpose(2, 0, 1) / 255)
    kept: list[Tensor] = []
    common = module.backbone.last if module.backbone.levels > 1 else module.backbone.down
    hook = common.register_forward_hook(lambda *given: kept.append(given[2]))
    prepared, _ = module.transform([values])
    maps = module.backbone(prepared.tensors)
    hook.remove()
    regions, _ = module.rpn(prepared, maps)
    heads = module.roi_heads
    pooled = heads.box_head(heads.box_roi_pool(maps, regions, prepared.image_sizes))
    scores, offsets = heads.box_predictor(pooled)
    boxes = clip_boxes_to_image(heads.box_coder.decode(offsets, regions), prepared.image_sizes[0])
    return kept[0], scores.softmax(1), boxes


def _region_of(box: Box, boxes: Tensor) -> int:
    corners = boxes[:, box.class_index + 1].detach().numpy()
    return int(np.abs(corners - np.array(box.corners)).max(axis=1).argmin())


def test_boxes_are_those_of_the_owners_code(
    made: tuple[FasterRCNN, Path, whylight.Explainer, int], images: list[np.ndarray]
) -> None:
    module, _, explainer, regions = made
    assert explainer.class_count == _CLASSES - 1
    for image in images:
        _, shares, boxes = _second_stage(module, image)
        found = explainer.find_boxes(image, least_score=1e-4, most_overlap=1)
        assert len(found) == min(len(shares), MOST_REGIONS, regions)
        for box in found:
            region = _region_of(box, boxes)
            assert np.allclose(boxes[region, box.class_index + 1].detach().numpy(), box.corners, atol=1e-2)
            assert shares[region, box.class_index + 1].item() == pytest.approx(box.score, abs=1e-4)
            assert shares[region, 1:].argmax() == box.class_index


def test_the_files_best_boxes_are_found(
    made: tuple[FasterRCNN, Path, whylight.Explainer, int], images: list[np.ndarray]
) -> None:
    _, path, explainer, _ = made
    session = onnxruntime.InferenceSession(path)
    for image in images:
        given = {"image": (image.transpose(2, 0, 1) / 255).astype(np.float32)}
        corners, labels, scores = session.run(None, given)
        best = explainer.find_boxes(image, least_score=0.01, most_overlap=0.5)[0]
        assert labels[0] - 1 == best.class_index
        assert scores[0] == pytest.approx(best.score, abs=1e-4)
        assert np.allclose(corners[0], best.corners, atol=1e-2)


def test_gradients_equal_autograd_with_regions_as_constants(
    made: tuple[FasterRCNN, Path, whylight.Explainer, int], images: list[np.ndarray]
) -> None:
    module, _, explainer, _ = made
    for image in images:
        map_, shares, boxes = _second_stage(module, image)
        for box in explainer.find_boxes(image, least_score=1e-4, most_overlap=0.9)[:4]:
            result = explainer(image, target=box, method="hirescam")
            share = shares[_region_of(box, boxes), box.class_index + 1]
            (expected,) = torch.autograd.grad(torch.logit(share), map_, retain_graph=True)
            largest = expected.abs().max().item()
            assert largest > 0
            assert np.allclose(result.explanation.tensors["activations"], map_.detach().numpy(), atol=1e-4)
            found = explainer.box_explainer(box).gradients(result.explanation)
            assert np.abs(found - expected.numpy()).max() < 1e-4 * largest


def test_places_without_a_region_answer_nothing(
    made: tuple[FasterRCNN, Path, whylight.Explainer, int], images: list[np.ndarray]
) -> None:
    _, _, explainer, regions = made
    scores = explainer.forward_only(images[0], top=1).tensors["place_scores"][0]
    assert scores.shape == (_CLASSES - 1, MOST_REGIONS)
    spare = scores[:, regions:]
    assert spare.shape[1] == max(0, MOST_REGIONS - regions)
    assert (spare == -50).all()
    assert scores[:, : min(regions, 20)].min() > -50

"""Small detectors in PyTorch with random weights, with the heads of well-known families.

Each head is written as its family's own code has it, down to what is computed for export.
"""

from __future__ import annotations

import io
from pathlib import Path

import onnx
import torch
import torchvision
from torch import Tensor, nn

SIZE = 64
CLASSES = 3
STRIDES = (8, 16, 32)
GRIDS = tuple((SIZE // stride, SIZE // stride) for stride in STRIDES)
CELLS = sum(rows * columns for rows, columns in GRIDS)
_CHANNELS = 8


class Detector(nn.Module):
    """Three maps, each with a neck of its own, and a head for each.

    `necks` are the modules whose results are the maps of the three strides.
    """

    anchors = 1
    """Places a cell."""
    background: int | None = None

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, _CHANNELS, 8, 8), nn.SiLU())
        self.downs = nn.ModuleList(
            nn.Sequential(nn.Conv2d(_CHANNELS, _CHANNELS, 2, 2), nn.SiLU()) for _ in range(2)
        )
        self.necks = nn.ModuleList(
            nn.Sequential(nn.Conv2d(_CHANNELS, _CHANNELS, 3, padding=1), nn.SiLU()) for _ in range(3)
        )

    def maps(self, images: Tensor) -> list[Tensor]:
        """Return the maps of the three strides."""
        values = [self.stem(images)]
        for down in self.downs:
            values.append(down(values[-1]))
        return [neck(value) for neck, value in zip(self.necks, values, strict=True)]

    def answers(self, images: Tensor) -> Tensor:
        """Return what the family's own code takes as scores, `[K, P]`."""
        raise NotImplementedError


def _cells(rows: int, columns: int) -> Tensor:
    down, across = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    return torch.stack((across, down), 2).float()


def _heads(width: int) -> nn.ModuleList:
    return nn.ModuleList(nn.Conv2d(_CHANNELS, width, 1) for _ in STRIDES)


class YoloV5(Detector):
    """`models/yolo.py` of ultralytics/yolov5, `Detect`: three anchors a cell, one convolution for all."""

    anchors = 3

    def __init__(self) -> None:
        super().__init__()
        self.m = _heads(3 * (5 + CLASSES))
        self.register_buffer("sides", torch.rand(3, 3, 2) * 30 + 5)

    def forward(self, images: Tensor) -> Tensor:
        """Return `[N, P, 5 + K]`."""
        found = []
        for index, value in enumerate(self.maps(images)):
            value = self.m[index](value)
            batch, _, ny, nx = value.shape
            value = value.view(batch, 3, 5 + CLASSES, ny, nx).permute(0, 1, 3, 4, 2).contiguous()
            grid = (_cells(ny, nx) - 0.5).to(value).expand(1, 3, ny, nx, 2)
            sides = self.sides[index].view(1, 3, 1, 1, 2).expand(1, 3, ny, nx, 2)
            xy, wh, conf = value.sigmoid().split((2, 2, CLASSES + 1), 4)
            row = torch.cat(((xy * 2 + grid) * STRIDES[index], (wh * 2) ** 2 * sides, conf), 4)
            found.append(row.view(batch, 3 * ny * nx, 5 + CLASSES))
        return torch.cat(found, 1)

    def answers(self, images: Tensor) -> Tensor:
        """Objectness x class, as `non_max_suppression` multiplies them."""
        rows = self(images)[0]
        return (rows[:, 5:] * rows[:, 4:5]).T


class YoloSegment(Detector):
    """`Segment` of ultralytics 8 and, with objectness, of ultralytics/yolov5: boxes with masks."""

    prototypes = 8

    def __init__(self, *, objectness: bool = False) -> None:
        super().__init__()
        self.objectness = objectness
        self.box, self.cls, self.coefficients = _heads(4), _heads(CLASSES), _heads(self.prototypes)
        self.obj = _heads(1)
        self.proto = nn.Sequential(
            nn.ConvTranspose2d(_CHANNELS, _CHANNELS, 2, 2),
            nn.SiLU(),
            nn.Conv2d(_CHANNELS, self.prototypes, 1),
            nn.InstanceNorm2d(self.prototypes),  # so that masks have edges
        )

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return `[N, 4 + K + C, P]`, or `[N, P, 5 + K + C]` with objectness, and `[N, C, 16, 16]`."""
        maps = self.maps(images)
        parts = []
        for index, value in enumerate(maps):
            rows, columns = value.shape[-2:]
            middles = (_cells(rows, columns).permute(2, 0, 1).to(value) + 0.5) * STRIDES[index]
            found = self.box[index](value).flatten(2)
            centres = middles.reshape(1, 2, -1) + 4 * found[:, :2].tanh()
            sides = 2 * STRIDES[index] * torch.exp(found[:, 2:].tanh())
            scores = [self.obj[index](value)] if self.objectness else []
            scores.append(self.cls[index](value))
            answers = torch.cat(scores, 1).flatten(2).sigmoid()
            parts.append(
                (torch.cat([centres, sides], 1), answers, self.coefficients[index](value).flatten(2))
            )
        joined = torch.cat([torch.cat(each, 2) for each in zip(*parts, strict=True)], 1)
        return (joined.transpose(1, 2) if self.objectness else joined), self.proto(maps[0])

    def answers(self, images: Tensor) -> Tensor:
        """Sigmoids of classes, times objectness."""
        rows = self(images)[0][0]
        rows = rows.T if self.objectness else rows
        return rows[5 : 5 + CLASSES] * rows[4:5] if self.objectness else rows[4 : 4 + CLASSES]

    def masks(self, images: Tensor) -> Tensor:
        """Logits of the masks of all places, `[P, 16, 16]`, as `process_mask` multiplies them."""
        rows, prototypes = self(images)
        rows = rows[0].T if self.objectness else rows[0]
        return torch.einsum("cp,chw->phw", rows[-self.prototypes :], prototypes[0])


class YoloX(Detector):
    """`yolo_head.py` of Megvii's YOLOX: heads apart, sigmoids of objectness and classes.

    Boxes are decoded (`decode_in_inference`) or left as offsets, as its export script does.
    """

    def __init__(self, *, decode: bool = False) -> None:
        super().__init__()
        self.cls, self.reg, self.obj = _heads(CLASSES), _heads(4), _heads(1)
        self.decode = decode

    def forward(self, images: Tensor) -> Tensor:
        """Return `[N, P, 5 + K]`."""
        outputs, grids, strides = [], [], []
        for index, value in enumerate(self.maps(images)):
            parts = [
                self.reg[index](value),
                self.obj[index](value).sigmoid(),
                self.cls[index](value).sigmoid(),
            ]
            row = torch.cat(parts, 1)
            rows, columns = row.shape[-2:]
            grids.append(_cells(rows, columns).view(1, -1, 2))
            strides.append(torch.full((1, rows * columns, 1), STRIDES[index]))
            outputs.append(row.flatten(start_dim=2))
        found = torch.cat(outputs, dim=2).permute(0, 2, 1)
        if not self.decode:
            return found
        grid, stride = torch.cat(grids, 1).to(found), torch.cat(strides, 1).to(found)
        boxes = [(found[..., 0:2] + grid) * stride, torch.exp(found[..., 2:4]) * stride]
        return torch.cat([*boxes, found[..., 4:]], dim=-1)

    def answers(self, images: Tensor) -> Tensor:
        """Objectness x class, as `postprocess` multiplies them."""
        rows = self(images)[0]
        return (rows[:, 5:] * rows[:, 4:5]).T


class Ssd(Detector):
    """Scores with a background and boxes, as SSD and Ultra-Light-Face have them.

    Args:
        classes: with the background.
        softmax: whether the file ends in a softmax.
    """

    anchors = 2
    background = 0

    def __init__(self, *, classes: int = 1 + CLASSES, softmax: bool = True) -> None:
        super().__init__()
        self.classes, self.softmax = classes, softmax
        self.cls, self.reg = _heads(2 * classes), _heads(2 * 4)
        for head in self.cls:  # nothing at most places
            with torch.no_grad():
                head.bias.view(2, classes)[:, 0] += 3
        middles = [((_cells(*grid) + 0.5) / grid[0]).view(-1, 1, 2).expand(-1, 2, 2) for grid in GRIDS]
        self.register_buffer("middles", torch.cat([each.reshape(-1, 2) for each in middles])[None])

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores `[N, P, C]`, and corners `[N, P, 4]` in shares of the image."""
        scores, offsets = [], []
        for index, value in enumerate(self.maps(images)):
            for heads, rows, width in ((self.cls, scores, self.classes), (self.reg, offsets, 4)):
                row = heads[index](value).permute(0, 2, 3, 1).contiguous()
                rows.append(row.view(row.size(0), -1, width))
        logits, found = torch.cat(scores, 1), torch.cat(offsets, 1)
        centres = self.middles + 0.1 * found[..., :2]
        sides = torch.exp(0.2 * found[..., 2:]) * 0.3
        corners = torch.cat([centres - sides / 2, centres + sides / 2], -1)
        return (torch.softmax(logits, -1) if self.softmax else logits), corners

    def answers(self, images: Tensor) -> Tensor:
        """The shares of the classes, without the background's."""
        scores = self(images)[0][0]
        return (scores if self.softmax else torch.softmax(scores, -1))[:, 1:].T


class SelectedSsd(Ssd):
    """The same with NonMaxSuppression in the file, as TorchVision's detectors are exported."""

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return corners in pixels, scores and labels of what is left."""
        scores, corners = super().forward(images)
        boxes = corners[0] * SIZE
        best, label = scores[0][:, 1:].max(1)
        kept = torchvision.ops.nms(boxes, best, 0.5)
        return boxes[kept], best[kept], label[kept]

    def answers(self, images: Tensor) -> Tensor:
        """The shares of the classes, without the background's."""
        return super().forward(images)[0][0][:, 1:].T


class ByLevels(Detector):
    """`RetinaNet` and `FCOS` of TorchVision: the best of each level, and NonMaxSuppression.

    Args:
        centred: whether a score is the root of class x centredness, and boxes are distances (FCOS).
    """

    def __init__(self, *, centred: bool = False) -> None:
        super().__init__()
        self.centred = centred
        self.cls, self.reg, self.ctr = _heads(CLASSES), _heads(4), _heads(1)
        middles = [((_cells(*grid) + 0.5) * SIZE / grid[0]).reshape(-1, 2) for grid in GRIDS]
        halves = [torch.full_like(each, SIZE / grid[0]) for each, grid in zip(middles, GRIDS, strict=True)]
        middle, half = torch.cat(middles), torch.cat(halves)
        self.register_buffer("corners", torch.cat([middle - half, middle + half], 1))

    def heads(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits, centredness and offsets of all places, `[1, P, K]`, `[1, P, 1]`, `[1, P, 4]`."""
        maps = self.maps(images)

        def joined(heads: nn.ModuleList) -> Tensor:
            found = [head(value) for head, value in zip(heads, maps, strict=True)]
            if heads is self.reg:
                found = [(0.1 * value).relu() if self.centred else 0.1 * value for value in found]
            return torch.cat([value.flatten(2).transpose(1, 2) for value in found], 1)

        return joined(self.cls), joined(self.ctr), joined(self.reg)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return corners in pixels, scores and labels of what is left."""
        logits, centredness, offsets = self.heads(images)
        counts = [rows * columns for rows, columns in GRIDS]
        # Shapes are traced, so that anchors are joined and cut in the file as TorchVision's are.
        anchors = torch.cat([self.corners + 0 * images.sum(), self.corners[:0]])
        found: list[tuple[Tensor, ...]] = []
        levels = zip(*(each.split(counts, 1) for each in (logits, centredness, offsets)), strict=True)
        for (score, beside, box), anchor in zip(levels, anchors.split(counts, 0), strict=True):
            answers = score[0].sigmoid()
            if self.centred:
                answers = torch.sqrt(answers * beside[0].sigmoid())
            flat = answers.flatten()
            kept = flat > 0.05
            places = torch.where(kept)[0]
            best, order = flat[kept].topk(10)
            places = places[order]
            rows = torch.div(places, CLASSES, rounding_mode="floor")
            found.append((self.boxes(box[0][rows], anchor[rows]), best, places % CLASSES))
        boxes, scores, labels = (torch.cat(each) for each in zip(*found, strict=True))
        left = torchvision.ops.nms(boxes, scores, 0.5)
        return boxes[left], scores[left], labels[left]

    def boxes(self, offsets: Tensor, anchors: Tensor) -> Tensor:
        """Decode as `BoxCoder` and `BoxLinearCoder` do, and cut off at the image's edges."""
        sides = anchors[:, 2:] - anchors[:, :2]
        middle = (anchors[:, :2] + anchors[:, 2:]) / 2
        if self.centred:
            corners = [middle - offsets[:, :2] * sides, middle + offsets[:, 2:] * sides]
        else:
            centre = middle + offsets[:, :2] * sides
            half = torch.exp(offsets[:, 2:].clamp(max=4.135)) * sides / 2
            corners = [centre - half, centre + half]
        return torch.cat(corners, 1).clamp(0, SIZE)

    def answers(self, images: Tensor) -> Tensor:
        """The sigmoids, or the roots."""
        logits, centredness, _ = self.heads(images)
        found = logits[0].sigmoid()
        return (torch.sqrt(found * centredness[0].sigmoid()) if self.centred else found).T


class NanoDet(Detector):
    """`nanodet_head.py` of RangiLyu's NanoDet, as it is exported: sigmoids, then distances."""

    bins = 8

    def __init__(self, *, flat: bool = False) -> None:
        super().__init__()
        self.flat = flat
        self.cls, self.reg = _heads(CLASSES), _heads(4 * self.bins)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return `[N, P, K]` of the strides, then `[N, P, 4 B]`; without the axis N where `flat`."""
        maps = self.maps(images)
        found = [
            head(value).flatten(2).permute(0, 2, 1)
            for heads in (self.cls, self.reg)
            for head, value in zip(heads, maps, strict=True)
        ]
        found = [value.sigmoid() for value in found[:3]] + found[3:]
        return tuple(value.squeeze(0) if self.flat else value for value in found)

    def answers(self, images: Tensor) -> Tensor:
        """The sigmoids."""
        return torch.cat([value.reshape(-1, CLASSES) for value in self(images)[:3]]).T


class YuNet(Detector):
    """`yunet_head.py` of libfacedetection.train, as it is exported: twelve outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.cls, self.obj, self.bbox, self.kps = _heads(1), _heads(1), _heads(4), _heads(10)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return classes, objectness, boxes and landmarks of each stride, `[N, P, a]`."""
        maps = self.maps(images)
        found = []
        for heads, ends in ((self.cls, True), (self.obj, True), (self.bbox, False), (self.kps, False)):
            for head, value in zip(heads, maps, strict=True):
                row = head(value)
                row = row.permute(0, 2, 3, 1).reshape(row.shape[0], -1, row.shape[1])
                found.append(row.sigmoid() if ends else row)
        return tuple(found)

    def answers(self, images: Tensor) -> Tensor:
        """The root of class x objectness, as OpenCV's `FaceDetectorYN` has it."""
        rows = self(images)
        return torch.sqrt(torch.cat(rows[:3], 1) * torch.cat(rows[3:6], 1))[0].T


class Scrfd(Detector):
    """`scrfd_head.py` of insightface, as it is exported: two anchors a cell, no axis for the image."""

    anchors = 2

    def __init__(self) -> None:
        super().__init__()
        self.cls, self.reg, self.kps = _heads(2), _heads(2 * 4), _heads(2 * 10)
        self.scale = nn.Parameter(torch.tensor(1.5))
        for head in self.reg:  # distances are positive after training
            nn.init.constant_(head.bias, 2.0)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return scores, distances and landmarks of each stride, `[P, a]`."""
        maps = self.maps(images)
        found = []
        for heads, width in ((self.cls, 1), (self.reg, 4), (self.kps, 10)):
            for head, value in zip(heads, maps, strict=True):
                row = head(value) * (self.scale if width == 4 else 1)
                row = row.permute(2, 3, 0, 1).reshape(-1, width)
                found.append(row.sigmoid() if width == 1 else row)
        return tuple(found)

    def answers(self, images: Tensor) -> Tensor:
        """The sigmoids."""
        return torch.cat(self(images)[:3], 0).T


class RtDetr(Detector):
    """`modeling_rt_detr.py` of transformers in small: queries by TopK, deformable attention.

    The best places of the encoder become queries; a decoder layer lets them attend to each other and to
    samples of the three maps.
    """

    queries = 20

    def __init__(self, *, by_rows: bool = False) -> None:
        super().__init__()
        self.by_rows = by_rows
        """Whether queries are picked from the rows of the whole batch, as Ultralytics writes it."""
        self.enc_score, self.enc_box = nn.Linear(_CHANNELS, CLASSES), nn.Linear(_CHANNELS, 4)
        self.norms = nn.ModuleList(nn.LayerNorm(_CHANNELS) for _ in range(3))
        self.attend = nn.MultiheadAttention(_CHANNELS, 2, batch_first=True)
        self.offsets, self.weights = nn.Linear(_CHANNELS, 3 * 2 * 2), nn.Linear(_CHANNELS, 3 * 2)
        self.score, self.box = nn.Linear(_CHANNELS, CLASSES), nn.Linear(_CHANNELS, 4)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits `[N, Q, K]`, and centres and sizes `[N, Q, 4]` in shares of the image."""
        maps = self.maps(images)
        memory = self.norms[0](torch.cat([value.flatten(2).transpose(1, 2) for value in maps], 1))
        _, picked = torch.topk(self.enc_score(memory).max(-1).values, self.queries, dim=1)
        if self.by_rows:
            image = torch.arange(len(memory)).unsqueeze(-1).repeat(1, self.queries).view(-1)
            targets = memory[image, picked.view(-1)].view(len(memory), self.queries, -1)
        else:
            targets = memory.gather(1, picked.unsqueeze(-1).expand(-1, -1, _CHANNELS))
        reference = self.enc_box(targets)
        targets = self.norms[1](targets + self.attend(targets, targets, targets)[0])
        batch = targets.shape[0]
        offsets = self.offsets(targets).view(batch, self.queries, 3, 2, 2)
        weights = self.weights(targets).softmax(-1).view(batch, self.queries, 3, 2)
        centres = reference.sigmoid()[:, :, None, None, :2]
        grid = 2 * (centres + 0.1 * offsets) - 1
        sampled = [
            nn.functional.grid_sample(value, grid[:, :, index], align_corners=False)
            * weights[:, None, :, index]
            for index, value in enumerate(maps)
        ]
        targets = self.norms[2](targets + torch.stack(sampled).sum((0, 4)).transpose(1, 2))
        return self.score(targets), (self.box(targets) + reference).sigmoid()

    def answers(self, images: Tensor) -> Tensor:
        """The sigmoids."""
        return self(images)[0][0].sigmoid().T


class Selected(nn.Module):
    """A detector whose file selects the best itself: labels, boxes and scores after TopK."""

    def __init__(self, module: RtDetr) -> None:
        super().__init__()
        self.module = module

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return labels, corners and scores of the ten best."""
        logits, boxes = self.module(images)
        scores, index = torch.topk(logits.sigmoid().flatten(1), 10, dim=-1)
        centre, half = boxes[..., :2], boxes[..., 2:] / 2
        corners = torch.cat([centre - half, centre + half], -1) * SIZE
        kept = corners.gather(1, (index // CLASSES).unsqueeze(-1).expand(-1, -1, 4))
        return index % CLASSES, kept, scores


def export(
    module: nn.Module, path: Path, outputs: list[str] | None = None, metadata: dict[str, str] | None = None
) -> Path:
    """Write a module as a file for one image of `SIZE`."""
    written = io.BytesIO()
    module = module.float().eval()
    torch.onnx.export(
        module,
        (torch.rand(1, 3, SIZE, SIZE),),
        written,
        input_names=["images"],
        output_names=outputs,
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load_from_string(written.getvalue())
    if metadata:
        onnx.helper.set_model_props(model, metadata)
    onnx.save(model, path)
    return path

"""Work on one image of a report: look it up, read, explain, draw and judge it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from whylight.box_questions import BoxChoice
from whylight.class_names import FolderLabels
from whylight.collection.shards import Shards
from whylight.common.hashing import sha256_of
from whylight.common.paths import valid_unicode
from whylight.drawing.heatmap import max_evidence
from whylight.drawing.scales import IMAGE, strongest
from whylight.errors import Message, ResourceError, WhylightError
from whylight.explanation import Explanation
from whylight.images.decode import EncodedImage
from whylight.parallel.explain_many import ParallelExplainer
from whylight.perturbation import ScoresAtPlaces
from whylight.protocols import AnsweringClassifier
from whylight.region_questions import RegionChoice
from whylight.report.render import RenderedImage, RenderOptions, draw
from whylight.report.replaced import files_of
from whylight.report.sources import Source
from whylight.runtime.session import ran_out_of_memory
from whylight.score_weights import Question

if TYPE_CHECKING:
    from whylight.explainer import Explainer

STRONGEST = "strongest"
"""Key of the strongest evidence of an image's maps, in records of the first pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """Options of a report that change its results."""

    top: int
    method: str
    opacity: float
    colour_map: str
    scale: str
    full_scale: float
    questions: tuple[Question, ...]
    weights: NDArray[np.float32] | None
    """The questions' scores, `[M, K]`."""
    maps: str | None
    panels: str
    faithfulness: bool
    boxes: BoxChoice | None = None
    """Which boxes of a detector are explained; None for other models."""
    region: RegionChoice | None = None
    """Which region of each image a segmenter is asked about; None for no particular one."""


@dataclass(frozen=True, slots=True)
class ImageResult:
    """Result for one image; its record has an `error` if it was not explained."""

    record: Mapping[str, Any]
    html: str = ""
    rendered: RenderedImage | None = None
    position: int | None = None
    """Position among the results of an earlier run, if it is from there."""
    error: Message | None = None


@dataclass(slots=True)
class ImageWorker:
    """Explains and draws images, in several threads.

    Args:
        explainer: the model.
        workers: run it.
        options: options of the report.
        labels: classes that folders are named after.
        out: the report's folder.
    """

    explainer: Explainer
    workers: ParallelExplainer
    options: ReportOptions
    labels: FolderLabels
    out: Path
    common: float | None = field(default=None)
    """The evidence drawn as 1 in all images, once it is known."""

    def result(self, source: Source, shards: Shards) -> ImageResult:
        """Return an image's result, from an earlier run if that knows the image."""
        return self.earlier_result(source, shards) or self.new_result(source)

    def earlier_result(self, source: Source, shards: Shards) -> ImageResult | None:
        """Return an image's result of an earlier run, or None."""
        found = self._earlier(source, shards, self._files_are_there)
        if found is None:
            return None
        position, record = found
        error = record.get("error")
        return ImageResult(
            record, position=position, error=None if error is None else Message("{error}", error=error)
        )

    def new_result(self, source: Source) -> ImageResult:
        """Return an image's result, explained anew."""
        facts: dict[str, Any] = {}
        try:
            return self._drawn(source, facts)
        except ResourceError as error:  # without its hash, the next run tries the image again
            return ImageResult(self._failed(source, {}, error), error=error.message)
        except WhylightError as error:
            return ImageResult(self._failed(source, facts, error), error=error.message)
        except Exception as error:  # ONNX Runtime's and OpenCV's errors have no common type
            refusal = _out_of_memory(source, error)
            return ImageResult(self._failed(source, {}, refusal), error=refusal.message)

    def look(self, source: Source, shards: Shards) -> tuple[Mapping[str, Any], bool]:
        """Return an image's record of the first pass, and whether an earlier run made it."""
        found = self._earlier(source, shards, lambda _: True)
        if found is not None:
            return found[1], True
        facts: dict[str, Any] = {}
        try:
            encoded = self._opened(source, facts)
            with self._explained(encoded, source) as (_, explanation):
                evidence = max_evidence(explanation.seen_maps)
        except ResourceError as error:
            return self._failed(source, {}, error), False
        except WhylightError as error:
            return self._failed(source, facts, error), False
        except Exception as error:
            return self._failed(source, {}, _out_of_memory(source, error)), False
        return {"file": source.name, **facts, STRONGEST: evidence}, False

    def _drawn(self, source: Source, facts: dict[str, Any]) -> ImageResult:
        options = self.options
        encoded = self._opened(source, facts)
        with self._explained(encoded, source) as (image, explanation):
            look = RenderOptions(
                options.opacity,
                options.colour_map,
                self._scale(explanation),
                options.top,
                options.questions,
                options.maps,
                options.panels,
                options.boxes,
                None if options.region is None else options.region.of_image(source.path),
            )
            rendered = draw(source, image, explanation, self.explainer.card, look, self._label_of(source))
            record = {**rendered.record, **facts}
            if options.faithfulness and record["scores"]:
                record["faithfulness"] = self._faithfulness(image, explanation)
        return ImageResult(record, rendered.html, rendered)

    def _explained(
        self, encoded: EncodedImage, source: Source
    ) -> AbstractContextManager[tuple[NDArray[np.uint8], Explanation]]:
        options = self.options
        return self.workers.explained(
            encoded,
            options.top,
            options.method,
            score_weights=options.weights,
            boxes=options.boxes,
            region=None if options.region is None else options.region.of_image(source.path),
        )

    def _scale(self, explanation: Explanation) -> NDArray[np.float32] | None:
        """Return the evidence drawn as 1 in each map; None for a scale of its own."""
        options = self.options
        if self.common is not None:
            return np.full(len(explanation.maps), self.common, np.float32)
        if options.scale == IMAGE:
            return None
        return strongest(
            explanation.maps,
            options.scale,
            method=options.method,
            full_scale=options.full_scale,
            seen=explanation.seen_maps,
        )

    def _faithfulness(self, image: NDArray[np.uint8], explanation: Explanation) -> dict[str, float]:
        from whylight.faithfulness.measure import curve_areas

        map_ = explanation.maps_at_input(self.explainer.card.input_size)[0]
        model: AnsweringClassifier = self.explainer
        if explanation.place_weights is not None:
            model = ScoresAtPlaces(self.explainer, explanation.place_weights[0])
        return curve_areas(model, image, np.asarray(map_), explanation.classes[0])

    def _opened(self, source: Source, facts: dict[str, Any]) -> EncodedImage:
        """Read an image's file; what is known of it is added to `facts`."""
        facts.update(_file_facts(source))
        data = source.content()
        if data is None:
            encoded = self.workers.opened(source.path)
        else:
            encoded = self.workers.opened(data, source.where)
        # Read in one go after the time was taken: what is written later has another time.
        facts["bytes"] = len(encoded.data)
        facts["sha256"] = hashlib.sha256(encoded.data).hexdigest()
        return encoded

    def _failed(self, source: Source, facts: Mapping[str, Any], error: WhylightError) -> dict[str, Any]:
        label = self._label_of(source)
        return {
            "file": source.name,
            "image": valid_unicode(source.where),
            "label": None if label is None else self.explainer.card.classes[label],
            "label_index": label,
            **facts,
            "error": valid_unicode(error.message),
        }

    def _label_of(self, source: Source) -> int | None:
        """Return the class that the input names, or else the image's folder; or None."""
        if isinstance(source.label, int):
            return source.label if 0 <= source.label < self.explainer.class_count else None
        if source.label is not None:
            return self.labels.of_folder(source.label)
        return self.labels.of_folder(PurePath(source.path).parent.name)

    def _earlier(
        self, source: Source, shards: Shards, is_whole: Callable[[Mapping[str, Any]], bool]
    ) -> tuple[int, Mapping[str, Any]] | None:
        """Return position and record of an image that an earlier run has explained.

        It is the same image if its file has the size and time of then, or else the same SHA-256. Files that
        could not be read are tried again.
        """
        if not len(shards):
            return None
        try:
            found = shards.find(source.name)
            if found is None or found[1].get("sha256") is None:
                return None
            now, then = _file_facts(source), found[1]
            if now["bytes"] != then.get("bytes"):
                return None
            same_time = now["mtime_ns"] is not None and now["mtime_ns"] == then.get("mtime_ns")
            if not same_time and _sha256_of(source) != then["sha256"]:
                return None
            if self._label_of(source) != then.get("label_index"):
                return None
        except (OSError, ValueError, TypeError, KeyError):  # the file has gone, or somebody altered the shard
            return None
        return found if "error" in found[1] or is_whole(found[1]) else None

    def _files_are_there(self, record: Mapping[str, Any]) -> bool:
        """Return whether an image's panels and maps still exist."""
        return all(os.path.lexists(self.out / file) for file in files_of(record))


def _out_of_memory(source: Source, error: Exception) -> WhylightError:
    """Return the refusal of an image for which memory ran out.

    Other errors are raised again. The next run tries the image again, since its hash is not kept.
    """
    if not isinstance(error, MemoryError) and not ran_out_of_memory(error):
        raise error
    return WhylightError("{path}: there is not enough memory to explain it", path=source.path)


def _sha256_of(source: Source) -> str:
    data = source.content()
    return sha256_of(source.path) if data is None else hashlib.sha256(data).hexdigest()


def _file_facts(source: Source) -> dict[str, Any]:
    if source.data is not None:
        return {"bytes": len(source.data), "mtime_ns": None}
    if source.remote is not None:
        return {"bytes": source.remote.size, "mtime_ns": source.remote.mtime_ns}
    try:
        status = source.path.stat()
    except (OSError, ValueError):
        return {}
    return {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns}

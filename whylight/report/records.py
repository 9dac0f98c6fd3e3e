"""Records of explained images as plain values, for JSON and the maps' manifest."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from whylight.common.hashing import sha256_of
from whylight.common.paths import valid_unicode
from whylight.common.version import version
from whylight.detection.boxes import Box
from whylight.drawing.heatmap import max_evidence
from whylight.explanation import Explanation
from whylight.pair.metadata import gradient_path
from whylight.score_weights import Question

if TYPE_CHECKING:
    from whylight.explainer import Explainer


def model_record(explainer: Explainer) -> dict[str, Any]:
    """Return the model's name, its files with their SHA-256, and the device."""
    path = explainer.model_path
    files = [path, *([gradient_path(path)] if explainer.has_gradients else [])]
    return {
        "name": explainer.card.name,
        "files": [{"file": valid_unicode(file), "sha256": sha256_of(file)} for file in files],
        "classes": len(explainer.card.classes),
        "provider": explainer.provider,
    }


def versions_record() -> dict[str, str]:
    """Return the versions of the packages that compute an explanation."""
    import cv2
    import onnxruntime

    return {
        "whylight": version(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "onnxruntime": onnxruntime.__version__,
        "opencv": cv2.__version__,
    }


def image_record(
    path: Path,
    explanation: Explanation,
    class_names: Sequence[str],
    top: int,
    questions: Sequence[Question] = (),
    boxes: Sequence[Box] | None = None,
) -> dict[str, Any]:
    """Return the record of one explained image.

    Args:
        path: the image.
        explanation: its explanation, of M scores.
        class_names: names of the K classes.
        top: how many of the most likely classes are listed.
        questions: the M questions asked; none where the most likely classes were explained.
        boxes: what a detector found; None for other models, whose records have no `boxes`.
    """
    asked = questions or [Question(index) for index in explanation.classes]
    values = explanation.score_weights @ explanation.logits
    found = {} if boxes is None else {"boxes": [box_record(box) for box in boxes]}
    return {
        "image": valid_unicode(path),
        "size": list(explanation.image_size),
        "seen": None if explanation.view is None else [round(side, 2) for side in explanation.view.box],
        "notes": [str(note) for note in explanation.notes],
        "unseen": None
        if explanation.view is None or explanation.view.note is None
        else str(explanation.view.note),
        "classes": [class_record(explanation, class_names, index) for index in most_likely(explanation, top)],
        **found,
        "scores": [
            {
                "question": question.words(class_names),
                **class_record(explanation, class_names, question.class_index),
                "rather_than": None
                if question.rather_than is None
                else class_record(explanation, class_names, question.rather_than),
                "against": question.against,
                "value": float(value),
                "strongest": max_evidence([map_]),
                "repeatability": None
                if explanation.repeatability is None
                else float(explanation.repeatability[score]),
                "notes": [str(note) for note in explanation.map_notes(score)],
            }
            for score, (question, value, map_) in enumerate(
                zip(asked, values, explanation.seen_maps, strict=True)
            )
        ],
        "milliseconds": {part: round(spent, 3) for part, spent in explanation.timings_ms.items()},
    }


def box_record(box: Box) -> dict[str, Any]:
    """Return the record of a found box; corners are in pixels of the image."""
    return {
        "class": box.class_name,
        "index": box.class_index,
        "score": box.score,
        "corners": [round(side, 2) for side in box.corners],
        "place": box.place,
    }


def class_record(explanation: Explanation, class_names: Sequence[str], index: int) -> dict[str, Any]:
    """Return the record of a class: name, index and probability."""
    return {
        "class": class_names[index],
        "index": index,
        "probability": float(explanation.probabilities[index]),
    }


def most_likely(explanation: Explanation, top: int) -> list[int]:
    """Return the indexes of the `top` most probable classes, in order."""
    return [int(index) for index in np.argsort(-explanation.probabilities, kind="stable")[:top]]

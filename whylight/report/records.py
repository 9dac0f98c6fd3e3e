"""Records of explained images as plain values, for JSON and the maps' manifest."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from whylight.answers import answer_words
from whylight.box_questions import BoxChoice, answers_at, box_question_words, scores_at_places
from whylight.collection.table import map_statistics
from whylight.common.hashing import sha256_of
from whylight.common.paths import valid_unicode
from whylight.common.version import version
from whylight.detection.boxes import LEAST_SCORE, Box
from whylight.drawing.heatmap import max_evidence
from whylight.errors import Message
from whylight.explanation import Explanation
from whylight.pair.card import Card
from whylight.pair.metadata import gradient_path
from whylight.region_questions import read_line
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
    card: Card,
    top: int,
    questions: Sequence[Question] = (),
    choice: BoxChoice | None = None,
) -> dict[str, Any]:
    """Return the record of one explained image.

    Args:
        path: the image.
        explanation: its explanation, of M scores.
        card: the model's card, with the names of the K classes.
        top: how many of the most likely classes are listed.
        questions: the M questions asked; none where the most likely classes were explained.
        choice: which of a detector's boxes were explained; None for other models, whose records have no
            `boxes`.
    """
    names = card.classes
    record: dict[str, Any] = {
        "image": valid_unicode(path),
        "size": list(explanation.image_size),
        "seen": None if explanation.view is None else [round(side, 2) for side in explanation.view.box],
        "notes": [str(note) for note in explanation.notes],
        "unseen": None
        if explanation.view is None or explanation.view.note is None
        else str(explanation.view.note),
        "classes": [class_record(explanation, names, index) for index in most_likely(explanation, top)],
    }
    if choice is None:
        asked = questions or [Question(index) for index in explanation.classes]
        scores = [_class_score(explanation, names, question) for question in asked]
    else:
        boxes = explanation.boxes or ()
        missing = missing_boxes(explanation, card, choice)
        record["missing"] = None if missing is None else str(missing)
        record["boxes"] = [box_record(box) for box in boxes]
        scores = [
            _box_score(explanation, card, rank, question, index)
            for rank, (index, question) in enumerate(choice.rows(boxes))
        ]
    if card.segmenter is not None and card.segmenter.is_line:
        record["text"] = "".join(letter.sign for letter in read_line(explanation, card))
    values = scores_at_places(explanation) if scores else ()
    record["scores"] = [
        {
            **score,
            "value": float(value),
            "strongest": max_evidence([map_]),
            "repeatability": None
            if explanation.repeatability is None
            else float(explanation.repeatability[rank]),
            "notes": [str(note) for note in explanation.map_notes(rank)],
        }
        for rank, (score, value, map_) in enumerate(
            zip(scores, values, explanation.seen_maps if scores else (), strict=True)
        )
    ]
    record["milliseconds"] = {part: round(spent, 3) for part, spent in explanation.timings_ms.items()}
    return record


def _class_score(explanation: Explanation, names: Sequence[str], question: Question) -> dict[str, Any]:
    other = question.rather_than
    return {
        "question": question.words(names),
        **class_record(explanation, names, question.class_index),
        "rather_than": None if other is None else class_record(explanation, names, other),
        "against": question.against,
    }


def _box_score(
    explanation: Explanation, card: Card, rank: int, question: Question, index: int
) -> dict[str, Any]:
    """Return what was asked of a box; probabilities are those at its place."""
    assert explanation.boxes is not None
    box, other = explanation.boxes[index], question.rather_than
    answers = answers_at(explanation, box.place, card)
    return {
        "question": box_question_words(question, box, card.classes),
        "box": index,
        "class": box.class_name,
        "index": box.class_index,
        "probability": box.score,
        "rather_than": None
        if other is None
        else {"class": card.classes[other], "index": other, "probability": float(answers[other])},
        "against": question.against,
        "map_statistics": map_statistics(explanation.seen_maps[rank]),
    }


def missing_boxes(explanation: Explanation, card: Card, choice: BoxChoice) -> Message | None:
    """Return words for nothing found, or nothing that was asked for; else None."""
    boxes = explanation.boxes or ()
    if not boxes:
        likeliest = most_likely(explanation, 1)[0]
        return Message(
            "nothing was found: no box scores {least:.0%} or more; the best is {name} with {answer}",
            least=LEAST_SCORE,
            name=card.classes[likeliest],
            answer=answer_words(float(explanation.probabilities[likeliest]), card.answers),
        )
    if choice.rows(boxes):
        return None
    wanted = dict.fromkeys(card.classes[question.class_index] for question in choice.questions)
    return Message("none of the boxes is of class {names}", names=", ".join(wanted))


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

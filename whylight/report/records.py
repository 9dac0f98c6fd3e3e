"""Records of explained images as plain values, for JSON and the maps' manifest."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from whylight.answers import answer_words
from whylight.box_questions import AskedBox, BoxChoice, answers_at, box_question_words, scores_at_places
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
from whylight.region_questions import (
    RegionChoice,
    answers_over,
    asked_in_region,
    read_line,
    read_segments,
    share_of_image,
)
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
    region: RegionChoice | None = None,
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
        region: which region of the image a segmenter was asked about; None for no particular one.
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
    if card.segmenter is not None:
        record |= _found_record(explanation, card)
    if region is not None:
        asked_there = asked_in_region(explanation, region)
        record["region"] = region_record(explanation, card, region)
        assert explanation.place_weights is not None
        answers = answers_over(explanation, explanation.place_weights[0], card)
        scores = [
            {
                **_class_score(explanation, names, question, answers),
                "question": region.question_words(question, names),
            }
            for question in asked_there
        ]
    elif choice is None:
        asked = questions or [Question(index) for index in explanation.classes]
        scores = [_class_score(explanation, names, question) for question in asked]
    else:
        boxes = explanation.boxes or ()
        missing = missing_boxes(explanation, card, choice)
        record["missing"] = None if missing is None else str(missing)
        record["boxes"] = [box_record(box) for box in boxes]
        scores = [
            _box_score(explanation, card, rank, asked)
            for rank, asked in enumerate(choice.asked(explanation, card))
        ]
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


def _found_record(explanation: Explanation, card: Card) -> dict[str, Any]:
    """Return what a segmenter found, or the text and letters of a line."""
    if card.segmenter is not None and card.segmenter.is_line:
        letters = read_line(explanation, card)
        return {
            "text": "".join(letter.sign for letter in letters),
            "letters": [
                {
                    "sign": letter.sign,
                    "index": letter.class_index,
                    "score": letter.score,
                    "x": round(letter.spot[0], 2),
                }
                for letter in letters
            ],
        }
    return {
        "segments": [
            {"class": segment.class_name, "index": segment.class_index, "share": segment.share}
            for segment in read_segments(explanation, card)
        ]
    }


def region_record(explanation: Explanation, card: Card, region: RegionChoice) -> dict[str, Any]:
    """Return the record of a region: what names it, and its share of the places."""
    assert explanation.place_weights is not None
    return {**region.to_json(), "share": share_of_image(explanation, explanation.place_weights[0], card)}


def _class_score(
    explanation: Explanation,
    names: Sequence[str],
    question: Question,
    answers: NDArray[np.float32] | None = None,
) -> dict[str, Any]:
    """Return what was asked of a class, with its answer.

    In a region that is the one of `answers`, float32 `[K]`.
    """
    other = question.rather_than
    return {
        "question": question.words(names),
        **class_record(explanation, names, question.class_index, answers),
        "rather_than": None if other is None else class_record(explanation, names, other, answers),
        "against": question.against,
    }


def _box_score(explanation: Explanation, card: Card, rank: int, asked: AskedBox) -> dict[str, Any]:
    """Return what was asked of a box; probabilities are those at its place."""
    box, question = asked.box, asked.question
    other = question.rather_than
    answers = answers_at(explanation, box.place, card)
    return {
        "question": box_question_words(question, box, card.classes),
        "box": asked.index,
        **({"asked": box_record(box)} if asked.index is None else {}),
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
    if choice.at is not None:
        return None
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


def class_record(
    explanation: Explanation,
    class_names: Sequence[str],
    index: int,
    answers: NDArray[np.float32] | None = None,
) -> dict[str, Any]:
    """Return the record of a class: name, index and probability.

    The probability is that of `answers`, float32 `[K]`, if given.
    """
    return {
        "class": class_names[index],
        "index": index,
        "probability": float((explanation.probabilities if answers is None else answers)[index]),
    }


def most_likely(explanation: Explanation, top: int) -> list[int]:
    """Return the indexes of the `top` most probable classes, in order."""
    return [int(index) for index in np.argsort(-explanation.probabilities, kind="stable")[:top]]

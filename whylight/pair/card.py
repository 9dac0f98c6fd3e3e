"""Model card, stored in the forward graph.

It is JSON in the graph's `metadata_props` under `whylight.card`. `version` is the version of the format;
readers reject newer versions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from whylight.answers import KINDS, SOFTMAX
from whylight.detection.description import DetectorDescription
from whylight.errors import CardError, Message, NoCardError
from whylight.images.geometry import InputDescription
from whylight.pair.metadata import PAIR_KEY
from whylight.placement import Placement
from whylight.segmentation.description import SegmenterDescription
from whylight.view import View

CARD_KEY = "whylight.card"
CARD_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Description of a model: classes, preprocessing, accuracy and origin."""

    name: str
    """Display name: `ImprovedCNN (onecycle), Caltech-101`."""
    classes: tuple[str, ...]
    """Names of the K classes, in the order of the logits."""
    synonyms: tuple[str, ...] = ()
    """Further names of each class, separated by `; `; empty if there are none."""
    translations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of the K classes in other languages, by ISO 639-1 code (`de`)."""
    target_layer: str
    """The tensor explained by default (`features.24`)."""
    input_size: tuple[int, int]
    """Height and width in pixels to which the forward graph resizes every image."""
    mean: tuple[float, float, float]
    """Mean of each RGB channel, for values in 0..1."""
    std: tuple[float, float, float]
    """Standard deviation of each RGB channel, for values in 0..1."""
    input: InputDescription | None = None
    """How an image is brought to the input's size, on the host; None for the forward graph's own resize:
    stretched, bilinear, antialiased."""
    placement: Placement | None = None
    """Where the cells of the target layer look; None if unknown: as if its map were resized to the input."""
    detector: DetectorDescription | None = None
    """How scores and boxes of a detector are read; None for any other network."""
    segmenter: SegmenterDescription | None = None
    """How scores of a segmenter are read; None for any other network."""
    answers: str = SOFTMAX
    """What the answers are, one of `whylight.answers.KINDS`."""
    logits_are_logarithms: bool = False
    """Whether the logits are logarithms of the answers, because the file gives no logits."""
    data_set: str = "unknown"
    split_seed: int | None = None
    accuracy: Mapping[str, float] = field(default_factory=dict)
    """Held-out accuracies in 0..1 by name: `top_1`, `mean_per_class`."""
    licence: str = "unknown"
    attribution: str = ""
    """Credits: data set, authors, licence."""
    notes: str = ""
    """Further information for users: training, limitations."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Versions of the programs that created the file."""
    verification: Mapping[str, float] = field(default_factory=dict)
    """Figures of the check that compared the pair with the network it came from."""
    source: str = ""
    """SHA-256 of the file that was adopted, in hexadecimal."""

    def __post_init__(self) -> None:
        if not self.classes:
            raise CardError("the card names no classes; expected at least one")
        for names in (self.synonyms, *self.translations.values()):
            if names and len(names) != len(self.classes):
                raise CardError(
                    "the card gives {count} further names for {classes} classes",
                    count=len(names),
                    classes=len(self.classes),
                )
        if len(self.input_size) != 2 or min(self.input_size) < 1:
            raise CardError(
                "the card's input_size is {size}; expected height and width in pixels", size=self.input_size
            )
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise CardError(
                "the card's mean {mean} and std {std} must be three numbers, std above 0",
                mean=self.mean,
                std=self.std,
            )
        if self.input is not None and self.input.size != self.input_size:
            raise CardError(
                "the card's input_size is {size}; expected that of its input description, {other}",
                size=self.input_size,
                other=self.input.size,
            )

    @property
    def map_agreement(self) -> tuple[float, float] | None:
        """Rank correlation of 8-bit maps with exact ones: mean and lowest.

        None for an exact pair.
        """
        found = [
            self.verification.get(name) for name in ("map_rank_correlation", "lowest_map_rank_correlation")
        ]
        return None if found[0] is None or found[1] is None else (found[0], found[1])

    def view(self, image_size: tuple[int, int]) -> View | None:
        """The part of an image of `(H, W)` pixels that is seen; None for all of it."""
        if self.input is None:
            return None
        view = self.input.view(image_size)
        return None if view.is_whole else view

    def to_json(self) -> str:
        """Serialise the card as JSON, including the format version."""
        found = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        found["input"] = None if self.input is None else self.input.to_json()
        if found["input"] is None:
            del found["input"]
        if self.detector is None:
            del found["detector"]
        else:
            found["detector"] = self.detector.to_json()
        if self.segmenter is None:
            del found["segmenter"]
        else:
            found["segmenter"] = self.segmenter.to_json()
        if self.placement is None:
            del found["placement"]
        else:
            found["placement"] = self.placement.to_json()
        return json.dumps({"version": CARD_VERSION, **found}, ensure_ascii=False, indent=1)

    def names_in(self, language: str) -> tuple[str, ...]:
        """Return the names of the classes in a language (`de_AT`), or the card's own."""
        return self.translations.get(language.partition("_")[0], self.classes)

    @property
    def further_names(self) -> tuple[str, ...]:
        """All names of each class but its own, separated by `; `; empty without any."""
        columns = [names for names in (self.synonyms, *self.translations.values()) if names]
        return tuple("; ".join(filter(None, names)) for names in zip(*columns, strict=True))

    @property
    def all_names(self) -> tuple[str, ...]:
        """All names of each class in all languages, separated by `; `."""
        further = self.further_names or ("",) * len(self.classes)
        return tuple(f"{name}; {more}" for name, more in zip(self.classes, further, strict=True))

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> Card:
        """Read the card from a forward graph's metadata.

        Raises:
            NoCardError: there is none.
            CardError: it is invalid.
        """
        if CARD_KEY not in metadata and PAIR_KEY in metadata:
            raise CardError(
                "the file is the gradient graph of a pair: open the forward graph beside it, NAME.onnx"
            )
        if CARD_KEY not in metadata:
            raise NoCardError(
                "the model has no card (metadata '{key}'): it is not the forward graph of a "
                "pair. Export one with `whylight export`",
                key=CARD_KEY,
            )
        return cls.from_json(metadata[CARD_KEY])

    @classmethod
    def from_json(cls, text: str) -> Card:
        """Parse a card.

        Raises:
            CardError: the text is not a card, has another version, or a field is missing or has a wrong type.
        """
        try:
            found = json.loads(text)
        except json.JSONDecodeError as error:
            raise CardError("the model card is not valid JSON: {reason}", reason=error) from error
        if not isinstance(found, dict):
            raise CardError("the model card is a JSON {type}; expected an object", type=type(found).__name__)
        version = found.pop("version", None)
        if version != CARD_VERSION:
            raise CardError(
                "the model card has version {version!r}; this program reads version {known}. Export "
                "the model again, or use the program version that wrote it",
                version=version,
                known=CARD_VERSION,
            )
        known = {entry.name for entry in fields(cls)}
        missing = [name for name in REQUIRED if name not in found]
        if missing:
            raise CardError("the model card lacks {fields}", fields=", ".join(missing))
        return cls(**{name: _checked(name, value) for name, value in found.items() if name in known})


REQUIRED = ("name", "classes", "target_layer", "input_size", "mean", "std")
_TEXTS = ("name", "target_layer", "data_set", "licence", "attribution", "notes", "source")
_NUMBERS = ("accuracy", "verification")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _checked(name: str, value: Any) -> Any:
    """Convert a field from JSON to its type; raises `CardError` naming the field."""

    def require(condition: bool, expected: Message) -> None:
        if not condition:
            raise CardError(
                "the model card's {name} is {value!r:.80}; expected {expected}",
                name=name,
                value=value,
                expected=expected,
            )

    def is_number(entry: Any) -> bool:
        return isinstance(entry, int | float) and not isinstance(entry, bool)

    if name in _TEXTS:
        require(isinstance(value, str), Message("text"))
    elif name == "input":
        return None if value is None else InputDescription.from_json(value)
    elif name == "detector":
        return None if value is None else DetectorDescription.from_json(value)
    elif name == "segmenter":
        return None if value is None else SegmenterDescription.from_json(value)
    elif name == "placement":
        return None if value is None else Placement.from_json(value)
    elif name == "answers":
        require(value in KINDS, Message("one of {kinds}", kinds=", ".join(KINDS)))
    elif name == "logits_are_logarithms":
        require(isinstance(value, bool), Message("true or false"))
    elif name in ("classes", "synonyms"):
        require(
            isinstance(value, list) and all(isinstance(entry, str) for entry in value),
            Message("a list of names"),
        )
        return tuple(value)
    elif name == "translations":
        require(
            isinstance(value, dict)
            and all(isinstance(entry, list) and all(map(_is_text, entry)) for entry in value.values()),
            Message("lists of names by language"),
        )
        return {str(language): tuple(names) for language, names in value.items()}
    elif name == "input_size":
        require(
            isinstance(value, list) and all(isinstance(entry, int) for entry in value),
            Message("two whole numbers"),
        )
        return tuple(value)
    elif name in ("mean", "std"):
        require(
            isinstance(value, list) and all(is_number(entry) for entry in value), Message("three numbers")
        )
        return tuple(float(entry) for entry in value)
    elif name == "split_seed":
        require(value is None or isinstance(value, int), Message("a whole number or null"))
    elif name in _NUMBERS:
        require(
            isinstance(value, dict) and all(is_number(entry) for entry in value.values()),
            Message("numbers by name"),
        )
    elif name == "versions":
        require(isinstance(value, dict), Message("texts by name"))
        return {str(key): str(entry) for key, entry in value.items()}
    return value

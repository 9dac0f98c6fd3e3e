"""The explainer: predicts and explains images with a pair of graphs."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence, Sized
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Self, cast, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from whylight import bundled
from whylight.answers import answers_of
from whylight.box_questions import (
    CLASS,
    GRID,
    POSITION,
    QUESTIONS,
    box_near,
    box_question_words,
    boxes_asked,
    explain_boxes,
    explain_position,
    read_boxes,
    require_detector,
)
from whylight.class_names import Target, find_class
from whylight.detection.boxes import LEAST_SCORE, MOST_OVERLAP, Box
from whylight.errors import ImageError, ModelError, NoCardError, QuestionError
from whylight.explanation import Explanation
from whylight.images.decode import ImageLike, as_rgb
from whylight.inference.batch_queue import BatchQueue
from whylight.inference.open_pair import open_pair
from whylight.inference.run_pair import NOTHING, InferenceRequest, derived_for
from whylight.methods import METHODS, Method
from whylight.methods.availability import available_method, gradient_method
from whylight.pair.card import Card
from whylight.parallel.tta_smoothing import smooth as smooth_maps
from whylight.placement import PLACEMENTS, RECEPTIVE_FIELD, Placement
from whylight.region_questions import (
    RegionLike,
    places_on_image,
    read_labels,
    read_line,
    read_segments,
    region_places,
    require_segmenter,
    top_classes,
)
from whylight.result import Result
from whylight.runtime.session import CPU
from whylight.score_weights import Question, class_weights, explained_classes, make_questions
from whylight.segmentation.letters import Letter
from whylight.segmentation.regions import Segment
from whylight.tensor_names import ACTIVATIONS, GRADIENTS, PLACE_SCORES

if TYPE_CHECKING:
    from whylight.layers.retarget import LayerChoice, Layers
    from whylight.pair.build import Pair
    from whylight.parallel.explain_many import ImageT
    from whylight.similarity.references import References

ADOPT_OPTIONS = frozenset(
    {
        *("answers", "labels", "mean", "name", "preprocessing", "scores", "size", "std", "without_gradients"),
        *("antialias", "bgr", "crop_pct", "geometry", "interpolation", "value_range"),
    }
)
"""Options of `whylight.adopt` accepted by `Explainer`."""


class Explainer:
    """A classifier that explains its predictions.

        explainer = whylight.Explainer("resnet50.onnx")
        result = explainer("cat.jpg", target="tabby")
        result.save("cat.png")

    Calling it returns a `whylight.Result` to draw and save; `explain` and similar methods return numbers
    only. Thread-safe. The gradient graph is small, so each further question about the same image takes about
    a millisecond (`map_for_weights`). It is a context manager, and is pickled by its path.

    Args:
        model: the forward graph of a pair, with its gradient graph next to it; a model adopted without
            gradients; or any ONNX classifier, which is adopted into a cache once, with a message
            (`whylight.adoption.cache`). "general" and "caltech" are the bundled pairs; None is "general".
        providers: ONNX Runtime execution providers in order of preference; None for CUDA if available, else
            the CPU. `provider` is the one in use, and `provider_reason` says why it is not the first of them.
        layer: name of the layer to explain instead of the pair's own (see `layers`).
        threads: CPU threads per run; None for one per core. With 1, several threads calling the explainer
            process more images than a single one.
        placement: one of `whylight.placement.PLACEMENTS`: draw maps where their cells look, or resized to the
            image, as pytorch-grad-cam does.
        adopt: False to refuse a model that must be adopted first.
        adopt_options: keyword arguments of `whylight.adopt` for a model that must be adopted:
            `preprocessing`, `mean`, `std`, `geometry`, `crop_pct`, `interpolation`, `antialias`, `bgr`,
            `value_range`, `labels`, `scores`, `answers`, `size`, `name`, `without_gradients`.

    Raises:
        ModelError: a file of the pair is missing or invalid, the files do not belong together, there is no
            such layer, or the model cannot be adopted.
        NoCardError: the model must be adopted first, and `adopt` is false.
        CardError: the forward graph has an invalid card.
        QuestionError: there is no such option.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        providers: Sequence[str] | None = None,
        *,
        layer: str | None = None,
        threads: int | None = None,
        placement: str = RECEPTIVE_FIELD,
        adopt: bool = True,
        **adopt_options: Any,
    ) -> None:
        if unknown := adopt_options.keys() - ADOPT_OPTIONS:
            known = ", ".join(sorted(ADOPT_OPTIONS))
            raise QuestionError(
                "Explainer takes no option '{option}'; expected some of {known}",
                option=min(unknown),
                known=known,
            )
        if model is not None and not isinstance(model, (str, os.PathLike)):
            raise ModelError(
                "expected the path of an ONNX file as model; got a {type}", type=type(model).__name__
            )
        self.model_path = bundled.find_model(model)
        self._source, self._adopt_options = model, adopt_options
        self._providers, self.threads = providers, threads
        self._references: References | None = None
        if placement not in PLACEMENTS:
            raise QuestionError(
                "there is no placement '{placement}'; there are {known}",
                placement=placement,
                known=", ".join(PLACEMENTS),
            )
        self.placement = placement
        try:
            self._open(None)
        except NoCardError:
            if not adopt:
                raise
            self.model_path = self._adopted()
            self._open(None)
        if layer is not None and layer != self.layer:
            self._open(self._layers.pair_for_layer(layer))

    def _adopted(self) -> Path:
        from whylight.adoption.cache import adopted_pair

        return adopted_pair(self.model_path, self._adopt_options)

    @overload
    def __call__(  # type: ignore[overload-overlap]  # a path is a sequence of texts, too
        self,
        image: ImageLike,
        target: Target | Box | Letter | Sequence[Target | Box] | None = None,
        *,
        rather_than: Target | None = None,
        against: bool = False,
        top: int = 1,
        method: str | Method | None = None,
        smooth: bool = False,
        region: RegionLike | None = None,
        at: tuple[float, float] | None = None,
        question: str = CLASS,
        fuse: bool = False,
    ) -> Result: ...

    @overload
    def __call__(
        self,
        image: Sequence[ImageLike],
        target: Target | Box | Letter | Sequence[Target | Box] | None = None,
        *,
        rather_than: Target | None = None,
        against: bool = False,
        top: int = 1,
        method: str | Method | None = None,
        smooth: bool = False,
        region: RegionLike | None = None,
        at: tuple[float, float] | None = None,
        question: str = CLASS,
        fuse: bool = False,
    ) -> list[Result]: ...

    def __call__(
        self,
        image: ImageLike | Sequence[ImageLike],
        target: Target | Box | Letter | Sequence[Target | Box] | None = None,
        *,
        rather_than: Target | None = None,
        against: bool = False,
        top: int = 1,
        method: str | Method | None = None,
        smooth: bool = False,
        region: RegionLike | None = None,
        at: tuple[float, float] | None = None,
        question: str = CLASS,
        fuse: bool = False,
    ) -> Result | list[Result]:
        """Explain an image, or a list of images.

        Args:
            image: a path, the bytes of an image file, a Pillow image, or an array uint8 `[H, W, 3]`; or a
                list of these, or an array `[N, H, W, 3]`, for a list of results.
            target: the class to explain, by name or index, or several; None for the `top` most probable.
                Of a detector, also boxes of `Result.boxes` or `find_boxes`; None for the `top` boxes found.
                A class is explained at the place where it scores highest. Of a reader of text lines, also one
                of `Result.letters`.
            rather_than: explain the target in contrast to this class.
            against: explain the evidence against the target.
            top: number of classes, if there is no target.
            method: one of `methods`, in any spelling (`gradcam`, `GradCAM++`); None for Grad-CAM, or
                occlusion if the model has no gradients.
            smooth: average the maps of six versions of the image (`whylight.parallel.tta_smoothing`).
            region: of a segmenter, where to ask about the target: a mask bool `[H, W]`, the file of one, or a
                position `(x, y)` in pixels; None for all places where each class is found.
            at: for a detector, x and y in pixels of the image: asks about the target class at this spot.
                Where it was not found there, what speaks against it is explained.
            question: for a detector, `class` for why a box is of its class, `position` for why it lies there.
            fuse: for a detector, join the maps of all its grids' layers, instead of that of a box's own.

        Raises:
            ImageError: an image cannot be read, or is not an image.
            QuestionError: there is no such class or method, or the arguments contradict each other.
        """
        how = (target, rather_than, against, top, method, smooth, region, at, question, fuse)
        if isinstance(image, (list, tuple)) or (isinstance(image, np.ndarray) and image.ndim == 4):
            return [self._ask(one, *how) for one in image]
        return self._ask(cast(ImageLike, image), *how)

    def _ask(
        self,
        image: ImageLike,
        target: Target | Box | Letter | Sequence[Target | Box] | None,
        rather_than: Target | None,
        against: bool,
        top: int,
        method: str | Method | None,
        smooth: bool,
        region: RegionLike | None,
        at: tuple[float, float] | None,
        question: str,
        fuse: bool,
    ) -> Result:
        """Explain one image; arguments and errors as for `__call__`."""
        pixels = as_rgb(image)
        if isinstance(target, Letter):
            region, target = target.spot, target.class_index
        by = method.name if isinstance(method, Method) else method
        if by is not None and not isinstance(by, str):
            raise QuestionError("expected the name of a method; got a {type}", type=type(by).__name__)
        asked = boxes_asked(target)
        if at is not None:
            if asked is not None or target is None or isinstance(target, (list, tuple)):
                raise QuestionError("a spot is asked about with one class as the target")
            asked = (self.box_at(pixels, cast("Target", target), at),)
            against = against or (rather_than is None and asked[0].score < LEAST_SCORE)
        elif asked is None and target is None and self.is_detector and rather_than is None and not against:
            asked = self.find_boxes(pixels)[:top] or None
        if asked is not None:
            return self._ask_boxes(image, pixels, asked, rather_than, against, by, question, fuse=fuse)
        if question != CLASS or fuse:
            require_detector(self.card)
            raise QuestionError("no box was found; name one as the target, or a class with a spot")
        if region is not None:
            require_segmenter(self.card)
        if self.is_segmenter and target is None and rather_than is None and not against:
            target = self._classes_of(pixels, region, top)
        if target is not None:
            questions = make_questions(
                cast("Target | Sequence[Target]", target),
                self.class_names,
                rather_than,
                against,
                self.card.further_names,
            )
            weights = np.concatenate([question.weights(self.class_count) for question in questions])
            size = (pixels.shape[0], pixels.shape[1])
            places = places_on_image(self, pixels, weights) if region is None and self.is_segmenter else None
            if region is not None:
                places = region_places(region, self.card, size, len(weights))
            explanation = self.explain_scores(pixels, weights, by, place_weights=places)
        elif rather_than is not None or against:
            raise QuestionError("rather_than and against require a target class")
        elif isinstance(top, bool) or not isinstance(top, int):
            raise QuestionError("top must be a number of classes, at least 1; got {top}", top=repr(top))
        else:
            explanation = self.explain(pixels, top=top, method=by)
            questions = [Question(index) for index in explanation.classes]
        if smooth:
            explanation = smooth_maps(self, pixels, explanation)
        name = Path(image).name if isinstance(image, (str, os.PathLike)) else ""
        words = tuple(question.words(self.class_names) for question in questions)
        boxes = self.boxes_of(explanation) if self.is_detector else ()
        segments = self.segments_of(explanation) if self.is_segmenter else ()
        letters = read_line(explanation, self.card)
        return Result(explanation, pixels, self.class_names, words, name, boxes, segments, letters)

    def _ask_boxes(
        self,
        image: ImageLike,
        pixels: NDArray[np.uint8],
        boxes: Sequence[Box],
        rather_than: Target | None,
        against: bool,
        method: str | None,
        question: str,
        *,
        fuse: bool,
    ) -> Result:
        """Explain boxes; arguments and errors as for `__call__`."""
        if question not in QUESTIONS:
            raise QuestionError(
                "there is no question '{question}' about a box; there are {known}",
                question=question,
                known=", ".join(QUESTIONS),
            )
        classes = [box.class_index for box in boxes]
        questions = make_questions(classes, self.class_names, rather_than, against, self.card.further_names)
        weights = np.concatenate([question.weights(self.class_count) for question in questions])
        name = Path(image).name if isinstance(image, (str, os.PathLike)) else ""
        if question == POSITION:
            if rather_than is not None or against or fuse:
                raise QuestionError("a position has no other class, nothing against it, and is not fused")
            explanation = explain_position(self, pixels, boxes, method)
            words = tuple(f"why does {box.class_name} lie at {box.position}?" for box in boxes)
        else:
            explanation = explain_boxes(self, pixels, boxes, weights, method, fuse=fuse)
            words = tuple(
                box_question_words(each, box, self.class_names)
                for each, box in zip(questions, boxes, strict=True)
            )
        found = self.boxes_of(explanation)
        return Result(explanation, pixels, self.class_names, words, name, found, asked=tuple(boxes))

    def _classes_of(self, pixels: NDArray[np.uint8], region: RegionLike | None, top: int) -> tuple[int, ...]:
        """Return the classes of a segmenter to explain if none is named.

        In a region it is the class that answers highest there, else the largest but for the background.
        """
        explanation = self.forward_only(pixels, top=1)
        if region is None:
            return top_classes(explanation, self.card, top)
        (weights,) = region_places(region, self.card, explanation.image_size, 1)
        scores = explanation.tensors[PLACE_SCORES][0]
        answers = answers_of(scores.T, self.card.answers, of_logarithm=False).T @ weights
        return tuple(int(index) for index in np.argsort(-answers, kind="stable")[:top])

    @property
    def is_segmenter(self) -> bool:
        """Whether the model finds regions."""
        return self.card.segmenter is not None

    def segments_of(self, explanation: Explanation) -> tuple[Segment, ...]:
        """Return the classes found in an explained image, the largest region first.

        Raises:
            QuestionError: the model is no segmenter.
        """
        return read_segments(explanation, self.card)

    def segment(self, image: ImageLike) -> NDArray[np.int16]:
        """Return the class of each pixel, int16 `[H, W]`.

        It is -1 where the model saw nothing or found no class.

        Args:
            image: a path, or RGB uint8 `[H, W, 3]`.

        Raises:
            ImageError: the image cannot be read.
            QuestionError: the model is no segmenter.
        """
        require_segmenter(self.card)
        return read_labels(self.forward_only(image, top=1), self.card)

    @property
    def is_detector(self) -> bool:
        """Whether the model finds boxes."""
        return self.card.detector is not None

    def find_boxes(
        self, image: ImageLike, *, least_score: float = LEAST_SCORE, most_overlap: float = MOST_OVERLAP
    ) -> tuple[Box, ...]:
        """Return the boxes that a detector finds in an image, the highest score first.

        Args:
            image: a path, or RGB uint8 `[H, W, 3]`.
            least_score: score in 0..1 from which a box counts as found.
            most_overlap: intersection over union above which the weaker of two boxes of a class is left out.

        Raises:
            ImageError: the image cannot be read.
            QuestionError: the model is no detector.
        """
        explanation = self.forward_only(image, top=1)
        return self.boxes_of(explanation, least_score=least_score, most_overlap=most_overlap)

    def boxes_of(
        self,
        explanation: Explanation,
        *,
        least_score: float = LEAST_SCORE,
        most_overlap: float = MOST_OVERLAP,
    ) -> tuple[Box, ...]:
        """Return the boxes found in an explained image; arguments as of `find_boxes`.

        Raises:
            QuestionError: the model is no detector.
        """
        return read_boxes(explanation, self.card, least_score=least_score, most_overlap=most_overlap)

    def box_at(self, image: ImageLike, target: Target, at: tuple[float, float]) -> Box:
        """Return the box of a class at a spot of an image, whether it was found or not.

        Args:
            image: a path, or RGB uint8 `[H, W, 3]`.
            target: the class, by name or index.
            at: x and y in pixels of the image.

        Raises:
            ImageError: the image cannot be read.
            QuestionError: the model is no detector, there is no such class, or the spot is not in the image.
        """
        require_detector(self.card)
        index = find_class(target, self.class_names, self.card.further_names)
        return box_near(self.forward_only(image, top=1), self.card, index, at)

    def box_explainer(self, box: Box, layer: str | None = None, *, of_boxes: bool = False) -> Explainer:
        """Return the explainer of a box at a layer.

        Made once for each layer; without gradients it is this explainer.

        Args:
            box: of this model.
            layer: of `layers`; `GRID` for the map of its place's grid, which its scores and sides are both
                computed from; None for this explainer's layer.
            of_boxes: explain the four numbers of boxes instead of their scores: its classes are these.

        Raises:
            ModelError: there is no such layer, or boxes do not depend on it.
            QuestionError: the model is no detector, or boxes are asked for and it has no gradients.
        """
        description = require_detector(self.card)
        if self._relayered is not None:  # its layer was chosen
            layer = self.layer
        if layer == GRID:
            layer = description.layer_of(box.place)
        layer = layer or self.layer
        if not of_boxes and (layer == self.layer or not self.has_gradients):
            return self
        with self._grid_lock:
            key = (layer, of_boxes)
            if key not in self._grid_explainers:
                other = copy(self)
                other._open(self._layers.pair_for_layer(layer, of_boxes=of_boxes))
                self._grid_explainers[key] = other
            return self._grid_explainers[key]

    def close(self) -> None:
        """Free the model's memory; the explainer cannot be used any more."""
        self._runs = cast(BatchQueue, _Closed(self.model_path.name))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __copy__(self) -> Self:
        """Return an explainer that shares the open sessions.

        Without this method, `copy` would open them anew by `__reduce__`.
        """
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._grid_explainers, other._grid_lock = {}, threading.Lock()
        return other

    def __reduce__(self) -> tuple[Any, ...]:
        layer = self.layer if self._relayered is not None else None
        options = {
            "layer": layer,
            "threads": self.threads,
            "placement": self.placement,
            **self._adopt_options,
        }
        return _reopen, (self._source, self._providers, options, self._references)

    def __repr__(self) -> str:
        where = f" at {self.layer}" if self.layer else ""
        return f"<Explainer {self.card.name}: {self.class_count} classes{where}, {self.provider}>"

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the K classes."""
        return tuple(self.card.classes)

    @property
    def layer(self) -> str:
        """The explained layer; empty for a model without gradients and layers."""
        return self.card.target_layer

    @property
    def has_gradients(self) -> bool:
        """Whether the model has a gradient graph; if not, it needs perturbation methods."""
        return self._runs.pair.gradient is not None

    @property
    def methods(self) -> tuple[str, ...]:
        """Names of the methods available for `explain`, the default first.

        Without gradients, these are the methods that need none; without a layer, only those that mask the
        image.
        """
        return self._runs.pair.methods

    def layers(self) -> list[LayerChoice]:
        """List the layers that can be explained, in order of computation.

        The first call takes some tenths of a second, since the model is read and run to find shapes.

        Raises:
            ModelError: the model's files cannot be read any more.
            QuestionError: the model has no gradients.
        """
        return [replace(choice, is_target=choice.name == self.layer) for choice in self._layers.choices]

    def with_layer(self, layer: str) -> Self:
        """Return an explainer of another layer of the same model; `self` is unchanged.

        Probabilities are the same. Takes some tenths of a second; no files are written.

        Args:
            layer: name of one of `layers`.

        Raises:
            ModelError: there is no such layer, no gradient reaches it, or the model's files cannot be read
                any more.
            QuestionError: the model has no gradients.
            UnsupportedOperatorError: an operator behind it has no differentiation rule.
        """
        other = copy(self)
        pair = self._layers.pair_for_layer(layer)
        if self._references is not None:
            from whylight.similarity.references import compared

            pair = compared(pair, self._references)
        other._open(pair)
        return other

    def with_threads(self, threads: int | None) -> Self:
        """Return an explainer of the same model and layer with `threads` CPU threads."""
        if threads == self.threads:
            return self
        other = copy(self)
        other.threads = threads
        other._open(self._relayered)
        return other

    def to_pair(self) -> Pair:
        """Return the model's graphs, read from files unless the layer was changed.

        Raises:
            ModelError: the model's files cannot be read any more.
        """
        from whylight.pair.files import load_pair

        return self._relayered or load_pair(self.model_path)

    def _open(self, relayered: Pair | None) -> None:
        path, threads = self.model_path, self.threads
        pair = open_pair(path, self._providers, relayered, threads=threads)
        on_cpu = None if pair.provider == CPU else lambda: open_pair(path, [CPU], relayered, threads=threads)
        self._runs = BatchQueue(pair, on_cpu)
        self._grid_explainers: dict[tuple[str, bool], Explainer] = {}
        self._grid_lock = threading.Lock()
        self._relayered = relayered
        self.card = pair.card
        self._description = pair.card.input
        self._placement = _placement_of(pair.card) if self.placement == RECEPTIVE_FIELD else None
        self.provider = pair.provider
        self.provider_reason = pair.provider_reason

    @cached_property
    def _layers(self) -> Layers:
        from whylight.layers.retarget import Layers
        from whylight.pair.files import load_pair

        if not self.has_gradients:
            raise QuestionError(
                "'{model}' has no gradients, so no other layer can be explained",
                model=self.model_path.name,
            )
        return Layers(load_pair(self.model_path))

    @property
    def class_count(self) -> int:
        """K, the number of classes."""
        return len(self.card.classes)

    def embed(self, image: ImageLike) -> NDArray[np.float32]:
        """Return the embedding of an image, of length one, float32 `[D]`.

        Args:
            image: a path, or RGB uint8 `[H, W, 3]`.

        Raises:
            ImageError: the image cannot be read.
            QuestionError: the model makes no embeddings.
        """
        from whylight.similarity.references import require_embeddings

        require_embeddings(self.card)
        return self.predict(image)

    def comparing(
        self, references: Mapping[str, ImageLike | NDArray[np.floating]], *, zero_shot: bool = False
    ) -> Self:
        """Return an explainer whose classes are references.

            explainer = whylight.Explainer("clip_vision.onnx").comparing({"last year": "old.jpg"})
            explainer("new.jpg", target="last year").save("alike.png")

        Answers are cosines of embeddings. `self` is unchanged.

        Args:
            references: an image each (a path, or RGB uint8 `[H, W, 3]`) or an embedding `[D]`, such as those
                of texts (`whylight.similarity.text_encoder.TextEncoder`), by name.
            zero_shot: answer with the softmax over 100 times the cosines, as CLIP chooses among texts.

        Raises:
            ImageError: an image cannot be read.
            QuestionError: the model makes no embeddings, or an embedding is of another size.
        """
        from whylight.similarity.references import References, compared, require_embeddings

        require_embeddings(self.card)
        vectors = [
            value if isinstance(value, np.ndarray) and value.ndim == 1 else self.embed(cast(ImageLike, value))
            for value in references.values()
        ]
        other = copy(self)
        sizes = {len(vector) for vector in vectors}
        other._references = References.of(
            tuple(references), vectors if len(sizes) == 1 else np.empty((0, 0)), zero_shot=zero_shot
        )
        other._open(compared(self.to_pair(), other._references))
        return other

    def predict(self, image: ImageLike) -> NDArray[np.float32]:
        """Return the model's answers float32 `[K]` for an image.

        Args:
            image: a path, or RGB uint8 `[H, W, 3]`.

        Raises:
            ImageError: the image cannot be read.
        """
        return np.asarray(self.answers(as_rgb(image)[None])[0])

    def answers(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the model's answers float32 `[N, K]` for images `[N, H, W, 3]`.

        Raises:
            ImageError: the array is of another type or shape.
        """
        return self._answers_of(self.logits(images))

    def _answers_of(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        return answers_of(logits, self.card.answers, of_logarithm=self.card.logits_are_logarithms)

    def logits(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return logits float32 `[N, K]` of RGB images uint8 `[N, H, W, 3]`.

        Memory use grows with N.

        Raises:
            ImageError: the array has another type or shape.
        """
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3 or images.size == 0:
            raise ImageError(
                "the images are {dtype} {shape}; expected RGB uint8 [N, H, W, 3]",
                dtype=images.dtype,
                shape=list(images.shape),
            )
        return self._runs.predict(self._inputs(images))

    def at_places(self, images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return scores `[N, K, P]` and boxes `[N, 4, P]` of images.

        Boxes are in pixels of the network's input, as the card's `detector` describes them. A segmenter has
        none, `[N, 4, 0]`.

        Raises:
            QuestionError: the model is neither a detector nor a segmenter.
        """
        if self.card.segmenter is None:
            require_detector(self.card)
        return self._runs.predict_at_places(self._inputs(images))

    def prepare(self, image: ImageLike) -> NDArray[np.uint8]:
        """Return what the model sees of an image, RGB uint8 `[h, w, 3]`.

        For a model without an input description, whose forward graph resizes by itself, it is the image as
        it is, `[H, W, 3]`.

        Raises:
            ImageError: the image cannot be read.
        """
        pixels = as_rgb(image)
        return pixels if self._description is None else self._description.prepare(pixels)

    @property
    def of_inputs(self) -> Self:
        """An explainer of the same model that takes images prepared by `prepare`."""
        if self._description is None:
            return self
        other = copy(self)
        other._description = None
        return other

    def _inputs(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if self._description is None:
            return images
        return np.stack([self._description.prepare(image) for image in images])

    def explain(
        self,
        image: ImageLike,
        classes: Sequence[int] | None = None,
        top: int = 5,
        method: str | None = None,
    ) -> Explanation:
        """Predict an image's classes and map the evidence for some of them.

        Args:
            image: a path, or RGB uint8 `[H, W, 3]`.
            classes: indices of the classes to explain; None for the `top` most probable.
            top: number of classes if `classes` is None, at most K.
            method: one of `methods`: a name from `whylight.methods.METHODS`, or from
                `whylight.perturbation.PERTURBATIONS`, which take hundreds of forward passes. None for
                Grad-CAM, or occlusion if the model has no gradients.

        Returns:
            Maps float32 `[M, h, w]`, not normalised, and other results of the forward pass.

        Raises:
            ImageError: the image cannot be read.
            QuestionError: there is no such class or method, the method is not available for the model, or
                `top` is below 1.
        """
        method = self._method(method)
        weights = self._weights(classes, top)
        if METHODS[method].needs != "gradients":
            return self._perturbed(image, weights, top, method)
        return self._explain(image, weights, top, method)

    def forward_only(
        self, image: ImageLike, classes: Sequence[int] | None = None, top: int = 5
    ) -> Explanation:
        """Run one forward pass without maps, as a start for `whylight.perturbation`.

        Arguments and errors are those of `explain`; the maps are `[M, 0, 0]`.
        """
        return self._explain(image, self._weights(classes, top), top, None)

    def explain_scores(
        self,
        image: ImageLike,
        score_weights: ArrayLike,
        method: str | None = None,
        *,
        place_weights: ArrayLike | None = None,
    ) -> Explanation:
        """Map the evidence for linear forms of the logits, such as a contrast of classes.

        Args:
            image: a path, or RGB uint8 `[H, W, 3]`.
            score_weights: float32 `[M, K]`, one row per score (`whylight.score_weights`).
            method: as for `explain`.
            place_weights: for a detector or segmenter, float32 `[M, P]`: which of its places count for each
                score; None for the best place of each, or the region where each class is found.

        Raises:
            ImageError: the image cannot be read.
            QuestionError: the weights have another shape or are not finite, there is no such method, or it is
                not available for the model.
        """
        method = self._method(method)
        weights = self._checked_weights(score_weights)
        places = self._checked_places(place_weights, len(weights))
        if METHODS[method].needs != "gradients":
            return self._perturbed(image, weights, 1, method, places)
        return self._explain(image, weights, 1, method, places)

    def _explain(
        self,
        image: ImageLike,
        weights: NDArray[np.float32] | None,
        top: int,
        method: str | None,
        place_weights: NDArray[np.float32] | None = None,
    ) -> Explanation:
        """Explain by a gradient method or none; `weights` is None for the `top` classes."""
        derived = NOTHING if method is None else derived_for(self._runs.pair, method)
        started = perf_counter()
        pixels = as_rgb(image)
        decoded = perf_counter()
        size = (pixels.shape[0], pixels.shape[1])
        view = None if self._description is None else self.card.view(size)
        seen = self.prepare(pixels)
        request = InferenceRequest(seen, weights, min(top, self.class_count), derived, place_weights)
        answer = self._runs.answer(request)
        answered = perf_counter()
        if method is None:
            maps = np.zeros((len(answer.weights), 0, 0), np.float32)
        else:
            maps = answer.derived.maps(answer.tensors[ACTIVATIONS][0], method)
        return Explanation(
            probabilities=self._answers_of(answer.logits),
            logits=answer.logits,
            answers=self.card.answers,
            classes=explained_classes(answer.weights),
            score_weights=answer.weights,
            maps=maps,
            method=method or "",
            timings_ms={
                "decode": 0.0 if isinstance(image, np.ndarray) else 1000 * (decoded - started),
                "forward": answer.forward_ms,
                "gradient": answer.derived.gradient_ms,
                "maps": 1000 * (perf_counter() - answered),
            },
            provider=answer.derived.pair.provider,
            provider_reason=answer.derived.pair.provider_reason,
            image_size=size,
            view=view,
            input_size=self.card.input_size,
            placement=self._placement,
            place_weights=answer.place_weights,
            tensors=answer.tensors,
            gradients=answer.derived.kept,
        )

    def _perturbed(
        self,
        image: ImageLike,
        weights: NDArray[np.float32] | None,
        top: int,
        method: str,
        place_weights: NDArray[np.float32] | None = None,
    ) -> Explanation:
        """Explain by a perturbation method, whose time is recorded as "maps"."""
        from whylight.perturbation import perturbed

        started = perf_counter()
        pixels = as_rgb(image)
        decode_ms = 0.0 if isinstance(image, np.ndarray) else 1000 * (perf_counter() - started)
        explanation = self._explain(pixels, weights, top, None, place_weights)
        answered = perf_counter()
        found = perturbed(self, pixels, explanation, method, at_places=place_weights is not None)
        maps_ms = 1000 * (perf_counter() - answered)
        return replace(found, timings_ms={**explanation.timings_ms, "decode": decode_ms, "maps": maps_ms})

    def explain_many(
        self,
        images: Iterable[ImageT],
        classes: Sequence[int] | None = None,
        top: int = 5,
        method: str | None = None,
        *,
        on_error: Callable[[ImageT, ImageError], None] | None = None,
    ) -> Generator[tuple[ImageT, Explanation], None, None]:
        """Explain many images in parallel: one per core on the CPU, otherwise in batches.

            for path, explanation in explainer.explain_many(Path("images").glob("*.jpg")):
                print(path, explainer.card.classes[explanation.classes[0]])

        Args:
            images, classes, top, method: as for `explain`. Only the next few images are taken and held.
            on_error: called for each unreadable image, which is then skipped.

        Returns:
            Each image as given and its explanation, in the order of the images. Closing the generator stops
            its threads.

        Raises:
            ImageError: an image cannot be read and there is no `on_error`; raised in the image's turn.
            QuestionError: as for `explain`.
        """
        from whylight.parallel.explain_many import ParallelExplainer, explain_each

        method = self._method(method)
        self._weights(classes, top)
        workers = ParallelExplainer(self, len(images) if isinstance(images, Sized) else None)
        return explain_each(workers, images, classes, top, method, on_error)

    def map_for_weights(
        self,
        explanation: Explanation,
        score_weights: ArrayLike,
        method: str = "grad-cam",
        *,
        place_weights: ArrayLike | None = None,
    ) -> Explanation:
        """Explain other scores of an explained image; only the gradient graph runs.

        Args:
            explanation: an explanation by this model.
            score_weights: scores as linear forms of the logits, `[M, K]` (see `whylight.score_weights`).
            method: a name from `whylight.methods.METHODS`.
            place_weights: as for `explain_scores`.

        Raises:
            QuestionError: the weights have another shape or are not finite, there is no such method, or the
                model has no gradients.
        """
        method = gradient_method(method)
        weights = self._checked_weights(score_weights)
        places = self._checked_places(place_weights, len(weights))
        return self._mapped(
            replace(
                explanation, classes=explained_classes(weights), score_weights=weights, place_weights=places
            ),
            method,
        )

    def with_method(self, explanation: Explanation, method: str) -> Explanation:
        """Explain the same scores by another method.

        No graph runs if the explanation has kept its gradients; otherwise the gradient graph does.

        Args:
            explanation: an explanation by this model.
            method: a name from `whylight.methods.METHODS`.

        Raises:
            QuestionError: there is no such method, or the model has no gradients.
        """
        method = gradient_method(method)
        if explanation.gradients is None:
            return self._mapped(explanation, method)
        started = perf_counter()
        maps = METHODS[method](explanation.tensors[ACTIVATIONS][0], explanation.gradients)
        timings_ms = {
            "decode": 0.0,
            "forward": 0.0,
            "gradient": 0.0,
            "maps": 1000 * (perf_counter() - started),
        }
        return replace(explanation, maps=maps, method=method, timings_ms=timings_ms, repeatability=None)

    def gradients(self, explanation: Explanation) -> NDArray[np.float32]:
        """Return gradients float32 `[M, C, h, w]` of the scores by the activations.

        They are recomputed if the explanation has not kept them.

        Raises:
            QuestionError: the model has no gradients.
        """
        if explanation.gradients is not None:
            return explanation.gradients
        self._method("grad-cam")
        return self._runs.derive(
            explanation.tensors, explanation.score_weights, GRADIENTS, explanation.place_weights
        ).values

    def _mapped(self, explanation: Explanation, method: str) -> Explanation:
        """Recompute the maps of an explanation's scores with the gradient graph."""
        method = self._method(method)
        derived = self._runs.derive(
            explanation.tensors,
            explanation.score_weights,
            derived_for(self._runs.pair, method),
            explanation.place_weights,
        )
        started = perf_counter()
        maps = derived.maps(explanation.tensors[ACTIVATIONS][0], method)
        maps_ms = 1000 * (perf_counter() - started)
        return replace(
            explanation,
            maps=maps,
            method=method,
            timings_ms={"decode": 0.0, "forward": 0.0, "gradient": derived.gradient_ms, "maps": maps_ms},
            placement=self._placement,  # the explanation's may be that of another grid's box
            provider=derived.pair.provider,
            provider_reason=derived.pair.provider_reason,
            gradients=derived.kept,
        )

    def _method(self, method: str | None) -> str:
        """Return the name of an available method; None selects the default."""
        return available_method(method or self.methods[0], self.methods, self.model_path.name)

    def _weights(self, classes: Sequence[int] | None, top: int) -> NDArray[np.float32] | None:
        """Return the score weights `[M, K]` of classes; None for the `top` most probable."""
        if classes is None and top < 1:
            raise QuestionError("top is {top}; expected at least 1", top=top)
        return None if classes is None else self._one_hot_rows(classes)

    def _checked_weights(self, score_weights: ArrayLike) -> NDArray[np.float32]:
        weights = np.asarray(score_weights, np.float32)
        if weights.ndim != 2 or weights.shape[0] < 1 or weights.shape[1] != self.class_count:
            raise QuestionError(
                "score weights have shape {shape}; expected [M, {classes}], M >= 1",
                shape=weights.shape,
                classes=self.class_count,
            )
        if not np.isfinite(weights).all():
            raise QuestionError("score weights must be finite numbers")
        return weights

    def _checked_places(self, place_weights: ArrayLike | None, scores: int) -> NDArray[np.float32] | None:
        if place_weights is None:
            return None
        weights = np.asarray(place_weights, np.float32)
        description = self.card.segmenter or require_detector(self.card)
        places = description.places
        if weights.shape != (scores, places) or not np.isfinite(weights).all():
            raise QuestionError(
                "place weights have shape {shape}; expected finite numbers [{scores}, {places}]",
                shape=weights.shape,
                scores=scores,
                places=places,
            )
        return weights

    def _one_hot_rows(self, classes: Sequence[int]) -> NDArray[np.float32]:
        if len(classes) == 0:
            raise QuestionError("no class to explain; expected at least one")
        return np.concatenate([class_weights(index, self.class_count) for index in classes])


def _placement_of(card: Card) -> Placement | None:
    """Return where the layer's cells look; None also where resizing puts them there.

    A detector's cell is trained to answer for the middle of its part of the image, wherever its receptive
    field lies: docs/decisions/0124-why-not-here.md.
    """
    if card.detector is not None and card.target_layer in card.detector.layers:
        return None
    placement = card.placement
    return None if placement is None or placement.is_centred(card.input_size) else placement


def _reopen(
    source: str | os.PathLike[str] | None,
    providers: Sequence[str] | None,
    options: dict[str, Any],
    references: References | None,
) -> Explainer:
    found = Explainer(source, providers, **options)
    if references is None:
        return found
    named = dict(zip(references.names, references.vectors, strict=True))
    return found.comparing(named, zero_shot=references.zero_shot)


class _Closed:
    """Replaces the sessions of a closed explainer."""

    def __init__(self, model: str) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        raise ModelError(
            "the explainer of '{model}' has been closed; open the model again", model=self._model
        )

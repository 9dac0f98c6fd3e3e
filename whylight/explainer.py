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
from whylight.asking.ask import ask
from whylight.asking.asked import Asked
from whylight.box_questions import (
    CLASS,
    GRID,
    box_near,
    read_boxes,
    require_detector,
)
from whylight.class_names import Target, find_class
from whylight.detection.boxes import LEAST_SCORE, MOST_OVERLAP, Box
from whylight.errors import ImageError, ModelError, NoCardError, QuestionError
from whylight.explanation import Explanation
from whylight.images.decode import ImageLike, as_rgb
from whylight.inference.batch_queue import BatchQueue
from whylight.inference.maps import MapMaker, placement_of, with_method
from whylight.inference.open_pair import open_pair
from whylight.methods import METHODS, Method
from whylight.methods.availability import available_method, gradient_method
from whylight.placement import PLACEMENTS, RECEPTIVE_FIELD
from whylight.region_questions import (
    RegionLike,
    read_labels,
    read_segments,
    require_segmenter,
)
from whylight.result import Result
from whylight.runtime.session import CPU
from whylight.score_weights import explained_classes
from whylight.segmentation.letters import Letter
from whylight.segmentation.regions import Segment
from whylight.tensor_names import PLACE_SCORES

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
                "expected the path of an ONNX file as model; got a {type} (of a torch.nn.Module, "
                "whylight.adopt makes such a file)",
                type=type(model).__name__,
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
            question: for a detector, `class` for why a box is of its class, `position` for why it lies there,
                `mask` for why it has its mask, over the whole of it or a `region`.
            fuse: for a detector, join the maps of all its grids' layers, instead of that of a box's own.

        Raises:
            ImageError: an image cannot be read, or is not an image.
            QuestionError: there is no such class or method, or the arguments contradict each other.
        """
        asked = Asked(target, rather_than, against, top, method, smooth, region, at, question, fuse)
        if isinstance(image, (list, tuple)) or (isinstance(image, np.ndarray) and image.ndim == 4):
            return [ask(self, one, asked) for one in image]
        return ask(self, cast(ImageLike, image), asked)

    @property
    def references(self) -> References | None:
        """References of an explainer made by `comparing`; None otherwise."""
        return self._references

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

    def box_explainer(self, box: Box, layer: str | None = None, *, part: str = PLACE_SCORES) -> Self:
        """Return the explainer of a box at a layer.

        Made once for each layer; without gradients it is this explainer.

        Args:
            box: of this model.
            layer: of `layers`; `GRID` for the map of its place's grid, which its scores and sides are both
                computed from; None for this explainer's layer.
            part: explain `boxes` or `mask_parts` instead of scores: its classes are the four numbers of a box
                or the C coefficients of a mask.

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
        if part == PLACE_SCORES and (layer == self.layer or not self.has_gradients):
            return self
        with self._grid_lock:
            key = (layer, part)
            if key not in self._grid_explainers:
                other = copy(self)
                other._open(self._layers.pair_for_layer(layer, part))
                self._grid_explainers[key] = other
            return self._grid_explainers[key]

    def close(self) -> None:
        """Free the model's memory; the explainer cannot be used any more."""
        self._runs = cast(BatchQueue, _Closed(self.model_path.name))
        self._maps = cast(MapMaker, self._runs)

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
        self._grid_explainers: dict[tuple[str, str], Self] = {}
        self._grid_lock = threading.Lock()
        self._relayered = relayered
        self.card = pair.card
        placement = placement_of(pair.card) if self.placement == RECEPTIVE_FIELD else None
        self._maps = MapMaker(self._runs, pair.card, pair.card.input, placement)
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
        other = copy(self)
        other._references = References.of_images(references, self.embed, zero_shot=zero_shot)
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
        return self._maps.answers_of(self.logits(images))

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
        return self._runs.predict(self._maps.inputs(images))

    def at_places(self, images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return scores `[N, K, P]` and boxes `[N, 4, P]` of images.

        Boxes are in pixels of the network's input, as the card's `detector` describes them. A segmenter has
        none, `[N, 4, 0]`.

        Raises:
            QuestionError: the model is neither a detector nor a segmenter.
        """
        if self.card.segmenter is None:
            require_detector(self.card)
        return self._runs.predict_at_places(self._maps.inputs(images))

    def prepare(self, image: ImageLike) -> NDArray[np.uint8]:
        """Return what the model sees of an image, RGB uint8 `[h, w, 3]`.

        For a model without an input description, whose forward graph resizes by itself, it is the image as
        it is, `[H, W, 3]`.

        Raises:
            ImageError: the image cannot be read.
        """
        return self._maps.prepare(as_rgb(image))

    @property
    def of_inputs(self) -> Self:
        """An explainer of the same model that takes images prepared by `prepare`."""
        if self._maps.description is None:
            return self
        other = copy(self)
        other._maps = replace(self._maps, description=None)
        return other

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
        weights = self._maps.class_weights(classes, top)
        if METHODS[method].needs != "gradients":
            return self._perturbed(image, weights, top, method)
        return self._maps.explain(image, weights, top, method)

    def forward_only(
        self, image: ImageLike, classes: Sequence[int] | None = None, top: int = 5
    ) -> Explanation:
        """Run one forward pass without maps, as a start for `whylight.perturbation`.

        Arguments and errors are those of `explain`; the maps are `[M, 0, 0]`.
        """
        return self._maps.explain(image, self._maps.class_weights(classes, top), top, None)

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
        weights = self._maps.checked_weights(score_weights)
        places = self._maps.checked_places(place_weights, len(weights))
        if METHODS[method].needs != "gradients":
            return self._perturbed(image, weights, 1, method, places)
        return self._maps.explain(image, weights, 1, method, places)

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
        explanation = self._maps.explain(pixels, weights, top, None, place_weights)
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
        self._maps.class_weights(classes, top)
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
        weights = self._maps.checked_weights(score_weights)
        places = self._maps.checked_places(place_weights, len(weights))
        asked = replace(
            explanation, classes=explained_classes(weights), score_weights=weights, place_weights=places
        )
        return self._maps.mapped(asked, self._method(method))

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
            return self._maps.mapped(explanation, self._method(method))
        return with_method(explanation, method)

    def gradients(self, explanation: Explanation) -> NDArray[np.float32]:
        """Return gradients float32 `[M, C, h, w]` of the scores by the activations.

        They are recomputed if the explanation has not kept them.

        Raises:
            QuestionError: the model has no gradients.
        """
        if explanation.gradients is not None:
            return explanation.gradients
        self._method("grad-cam")
        return self._maps.gradients(explanation)

    def _method(self, method: str | None) -> str:
        """Return the name of an available method; None selects the default."""
        return available_method(method or self.methods[0], self.methods, self.model_path.name)


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

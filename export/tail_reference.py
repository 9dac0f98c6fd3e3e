"""Reference gradients of a PyTorch network behind a layer, in float64.

Units at kinks can be moved to either side. Gradient graphs are verified against this reference, which uses
autograd and none of Whylight's own differentiation.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from whylight.autodiff.kinks import MOST_KINKS, NEAR, Kink
from whylight.errors import ExportError


class TailReference:
    """float64 copy of a network that differentiates scores by a layer's activations."""

    def __init__(self, network: nn.Module, target_layer: str) -> None:
        """Copy `network` in evaluation mode; the original is not changed.

        Raises:
            ExportError: the network has no layer of that name.
        """
        self._network = copy.deepcopy(network).double().eval().requires_grad_(False)
        try:
            self._layer = self._network.get_submodule(target_layer)
        except AttributeError as error:
            raise ExportError(
                "the network has no layer '{target_layer}' to explain", target_layer=target_layer
            ) from error

    def at(
        self, image: Tensor, activations: NDArray[np.float32], score_weights: NDArray[np.float32]
    ) -> TailGradients:
        """Return the gradients of M scores at the given activations.

        Args:
            image: normalised input of the network, `[1, 3, h, w]`.
            activations: output of the target layer, `[1, C, h, w]`; replaces the network's own.
            score_weights: weights of the logits, `[M, K]`.
        """
        return TailGradients(
            partial(self._run, _KeptConvolutions()),
            image.double(),
            torch.from_numpy(np.ascontiguousarray(activations)).double(),
            torch.from_numpy(score_weights).double(),
        )

    def _run(
        self, kept: _KeptConvolutions, image: Tensor, activations: Tensor, mode: TorchFunctionMode
    ) -> Tensor:
        """Return logits `[1, K]`, differentiable with respect to `activations`."""
        kept.restart()
        # A copy, since the next operation may be in place.
        hook = self._layer.register_forward_hook(lambda *_: activations.clone())
        try:
            with torch.enable_grad(), kept, mode:
                logits: Tensor = self._network(image)
        finally:
            hook.remove()
        return logits


class _KeptConvolutions(TorchFunctionMode):
    """Computes convolutions that do not depend on the activations once per image.

    In float64 they take nearly all of the time of a run, and an image is run several times.
    """

    def __init__(self) -> None:
        super().__init__()
        self._results: list[Tensor] = []
        self._calls = 0

    def restart(self) -> None:
        """Prepare for another run of the same image."""
        self._calls = 0

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Return a copy of the result, since the next operation may be in place."""
        kwargs = dict(kwargs or {})
        if func is not torch.conv2d or not args or args[0].requires_grad:
            return func(*args, **kwargs)
        if self._calls == len(self._results):
            self._results.append(func(*args, **kwargs))
        self._calls += 1
        return self._results[self._calls - 1].clone()


class TailGradients:
    """Gradients of one image's scores, and the units within rounding of a kink."""

    def __init__(
        self,
        run: Callable[[Tensor, Tensor, TorchFunctionMode], Tensor],
        image: Tensor,
        activations: Tensor,
        score_weights: Tensor,
    ) -> None:
        self._run = run
        self._image = image
        self._activations = activations.requires_grad_()
        self._score_weights = score_weights

    @cached_property
    def _units(self) -> list[_Unit]:
        watch = _WatchKinks()
        self._run(self._image, self._activations, watch)
        return sorted(watch.near, key=lambda unit: unit.kink.distance)[:MOST_KINKS]

    @property
    def kinks(self) -> Sequence[Kink]:
        """The units within `NEAR` of a kink, nearest first."""
        return [unit.kink for unit in self._units]

    def gradients(self, flipped: Sequence[int] = ()) -> NDArray[np.float64]:
        """Return gradients `[M, C, h, w]` with units `flipped` on the other side of kinks."""
        units = [self._units[index] for index in flipped]
        logits = self._run(self._image, self._activations, _Flip(units))
        rows = [
            torch.autograd.grad(score, self._activations, retain_graph=True, materialize_grads=True)[0]
            for score in self._score_weights @ logits[0]
        ]
        return torch.cat(rows).numpy()


@dataclass(frozen=True, slots=True)
class _Unit:
    """An input element of one call, and the step that moves it across its kink."""

    kink: Kink
    call: int
    place: int
    """Index into the flattened input."""
    step: float


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of a function with kinks."""

    index: int
    """Index of the call within the run."""
    value: Tensor
    """The input, its first argument."""
    args: tuple[Any, ...]
    """The remaining positional arguments."""
    kwargs: dict[str, Any]


class _KinkedCalls(TorchFunctionMode):
    """Counts calls of functions with kinks whose input depends on the activations."""

    def __init__(self) -> None:
        super().__init__()
        self._calls = 0

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Call `func` with the steps of `_visit` added to its first argument."""
        kwargs = dict(kwargs or {})
        find = _KINKED.get(func)
        if find is not None and args and isinstance(args[0], Tensor) and args[0].requires_grad:
            value, further = args[0], args[1:]
            steps = self._visit(_Call(self._calls, value, further, kwargs), find)
            self._calls += 1
            if steps is not None:
                # If `func` works in place, the steps must be visible to other holders of the tensor too.
                in_place = func in _IN_PLACE or (
                    func in _MAY_WORK_IN_PLACE
                    and any(option is True for option in (*further, *kwargs.values()))
                )
                args = (value.add_(steps) if in_place else value + steps, *further)
        return func(*args, **kwargs)

    def _visit(self, call: _Call, find: _Find) -> Tensor | None:
        """Return the steps to add to the input of the call, or None."""
        raise NotImplementedError


class _WatchKinks(_KinkedCalls):
    """Collects the units within `NEAR` of a kink."""

    def __init__(self) -> None:
        super().__init__()
        self.near: list[_Unit] = []

    def _visit(self, call: _Call, find: _Find) -> None:
        with torch.no_grad():
            size = float(call.value.abs().max()) or 1.0
            for places, steps in find(call):
                # A distance of exactly 0 in float64 is not a rounding error.
                near = (steps != 0) & (steps.abs() <= 2 * NEAR * size)
                for place, step in zip(places[near].tolist(), steps[near].tolist(), strict=True):
                    at = tuple(int(index) for index in np.unravel_index(place, tuple(call.value.shape)))
                    kink = Kink(f"decision {call.index} at {at}", abs(step) / 2 / size)
                    self.near.append(_Unit(kink, call.index, place, step))


class _Flip(_KinkedCalls):
    """Moves units to the other side of their kinks."""

    def __init__(self, units: Sequence[_Unit]) -> None:
        super().__init__()
        self._units = units

    def _visit(self, call: _Call, _find: _Find) -> Tensor | None:
        units = [unit for unit in self._units if unit.call == call.index]
        if not units:
            return None
        steps = torch.zeros(call.value.numel(), dtype=call.value.dtype)
        for unit in units:
            steps[unit.place] += unit.step
        return steps.reshape(call.value.shape)


# -- kinks of functions

_Find = Callable[[_Call], Iterator[tuple[Tensor, Tensor]]]
"""Yields indices into the flattened input of a call, and the steps that mirror the values at the kink."""


def _fixed(*bounds: float) -> _Find:
    """Kinks at fixed values."""

    def find(call: _Call) -> Iterator[tuple[Tensor, Tensor]]:
        for bound in bounds:
            yield _reflected(call.value, bound)

    return find


def _given(**arguments: float | None) -> _Find:
    """Kinks at the values of the given arguments, in call order, with their defaults."""

    def find(call: _Call) -> Iterator[tuple[Tensor, Tensor]]:
        given = {**arguments, **dict(zip(arguments, call.args, strict=False)), **call.kwargs}
        for name in arguments:
            if given[name] is not None:
                yield _reflected(call.value, given[name])

    return find


def _shrink(call: _Call) -> Iterator[tuple[Tensor, Tensor]]:
    """Kinks on both sides of zero."""
    bound = call.args[0] if call.args else call.kwargs.get("lambd", 0.5)
    yield from (_reflected(call.value, bound), _reflected(call.value, -bound))


def _reflected(value: Tensor, bound: float | Tensor) -> tuple[Tensor, Tensor]:
    """Return all indices, and the step of each value to its mirror image at `bound`."""
    return torch.arange(value.numel()), (2 * (bound - value)).reshape(-1)


def _windows(call: _Call) -> Iterator[tuple[Tensor, Tensor]]:
    """The runner-up of each window of 2-d max pooling."""
    names = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
    how = {**dict(zip(names, call.args, strict=False)), **call.kwargs}
    kernel = _two(how["kernel_size"])
    stride = _two(how.get("stride") or kernel)
    padding, dilation = _two(how.get("padding", 0)), _two(how.get("dilation", 1))
    # Pad right and bottom as far as `ceil_mode` windows reach; minus infinity never wins.
    extra = [step - 1 if how.get("ceil_mode") else 0 for step in stride]
    pads = (padding[1], padding[1] + extra[1], padding[0], padding[0] + extra[0])
    places = torch.arange(call.value.numel(), dtype=call.value.dtype).reshape(call.value.shape)
    planes = [
        functional.unfold(
            functional.pad(tensor, pads, value=fill).flatten(0, 1)[:, None], kernel, dilation, 0, stride
        )
        for tensor, fill in ((call.value, -torch.inf), (places, -1.0))
    ]
    yield from _runner_up(*planes, dim=1, kept=1)


def _along(call: _Call) -> Iterator[tuple[Tensor, Tensor]]:
    """The runner-up of a maximum along dimensions."""
    dims = call.args[0] if call.args else call.kwargs.get("dim")
    if isinstance(dims, Tensor):  # `torch.max` of two tensors is elementwise
        yield _reflected(call.value, dims)
        return
    yield from _first(call.value, dims, kept=1)


def _topmost(call: _Call) -> Iterator[tuple[Tensor, Tensor]]:
    """Neighbours in the order of `topk`, including the first one not selected."""
    kept = call.args[0] if call.args else call.kwargs["k"]
    dim = call.args[1] if len(call.args) > 1 else call.kwargs.get("dim", -1)
    for rank in range(1, kept + 1):
        yield from _first(call.value, dim, kept=rank)


def _pooled_to_one(call: _Call) -> Iterator[tuple[Tensor, Tensor]]:
    """The runner-up of global max pooling."""
    size = call.args[0] if call.args else call.kwargs["output_size"]
    if set(_two(size)) == {1}:
        yield from _first(call.value, (-2, -1), kept=1)


def _first(value: Tensor, dims: Any, kept: int) -> Iterator[tuple[Tensor, Tensor]]:
    if dims is None:
        dims = tuple(range(value.ndim))
    dims = [dim % value.ndim for dim in (dims if isinstance(dims, (tuple, list)) else (dims,))]
    others = [dim for dim in range(value.ndim) if dim not in dims]
    places = torch.arange(value.numel(), dtype=value.dtype).reshape(value.shape)
    rows = [tensor.permute(*others, *dims).flatten(len(others)) for tensor in (value, places)]
    yield from _runner_up(*rows, dim=-1, kept=kept)


def _runner_up(values: Tensor, places: Tensor, *, dim: int, kept: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Steps that lift the value after the `kept` largest above the smallest of these."""
    if values.shape[dim] <= kept:
        return
    largest, at = values.topk(kept + 1, dim)
    last, following = largest.select(dim, kept - 1), largest.select(dim, kept)
    place = places.gather(dim, at).select(dim, kept)
    real = torch.isfinite(following) & torch.isfinite(last)
    yield place[real].long(), 2 * (last - following)[real]


def _two(value: Any) -> tuple[int, int]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)


_KINKED: dict[Any, _Find] = {
    **dict.fromkeys(
        (
            functional.relu, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_, functional.leaky_relu,
            functional.leaky_relu_, functional.prelu, torch.prelu, functional.elu, functional.celu,
            functional.selu, functional.rrelu, torch.abs, Tensor.abs, Tensor.__abs__, Tensor.abs_,
        ),
        _fixed(0.0),
    ),
    functional.relu6: _fixed(0.0, 6.0),
    **dict.fromkeys((functional.hardswish, functional.hardsigmoid), _fixed(-3.0, 3.0)),
    functional.hardtanh: _given(min_val=-1.0, max_val=1.0),
    functional.threshold: _given(threshold=None),
    **dict.fromkeys((functional.hardshrink, functional.softshrink), _shrink),
    **dict.fromkeys(
        (torch.clamp, Tensor.clamp, Tensor.clamp_, torch.clip, Tensor.clip), _given(min=None, max=None)
    ),
    **dict.fromkeys((torch.clamp_min, Tensor.clamp_min), _given(min=None)),
    **dict.fromkeys((torch.clamp_max, Tensor.clamp_max), _given(max=None)),
    **dict.fromkeys((torch.maximum, torch.minimum), _given(other=None)),
    **dict.fromkeys(
        (torch.max_pool2d, functional.max_pool2d, functional.max_pool2d_with_indices), _windows
    ),
    **dict.fromkeys(
        (functional.adaptive_max_pool2d, functional.adaptive_max_pool2d_with_indices), _pooled_to_one
    ),
    **dict.fromkeys((torch.amax, Tensor.amax, torch.max, Tensor.max), _along),
    **dict.fromkeys((torch.topk, Tensor.topk), _topmost),
}  # fmt: skip
"""Functions with kinks; kinks of other functions are not considered."""
_IN_PLACE = {torch.relu_, Tensor.relu_, Tensor.abs_, Tensor.clamp_, functional.leaky_relu_}
_MAY_WORK_IN_PLACE = {
    functional.relu, functional.relu6, functional.leaky_relu, functional.elu, functional.celu,
    functional.selu, functional.hardtanh, functional.hardswish, functional.hardsigmoid, functional.threshold,
}  # fmt: skip
"""Functions whose only boolean argument is `inplace`."""

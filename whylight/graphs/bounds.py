"""Bounds of a model file, checked before any work is done.

A file of some kilobytes can unfold to a billion nodes, name a tensor of terabytes, or lead in circles. What
image classifiers need is far below these bounds.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from pathlib import Path
from traceback import clear_frames
from typing import ParamSpec, TypeVar

import onnx
from onnx import TensorProto, external_data_helper, helper

from whylight.errors import ModelError, WhylightError

MOST_NODES = 200_000
"""Nodes of a model, its functions unfolded."""
MOST_TENSORS = 100_000
"""Weights and other constants."""
DEEPEST = 16
"""Graphs inside graphs (`If`, `Loop`), and functions inside functions."""
LONGEST_NAME = 4096
"""Characters of any name."""
_SHOWN = 200
"""Characters of a name that a message repeats."""
LARGEST_TENSOR = 2**33
"""Bytes of a tensor that a file holds or describes."""
LONGEST_SIDE = 8192
"""Pixels of a side of the input."""
MOST_INPUT_VALUES = 2**26
"""Values of an input: 4,096 x 4,096 pixels of three colours fit."""


def require_bounds(model: onnx.ModelProto, path: Path) -> None:
    """Refuse a model beyond the bounds.

    Args:
        model: the model as it was parsed, without external weights.
        path: its file, for messages.

    Raises:
        ModelError: it is beyond a bound, or its graph or functions lead in circles.
    """
    name = path.name
    graphs = list(_graphs(model, name))
    nodes = [node for graph in graphs for node in graph.node]
    functions = {(each.domain, each.name, each.overload): each for each in model.functions}
    _require_unfolded(graphs, functions, name)
    _require_names(graphs, nodes, name)
    tensors = [*_tensors(graphs, nodes)]
    if len(tensors) > MOST_TENSORS:
        raise ModelError(
            "{path}: has {count:,} weights; the limit is {limit:,}",
            path=name,
            count=len(tensors),
            limit=MOST_TENSORS,
        )
    for tensor in tensors:
        _require_tensor(tensor, name)
    for graph in graphs:
        if isinstance(graph, onnx.GraphProto):
            for sparse in graph.sparse_initializer:
                _require_size(sparse.values.name, sparse.dims, sparse.values.data_type, name)
        _require_order(graph, name)
    _require_inputs(model.graph, name)


def require_external(tensor: TensorProto, folder: Path, path: Path) -> tuple[str, int, int | None]:
    """Return location, offset and length of a tensor's external data, checked.

    Args:
        tensor: a tensor with external data.
        folder: the model's folder, resolved.
        path: the model's file, for messages.

    Raises:
        ModelError: the file lies outside the folder or is missing, or offset or length are no numbers or lie
            outside the file.
    """
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    try:
        file = (folder / location).resolve()
        outside, there = not file.is_relative_to(folder), file.is_file()
    except (OSError, ValueError, RuntimeError):  # null characters, too long, links in circles
        outside, there = False, False
    if outside:
        raise ModelError(
            "'{name}': its weights lie outside its folder, in '{location}'; put them beside the "
            "model and save it with a relative path",
            name=path.name,
            location=location[:_SHOWN],
        )
    if not there:
        raise ModelError(
            "'{name}': its weights are missing: there is no '{location}' beside it",
            name=path.name,
            location=location[:_SHOWN],
        )
    offset, length = _whole(entries.get("offset", "0")), _whole(entries.get("length", "0"))
    size = file.stat().st_size
    if offset is None or length is None or offset < 0 or length < 0 or offset > size:
        raise ModelError(
            "'{name}': where its weights lie in '{location}' makes no sense: offset {offset}, length "
            "{length}, and the file has {size:,} bytes",
            name=path.name,
            location=location[:_SHOWN],
            offset=entries.get("offset", "0")[:40],
            length=entries.get("length", "0")[:40],
            size=size,
        )
    if "length" in entries and offset + length > size:
        raise ModelError(
            "'{name}': its weights are cut off: '{location}' ends early",
            name=path.name,
            location=location[:_SHOWN],
        )
    return location, offset, length if "length" in entries else None


def _whole(text: str) -> int | None:
    return int(text) if len(text) < 20 and text.strip().lstrip("-").isdecimal() else None


def _graphs(model: onnx.ModelProto, name: str) -> Iterator[onnx.GraphProto | onnx.FunctionProto]:
    """Yield the graph, the functions, and all graphs inside them."""
    waiting: deque[tuple[onnx.GraphProto | onnx.FunctionProto, int]] = deque(
        (graph, 0) for graph in (model.graph, *model.functions)
    )
    count = 0
    while waiting:
        graph, depth = waiting.popleft()
        count += len(graph.node)
        if count > MOST_NODES:
            raise ModelError("{path}: has more than {limit:,} nodes", path=name, limit=MOST_NODES)
        if depth > DEEPEST:
            raise ModelError(
                "{path}: has graphs inside graphs more than {limit} deep", path=name, limit=DEEPEST
            )
        yield graph
        for node in graph.node:
            for attribute in node.attribute:
                inside = [attribute.g] if attribute.HasField("g") else []
                waiting.extend((each, depth + 1) for each in (*inside, *attribute.graphs))


_Key = tuple[str, str, str]


def _require_unfolded(
    graphs: Iterable[onnx.GraphProto | onnx.FunctionProto],
    functions: dict[_Key, onnx.FunctionProto],
    name: str,
) -> None:
    """Refuse functions that call themselves, or unfold to too many nodes."""
    sizes: dict[_Key, int] = {}

    def calls(graph: onnx.GraphProto | onnx.FunctionProto) -> Iterator[_Key]:
        waiting = [graph]
        while waiting:
            for node in waiting.pop().node:
                key = (node.domain, node.op_type, node.overload)
                if key in functions:
                    yield key
                for attribute in node.attribute:
                    waiting.extend([attribute.g] if attribute.HasField("g") else [])
                    waiting.extend(attribute.graphs)

    def unfolded(key: _Key, above: tuple[_Key, ...]) -> int:
        if key in above:
            raise ModelError("{path}: the function '{function}' calls itself", path=name, function=key[1])
        if len(above) > DEEPEST:
            raise ModelError(
                "{path}: has functions inside functions more than {limit} deep", path=name, limit=DEEPEST
            )
        if key not in sizes:
            inside = (unfolded(call, (*above, key)) for call in calls(functions[key]))
            sizes[key] = len(functions[key].node) + sum(inside)
        return sizes[key]

    total = 0
    for graph in graphs:
        if isinstance(graph, onnx.FunctionProto):
            unfolded((graph.domain, graph.name, graph.overload), ())
            continue
        total += len(graph.node)
        for node in graph.node:
            if (key := (node.domain, node.op_type, node.overload)) in functions:
                total += unfolded(key, ())
        if total > MOST_NODES:
            raise ModelError(
                "{path}: its functions unfold to {count:,} nodes; the limit is {limit:,}",
                path=name,
                count=total,
                limit=MOST_NODES,
            )


def _require_names(
    graphs: Iterable[onnx.GraphProto | onnx.FunctionProto], nodes: Iterable[onnx.NodeProto], path: str
) -> None:
    texts = (
        text
        for source in (
            (name for node in nodes for name in (node.name, node.op_type, *node.input, *node.output)),
            (
                value.name
                for graph in graphs
                if isinstance(graph, onnx.GraphProto)
                for values in (graph.input, graph.output, graph.value_info, graph.initializer)
                for value in values
            ),
        )
        for text in source
    )
    for text in texts:
        if len(text) > LONGEST_NAME:
            raise ModelError(
                "{path}: the name '{beginning}…' has {length:,} characters; the limit is {limit:,}",
                path=path,
                beginning=text[:20],
                length=len(text),
                limit=LONGEST_NAME,
            )


def _tensors(
    graphs: Iterable[onnx.GraphProto | onnx.FunctionProto],
    nodes: Iterable[onnx.NodeProto],
) -> Iterator[TensorProto]:
    for graph in graphs:
        if isinstance(graph, onnx.GraphProto):
            yield from graph.initializer
            for sparse in graph.sparse_initializer:
                yield sparse.values
                yield sparse.indices
    for node in nodes:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            if attribute.HasField("sparse_tensor"):
                yield attribute.sparse_tensor.values


def _require_tensor(tensor: TensorProto, path: str) -> None:
    """Refuse a tensor of impossible size, or with other data than its size says."""
    size = _require_size(tensor.name, tensor.dims, tensor.data_type, path)
    is_outside = external_data_helper.uses_external_data(tensor)
    if tensor.HasField("raw_data") and not is_outside and len(tensor.raw_data) != size:
        raise ModelError(
            "{path}: the tensor '{tensor}' has {found:,} bytes; its shape says {expected:,}",
            path=path,
            tensor=tensor.name[:80],
            found=len(tensor.raw_data),
            expected=size,
        )


def _require_size(tensor: str, dims: Iterable[int], data_type: int, path: str) -> int:
    """Return the bytes of a tensor by its shape."""
    shape = [int(side) for side in dims]
    count = math.prod(shape)
    try:
        bits = _BITS.get(data_type) or 8 * helper.tensor_dtype_to_np_dtype(data_type).itemsize
    except (KeyError, TypeError, ValueError):
        bits = 8
    size = (count * bits + 7) // 8
    if any(side < 0 for side in shape) or size > LARGEST_TENSOR:
        raise ModelError(
            "{path}: the tensor '{tensor}' has the shape {shape}; the limit is {limit:,} bytes",
            path=path,
            tensor=tensor[:80],
            shape=shape[:8],
            limit=LARGEST_TENSOR,
        )
    return size


_BITS = {
    number: 4
    for number in (getattr(TensorProto, name, None) for name in ("UINT4", "INT4", "FLOAT4E2M1"))
    if number is not None
}


def _require_order(graph: onnx.GraphProto | onnx.FunctionProto, path: str) -> None:
    """Refuse a graph whose nodes lead in circles."""
    makers = {output: index for index, node in enumerate(graph.node) for output in node.output if output}
    needs = [
        {makers[name] for name in node.input if name in makers and makers[name] != index}
        | ({index} if any(makers.get(name) == index for name in node.input if name) else set())
        for index, node in enumerate(graph.node)
    ]
    users: dict[int, list[int]] = {}
    for index, before in enumerate(needs):
        for other in before:
            users.setdefault(other, []).append(index)
    waiting = [len(before) for before in needs]
    ready = [index for index, count in enumerate(waiting) if count == 0]
    done = 0
    while ready:
        index = ready.pop()
        done += 1
        for user in users.get(index, ()):
            waiting[user] -= 1
            if waiting[user] == 0:
                ready.append(user)
    if done < len(graph.node):
        raise ModelError("{path}: the nodes of its graph lead in a circle", path=path)


def _require_inputs(graph: onnx.GraphProto, path: str) -> None:
    """Refuse inputs larger than any image that a classifier takes."""
    weights = {tensor.name for tensor in graph.initializer}
    for value in graph.input:
        if value.name in weights:
            continue
        shape = [side.dim_value for side in value.type.tensor_type.shape.dim if side.HasField("dim_value")]
        if any(side > LONGEST_SIDE for side in shape) or math.prod(shape) > MOST_INPUT_VALUES:
            raise ModelError(
                "{path}: its input '{input}' is {shape}; the limit is {side:,} pixels a side and {values:,} "
                "values",
                path=path,
                input=value.name[:80],
                shape=shape[:8],
                side=LONGEST_SIDE,
                values=MOST_INPUT_VALUES,
            )


_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


def refuses_broken_files(function: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """Decorator of functions that read a model file, their first argument.

    Whatever libraries raise about a broken network becomes a `ModelError`; there are too many ways in which a
    network can be broken to find each before.
    """

    @wraps(function)
    def guarded(*given: _Given.args, **options: _Given.kwargs) -> _Result:
        path = given[0] if given else None
        if not isinstance(path, (str, os.PathLike)):
            return function(*given, **options)
        try:
            return function(*given, **options)
        except WhylightError:
            raise
        except MemoryError:
            raise ModelError(
                "{path}: there is not enough memory for this model", path=Path(path).name
            ) from None
        except Exception as error:
            clear_frames(error.__traceback__)  # they hold the network
            raise ModelError(
                "{path}: is no network that can be used: {reason}",
                path=Path(path).name,
                reason=f"{type(error).__name__}: {error}"[:_SHOWN],
            ) from error

    return guarded

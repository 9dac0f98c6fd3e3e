"""Model files that a stranger might send: each is harmless to write and terrible to believe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.whylight.conftest import colour_network

Write = Callable[[Path], None]
HOSTILE: dict[str, tuple[Write, str]] = {}
"""By name: a function that writes the file, and what the refusal says."""


def hostile(says: str) -> Callable[[Write], Write]:
    """Register a model that is to be refused with a message that fits `says`."""

    def add(write: Write) -> Write:
        HOSTILE[write.__name__] = (write, says)
        return write

    return add


def _functions(model: onnx.ModelProto, bodies: Mapping[str, list[str]]) -> None:
    """Add functions of one input and output, whose nodes are named by operator."""
    model.opset_import.append(helper.make_opsetid("evil", 1))
    for name, operators in bodies.items():
        nodes, at = [], "a"
        for index, operator in enumerate(operators):
            domain = "evil" if operator in bodies else ""
            after = "b" if index == len(operators) - 1 else f"v{index}"
            nodes.append(helper.make_node(operator, [at], [after], domain=domain))
            at = after
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid("evil", 1)]
        model.functions.append(helper.make_function("evil", name, ["a"], ["b"], nodes, opsets))
    first = next(iter(bodies))
    model.graph.node[-1].output[0] = "before"
    model.graph.node.append(helper.make_node(first, ["before"], ["scores"], domain="evil"))


@hostile("unfold to")
def billion_laughs(path: Path) -> None:
    model = colour_network()
    bodies = {f"f{level}": [f"f{level + 1}"] * 10 for level in range(9)} | {"f9": ["Relu"] * 10}
    _functions(model, bodies)
    onnx.save(model, path)


@hostile("calls itself")
def self_calling_function(path: Path) -> None:
    model = colour_network()
    _functions(model, {"f": ["g"], "g": ["f"]})
    onnx.save(model, path)


@hostile("functions inside functions")
def deep_functions(path: Path) -> None:
    model = colour_network()
    _functions(model, {f"f{level}": [f"f{level + 1}"] for level in range(60)} | {"f60": ["Relu"]})
    onnx.save(model, path)


@hostile("has more than 200,000 nodes")
def too_many_nodes(path: Path) -> None:
    model = colour_network()
    model.graph.node.extend([helper.make_node("Relu", ["positive"], [f"r{n}"]) for n in range(200_001)])
    onnx.save(model, path)


@hostile("the limit is 100,000")
def too_many_weights(path: Path) -> None:
    model = colour_network()
    model.graph.initializer.extend([numpy_helper.from_array(np.float32(n), f"w{n}") for n in range(100_001)])
    onnx.save(model, path)


@hostile("graphs inside graphs|truncated or damaged")
def deep_graphs(path: Path) -> None:
    inside = helper.make_graph(
        [helper.make_node("Identity", ["positive"], ["out"])],
        "g",
        [],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
    )
    for level in range(20):
        node = helper.make_node(
            "If", ["yes"], [f"out{level}"], then_branch=inside, else_branch=helper.make_graph([], "e", [], [])
        )
        inside = helper.make_graph(
            [node], "g", [], [helper.make_tensor_value_info(f"out{level}", TensorProto.FLOAT, None)]
        )
    model = colour_network()
    model.graph.initializer.append(numpy_helper.from_array(np.array(True), "yes"))
    model.graph.node.append(helper.make_node("If", ["yes"], ["deep"], then_branch=inside, else_branch=inside))
    onnx.save(model, path)


@hostile("the limit is 8,192 pixels a side")
def huge_input(path: Path) -> None:
    model = colour_network()
    for axis in (2, 3):
        model.graph.input[0].type.tensor_type.shape.dim[axis].dim_value = 12_000
    onnx.save(model, path)


@hostile("has 100,000 characters; the limit is 4,096")
def endless_name(path: Path) -> None:
    model = colour_network()
    name = "(" * 100_000
    model.graph.node[1].output[0] = model.graph.node[2].input[0] = name
    onnx.save(model, path)


@hostile("has the shape")
def sparse_giant(path: Path) -> None:
    model = colour_network()
    values = numpy_helper.from_array(np.ones(1, np.float32), "giant")
    indices = numpy_helper.from_array(np.zeros(1, np.int64), "at")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [2**16, 2**17]))
    onnx.save(model, path)


@hostile("has the shape")
def negative_shape(path: Path) -> None:
    model = colour_network()
    model.graph.initializer[0].dims[0] = -3
    onnx.save(model, path)


@hostile("has the shape")
def weight_of_exabytes(path: Path) -> None:
    model = colour_network()
    model.graph.initializer[0].dims[0] = 2**60
    onnx.save(model, path)


@hostile("bytes; its shape says")
def lying_shape(path: Path) -> None:
    model = colour_network()
    model.graph.initializer[0].dims[0] = 4
    onnx.save(model, path)


@hostile("lead in a circle")
def circle(path: Path) -> None:
    model = colour_network()
    model.graph.node[0].input[0] = "positive"
    onnx.save(model, path)


@hostile("lead in a circle")
def node_of_itself(path: Path) -> None:
    model = colour_network()
    model.graph.node.append(helper.make_node("Add", ["positive", "self"], ["self"]))
    onnx.save(model, path)


def _external(path: Path, **entries: str) -> None:
    model = colour_network()
    tensor = model.graph.initializer[1]
    (path.parent / "weights.bin").write_bytes(tensor.raw_data)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": "weights.bin", **entries}.items():
        tensor.external_data.add(key=key, value=value)
    path.write_bytes(model.SerializeToString())


@hostile("makes no sense")
def offset_of_text(path: Path) -> None:
    _external(path, offset="twelve")


@hostile("makes no sense")
def negative_offset(path: Path) -> None:
    _external(path, offset="-4")


@hostile("makes no sense")
def huge_offset(path: Path) -> None:
    _external(path, offset=str(2**62))


@hostile("makes no sense")
def endless_offset(path: Path) -> None:
    _external(path, offset="9" * 5000)


@hostile("cut off")
def huge_length(path: Path) -> None:
    _external(path, length=str(2**50))


@hostile("makes no sense")
def negative_length(path: Path) -> None:
    _external(path, length="-1")


@hostile("outside its folder")
def weights_of_others(path: Path) -> None:
    _external(path, location="../../../../../etc/passwd")


@hostile("outside its folder")
def weights_at_the_root(path: Path) -> None:
    _external(path, location="/etc/passwd")


@hostile("are missing|outside its folder")
def weights_with_a_null(path: Path) -> None:
    _external(path, location="wei\0ghts")


@hostile("are missing")
def weights_of_a_long_name(path: Path) -> None:
    _external(path, location="x" * 100_000)


@hostile("outside its folder")
def weights_through_a_link(path: Path) -> None:
    (path.parent / "link.bin").symlink_to("/etc/passwd")
    _external(path, location="link.bin")


@hostile("no nodes")
def nothing(path: Path) -> None:
    model = colour_network()
    del model.graph.node[:]
    onnx.save(model, path)


def endless_loop(path: Path) -> None:
    """A loop that ONNX Runtime itself finds nothing wrong with."""
    model = colour_network()
    add_endless_loop(model, 3)
    onnx.save(model, path)


def add_endless_loop(model: onnx.ModelProto, columns: int) -> None:
    """Put a loop without an end behind the one output, float32 `[N, columns]`."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["on"]),
            helper.make_node("Mul", ["x_in", "half"], ["x_out"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x_in", TensorProto.FLOAT, ["N", columns]),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x_out", TensorProto.FLOAT, ["N", columns]),
        ],
    )
    output = model.graph.output[0].name
    model.graph.node[-1].output[0] = "before"
    model.graph.initializer.extend(
        [
            numpy_helper.from_array(np.array(True), "yes"),
            numpy_helper.from_array(np.float32(0.5), "half"),
        ]
    )
    model.graph.node.append(helper.make_node("Loop", ["", "yes", "before"], [output], "forever", body=body))


def gigabytes_at_run_time(path: Path) -> None:
    """A file of some hundred bytes whose run asks for 64 GB."""
    model = colour_network()
    model.graph.node[-1].output[0] = "before"
    model.graph.initializer.append(numpy_helper.from_array(np.array([2**17, 2**17], np.int64), "shape"))
    model.graph.node.extend(
        [
            helper.make_node("ConstantOfShape", ["shape"], ["giant"]),
            helper.make_node("ReduceSum", ["giant"], ["sum"], keepdims=0),
            helper.make_node("Add", ["before", "sum"], ["scores"]),
        ]
    )
    onnx.save(model, path)

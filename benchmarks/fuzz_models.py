"""Damage ONNX files in many ways: each is adopted or refused with words.

    python -m benchmarks.fuzz_models [--cases 5000] [--seed 0] [--keep FOLDER]

Half of the cases change bytes of the file, half change the graph: operators, names, attributes, shapes and
types of weights and inputs, nodes left out, repeated or rewired, subgraphs put in. A fault is a crash of the
process, an error that is not Whylight's, or a case that takes longer than the limit. Window and command line
adopt in a child process, where the same faults end with words too.
"""

from __future__ import annotations

import argparse
import copy
import math
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from benchmarks.fuzzing import Findings, run_cases
from benchmarks.timing import machine
from whylight.errors import WhylightError

LIMIT_S, MEMORY_MB = 30.0, 4000
SIZE = 16
_OPERATORS = (
    *(
        "Abs",
        "Add",
        "ArgMax",
        "Cast",
        "Clip",
        "Concat",
        "Conv",
        "ConstantOfShape",
        "CumSum",
        "Div",
        "Dropout",
    ),
    *(
        "Einsum",
        "Expand",
        "Flatten",
        "Gather",
        "Gemm",
        "GlobalAveragePool",
        "Identity",
        "If",
        "Loop",
        "MatMul",
    ),
    *(
        "MaxPool",
        "NonZero",
        "Pad",
        "Range",
        "Reshape",
        "Resize",
        "Scan",
        "Shape",
        "Slice",
        "Split",
        "Squeeze",
    ),
    *("Tile", "TopK", "Transpose", "Unsqueeze", "Where", "NotAnOperator"),
)
_NUMBERS = (0, 1, -1, 2, 7, 2**15, 2**31 - 1, -(2**31), 2**40, 2**62)


def main() -> int:
    """Run the cases, print what was found, and return 1 for a fault."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz_models", description=__doc__)
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write the files of faults there")
    arguments = parser.parse_args()
    print(f"{machine()}, {date.today()}")
    findings = fuzz(arguments.cases, arguments.seed)
    print("\n".join(findings.lines()))
    if arguments.keep is not None:
        arguments.keep.mkdir(parents=True, exist_ok=True)
        for fault in findings.faults:
            number = int(fault.split()[1].rstrip(":"))
            (arguments.keep / f"{number}.onnx").write_bytes(damaged(number, arguments.seed))
    return 1 if findings.faults else 0


def fuzz(count: int, seed: int) -> Findings:
    """Adopt `count` damaged models."""

    def case(number: int) -> str:
        from whylight.adoption.adopt import adopt

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "theirs.onnx"
            path.write_bytes(damaged(number, seed))
            try:
                adopt(path, preprocessing="unit")
            except WhylightError:
                return "refused"
        return "adopted"

    return run_cases(case, count, limit_s=LIMIT_S, memory_mb=MEMORY_MB, chunk=50)


def network() -> onnx.ModelProto:
    """Return a small classifier with the operators of large ones."""
    random = np.random.default_rng(0)

    def weight(name: str, *shape: int) -> onnx.TensorProto:
        return numpy_helper.from_array(random.normal(size=shape).astype(np.float32) / 4, name)

    nodes = [
        helper.make_node("Conv", ["x", "w0", "b0"], ["c0"], "first", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c0"], ["r0"], "relu"),
        helper.make_node("MaxPool", ["r0"], ["p0"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["p0", "w1", "b1"], ["c1"], "second", pads=[1, 1, 1, 1]),
        helper.make_node("Add", ["c1", "p0"], ["a1"], "skip"),
        helper.make_node("Sigmoid", ["a1"], ["s1"], "gate"),
        helper.make_node("Mul", ["a1", "s1"], ["m1"], "silu"),
        helper.make_node("GlobalAveragePool", ["m1"], ["g"], "mean"),
        helper.make_node("Reshape", ["g", "flat"], ["f"], "reshape"),
        helper.make_node("Gemm", ["f", "w2", "b2"], ["scores"], "head"),
    ]
    weights = [
        weight("w0", 8, 3, 3, 3), weight("b0", 8), weight("w1", 8, 8, 3, 3), weight("b1", 8),
        weight("w2", 8, 5), weight("b2", 5), numpy_helper.from_array(np.array([-1, 8], np.int64), "flat"),
    ]  # fmt: skip
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", 5])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
    model.ir_version = 10
    return model


def damaged(number: int, seed: int) -> bytes:
    """Return the damaged file of a number."""
    random = np.random.default_rng((seed, number))
    if number % 2:
        data = bytearray(network().SerializeToString())
        for _ in range(1 + int(random.geometric(0.5))):
            at = int(random.integers(len(data)))
            change = int(random.integers(5))
            if change == 0:
                data[at] ^= 1 << int(random.integers(8))
            elif change == 1:
                data[at] = int(random.integers(256))
            elif change == 2:
                del data[at : at + int(random.integers(1, 40))]
            elif change == 3:
                data[at:at] = data[at : at + int(random.integers(1, 200))]
            else:
                del data[at:]
            if not data:
                break
        return bytes(data)
    model = network()
    for _ in range(1 + int(random.geometric(0.5))):
        _change(model, random)
    return model.SerializeToString()


def _change(model: onnx.ModelProto, random: np.random.Generator) -> None:
    """Change the graph in one of many ways."""
    graph = model.graph
    if not graph.node or not graph.initializer:
        return
    names = [name for node in graph.node for name in (*node.input, *node.output)] + ["", "nowhere"]
    node = graph.node[int(random.integers(len(graph.node)))]
    weight = graph.initializer[int(random.integers(len(graph.initializer)))]
    change = int(random.integers(16))
    if change == 0:
        node.op_type = str(random.choice(_OPERATORS))
    elif change == 1 and node.input:
        node.input[int(random.integers(len(node.input)))] = str(random.choice(names))
    elif change == 2 and node.output:
        node.output[int(random.integers(len(node.output)))] = str(random.choice(names))
    elif change == 3:
        graph.node.remove(node)
    elif change == 4:
        graph.node.append(copy.deepcopy(node))
    elif change == 5 and weight.dims:
        weight.dims[int(random.integers(len(weight.dims)))] = int(random.choice(_NUMBERS))
    elif change == 6:
        weight.data_type = int(random.integers(0, 26))
    elif change == 7:
        weight.raw_data = weight.raw_data[: int(random.integers(len(weight.raw_data) + 1))]
    elif change == 8:
        name = str(random.choice(["axis", "axes", "kernel_shape", "pads", "strides", "group", "to", "perm"]))
        if random.random() < 0.5:
            values = [int(random.choice(_NUMBERS)) for _ in range(int(random.integers(1, 9)))]
            node.attribute.append(helper.make_attribute(name, values))
        else:
            node.attribute.append(helper.make_attribute(name, int(random.choice(_NUMBERS))))
    elif change == 9 and node.attribute:
        attribute = node.attribute[int(random.integers(len(node.attribute)))]
        for index in range(len(attribute.ints)):
            if random.random() < 0.5:
                attribute.ints[index] = int(random.choice(_NUMBERS))
    elif change == 10:
        side = graph.input[0].type.tensor_type.shape.dim[int(random.integers(4))]
        side.dim_value = int(random.choice(_NUMBERS))
    elif change == 11:
        graph.input[0].type.tensor_type.elem_type = int(random.integers(0, 24))
    elif change == 12:
        model.opset_import[0].version = int(random.choice([0, 1, 7, 13, 21, 99, 2**31, -1]))
    elif change == 13:
        node.domain = str(random.choice(["", "ai.onnx", "com.microsoft", "evil"]))
    elif change == 14:
        if 0 <= math.prod(weight.dims) < 10**6:
            values = np.full(tuple(weight.dims), random.choice([np.nan, np.inf, 3e38, 0]), np.float32)
            weight.CopyFrom(numpy_helper.from_array(values, weight.name))
    else:
        inside = helper.make_graph(
            [copy.deepcopy(node)], "g", [], [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)]
        )
        graph.node.append(helper.make_node("If", [str(random.choice(names))], ["out"], then_branch=inside))


if __name__ == "__main__":
    sys.exit(main())

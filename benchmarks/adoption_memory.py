"""Memory needed to adopt a model, relative to the size of its file.

    python -m benchmarks.adoption_memory [--megabytes 300]

Generates a chain of convolutions with random weights (in one file up to a gigabyte, with external data above)
and adopts it with `whylight adopt`. Both run in separate processes; the peak resident memory of the second is
read from the system (Linux, macOS).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from time import perf_counter

import numpy as np
import onnx
from onnx import TensorProto, helper

from benchmarks.timing import machine
from whylight.graphs.builder import LARGEST_MESSAGE

CHANNELS = 512
CLASSES = 10
SIZE = 32


def main() -> None:
    """Generate the model, adopt it and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.adoption_memory", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=300, help="size of the model (default: %(default)s)")
    parser.add_argument("--generate", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.generate is not None:
        generate(arguments.generate, arguments.megabytes * 10**6)
        return
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.onnx"
        # In a separate process: a child starts with the resident memory of its parent.
        wanted = ["--megabytes", str(arguments.megabytes), "--generate", str(model)]
        subprocess.run([sys.executable, "-m", "benchmarks.adoption_memory", *wanted], check=True)
        size_mb = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
        command = ["adopt", str(model), "--preprocessing", "unit", "--out", str(Path(folder) / "out.onnx")]
        started = perf_counter()
        process = subprocess.Popen([sys.executable, "-m", "whylight", *command])
        _, status, used = os.wait4(process.pid, 0)
        elapsed_s = perf_counter() - started
    if status:
        raise SystemExit("the model was not adopted")
    peak = used.ru_maxrss
    peak_mb = peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
    print(f"{machine()}, {date.today()}")
    print(
        f"A model of {size_mb:,.0f} MB was adopted in {elapsed_s:.0f} s with at most {peak_mb:,.0f} MB, "
        f"{peak_mb / size_mb:.1f} times its size."
    )


def generate(path: Path, size: int) -> None:
    """Write a classifier with about `size` bytes of weights."""
    rng = np.random.default_rng(0)
    external = size > LARGEST_MESSAGE
    weights: list[onnx.TensorProto] = []
    nodes: list[onnx.NodeProto] = []
    data = path.with_name(f"{path.name}.data")

    def weight(shape: tuple[int, ...]) -> str:
        name = f"w{len(weights)}"
        value = rng.standard_normal(shape, np.float32) * np.float32(np.prod(shape[1:]) ** -0.5)
        tensor = onnx.TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape)
        if external:
            with data.open("ab") as file:
                place = {"location": data.name, "offset": file.tell(), "length": value.nbytes}
                file.write(value.tobytes())
            tensor.data_location = TensorProto.EXTERNAL
            for key, entry in place.items():
                tensor.external_data.add(key=key, value=str(entry))
        else:
            tensor.raw_data = value.tobytes()
        weights.append(tensor)
        return name

    def node(op_type: str, *inputs: str, **attributes: object) -> str:
        nodes.append(helper.make_node(op_type, inputs, [f"t{len(nodes)}"], **attributes))
        return str(nodes[-1].output[0])

    last = node("Relu", node("Conv", "pictures", weight((CHANNELS, 3, 7, 7)), strides=[4, 4]))
    kernel = (CHANNELS, CHANNELS, 3, 3)
    for _ in range(round(size / (4 * np.prod(kernel)))):
        last = node("Relu", node("Conv", last, weight(kernel), pads=[1, 1, 1, 1]))
    pooled = node("Flatten", node("GlobalAveragePool", last))
    scores = node("Gemm", pooled, weight((CLASSES, CHANNELS)), transB=1)
    graph = helper.make_graph(
        nodes,
        "chain",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["N", 3, SIZE, SIZE])],
        [helper.make_tensor_value_info(scores, TensorProto.FLOAT, ["N", CLASSES])],
        weights,
    )
    path.write_bytes(
        helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
        ).SerializeToString()
    )


if __name__ == "__main__":
    main()

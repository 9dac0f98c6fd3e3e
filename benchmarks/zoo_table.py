"""The zoo's results as a page."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

AIM = 1e-4
_PROGRAMS = ("torch", "torchvision", "onnx", "onnxruntime")

_HEAD = """# Coverage

Which architectures can be adopted, and how exact their gradients are. Written by `python -m benchmarks.zoo`
({programs}; Python {python}, {system}); not to be edited by hand.

Every network has random weights and randomised norm statistics. It is exported to ONNX, adopted with
`explain.adopt`, and explained at the default layer and at the layer three blocks before it, two pictures and
three scores at once. **Error** is the largest difference between the gradient graph's result and the
oracle's, relative to the largest gradient. The aim is {aim:.0e}.

The slopes of ReLU, ReLU6 and HardSwish jump. Where a picture puts a value onto such a jump but for rounding,
either slope is right, and autograd's own gradient changes by as much when the activations change by 3e-7:
such pictures are passed over for the next random ones, and a * for each stands behind the error.

"""


def write_table(path: Path, results: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the page from the results by name."""
    programs = ", ".join(f"{program} {version(program)}" for program in _PROGRAMS)
    text = _HEAD.format(
        programs=programs, python=platform.python_version(), system=platform.system(), aim=AIM
    )
    groups = (
        ("TorchVision, exported by PyTorch with a dynamic batch; oracle: autograd", _is_modern),
        ("TorchVision, exported by PyTorch's older exporter for one picture; oracle: autograd", _is_legacy),
        (
            "The `light` networks of the `onnx` package, operator set 9, batch fixed to one; "
            "oracle: finite differences in float64",
            _is_light,
        ),
    )
    for title, belongs in groups:
        rows = {name: row for name, row in results.items() if belongs(name)}
        if rows:
            text += _section(title, rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.rstrip() + "\n", encoding="utf-8")


def _section(title: str, rows: Mapping[str, Mapping[str, Any]]) -> str:
    good = sum(_is_good(row) for row in rows.values())
    lines = [
        f"## {title}",
        "",
        f"**{good} of {len(rows)}** within {AIM:.0e} at both layers.",
        "",
        "| network | parameters | operator set | default layer | error | three blocks before | error |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in rows.items():
        shown = name.removesuffix(":legacy")
        if "failure" in row:
            lines.append(f"| {shown} | | | failed: {row['failure']} | | | |")
            continue
        cells = [
            f"{cell['op_type']} {cell['map']} | {cell['error']:.1e}{'*' * cell['kinks']}"
            for cell in row["layers"]
        ]
        millions = f"{row['parameters'] / 1e6:.1f} M"
        lines.append(f"| {shown} | {millions} | {row['opset']} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n\n"


def _is_good(row: Mapping[str, Any]) -> bool:
    return "failure" not in row and all(layer["error"] <= AIM for layer in row["layers"])


def _is_modern(name: str) -> bool:
    return not _is_legacy(name) and not _is_light(name)


def _is_legacy(name: str) -> bool:
    return name.endswith(":legacy")


def _is_light(name: str) -> bool:
    return name.startswith("light_")

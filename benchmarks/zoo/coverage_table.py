"""Write the results of the zoo as a page."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

AIM = 1e-4
_PROGRAMS = ("torch", "torchvision", "onnx", "onnxruntime")
_OTHERS = ("timm/", "transformers/")

_HEAD = """# Coverage

Which architectures can be adopted, and how exact their gradients are. Written by `python -m benchmarks.zoo`
({programs}; Python {python}, {system}); not to be edited by hand.

Every network has random weights and randomised norm statistics. It is exported to ONNX, adopted with
`whylight.adopt`, and explained at the default layer and at the layer three blocks before it, two images and
three scores at once. **Errors** are the largest difference between the gradient graph's result and the
oracle's, relative to the largest gradient. The aim is {aim:.0e}. They are given twice:

- **float64** asks whether the gradient graph is right: it is computed in float64 (by ONNX's reference
  implementation), and so is the oracle, from the same activations. What remains, often 2e-08, is that
  constants such as 1/49 lie in the file as float32.
- **float32** is what a user gets: both graphs run by ONNX Runtime, compared with the oracle in float32 at the
  same activations. The slopes of ReLU and its kin jump, and a deep network with random weights blows rounding
  up: where the error passes the aim, the figure in brackets is how far PyTorch's own float32 gradient is
  from PyTorch's own float64 gradient at the very same activations.

"""


def write_table(path: Path, results: Mapping[str, Mapping[str, Any] | None]) -> None:
    """Write the page from results by name; None marks networks not yet measured."""
    programs = ", ".join(f"{program} {version(program)}" for program in _PROGRAMS)
    text = _HEAD.format(
        programs=programs, python=platform.python_version(), system=platform.system(), aim=AIM
    )
    groups = (
        (
            "TorchVision, exported with a dynamic batch by PyTorch's exporter (operator set 20) or by its "
            "older one (17); oracle: autograd",
            _is_dynamic,
        ),
        ("TorchVision, exported by the older exporter for one image; oracle: autograd", _is_fixed),
        (
            "The `light` networks of the `onnx` package, operator set 9, batch fixed to one; "
            "oracle: finite differences in float64",
            _is_light,
        ),
        (
            "timm, the smallest of each family on small images, operator set 20; oracle: autograd",
            lambda name: name.startswith(_OTHERS[0]),
        ),
        (
            "Hugging Face's transformers, each architecture with tiny layers; oracle: autograd",
            lambda name: name.startswith(_OTHERS[1]),
        ),
    )
    for title, belongs in groups:
        rows = {name: row for name, row in results.items() if row is not None and belongs(name)}
        programs = sorted({row["program"] for row in rows.values() if "program" in row})
        title += f" ({', '.join(programs)})" if programs else ""
        left = [name for name, row in results.items() if row is None and belongs(name)]
        text += _section(title, rows, left)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.rstrip() + "\n", encoding="utf-8")


def _section(title: str, rows: Mapping[str, Mapping[str, Any]], left: Sequence[str]) -> str:
    exact, rounded = (sum(_is_good(row, kind) for row in rows.values()) for kind in ("float64", "float32"))
    lines = [
        f"## {title}",
        "",
        f"**{exact} of {len(rows)}** within {AIM:.0e} at both layers in float64, {rounded} in float32."
        + (f" Still to be measured, {len(left)}: {', '.join(map(_shown, left))}." if left else ""),
        "",
        "| network | parameters | operator set | default layer | float64 | float32 "
        "| three blocks before | float64 | float32 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, row in rows.items():
        if "failure" in row:
            lines.append(f"| {_shown(name)} | | | failed: {row['failure']} | | | | | |")
            continue
        millions = f"{row['parameters'] / 1e6:.1f} M"
        cells = " | ".join(_cells(layer) for layer in row["layers"])
        lines.append(f"| {_shown(name)} | {millions} | {row['opset']} | {cells} |")
    return "\n".join(lines) + "\n\n"


def _cells(layer: Mapping[str, Any]) -> str:
    own = f" ({layer['own']:.1e})" if layer["own"] is not None else ""
    return f"{layer['op_type']} {layer['map']} | {layer['float64']:.1e} | {layer['float32']:.1e}{own}"


def _is_good(row: Mapping[str, Any], kind: str) -> bool:
    return "failure" not in row and all(layer[kind] <= AIM for layer in row["layers"])


def _shown(name: str) -> str:
    """Strip the zoo's prefixes and suffixes from a name."""
    return name.removesuffix(":fixed").rsplit("/")[-1]


def _is_dynamic(name: str) -> bool:
    return not (_is_fixed(name) or _is_light(name) or name.startswith(_OTHERS))


def _is_fixed(name: str) -> bool:
    return name.endswith(":fixed")


def _is_light(name: str) -> bool:
    return name.startswith("light_")

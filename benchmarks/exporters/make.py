"""Export classifiers with one tool, with its own inputs and answers beside.

    python -m benchmarks.exporters.make torchvision --out build/exporters

Run it in an environment that has the tool's packages (each module of `owners` names them); Whylight is not
needed there.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from benchmarks.exporters.pictures import write_pictures

FAMILIES = ("torchvision", "timm", "keras", "tflite", "ultralytics", "transformers", "paddle")


def main() -> None:
    """Write a folder for each network of the named tools."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("family", choices=FAMILIES, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    pictures = write_pictures(arguments.out / "pictures")
    for family in arguments.family:
        owner = importlib.import_module(f"benchmarks.exporters.owners.{family}_owner")
        for name in owner.NETWORKS:
            folder = arguments.out / f"{family}-{name}"
            folder.mkdir(parents=True, exist_ok=True)
            case = owner.make(name, folder, pictures)
            case.write(folder)
            print(folder, flush=True)


if __name__ == "__main__":
    main()

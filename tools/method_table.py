"""Write the table of `whylight.METHODS` into README.md and docs/library.md.

    python -m tools.method_table

A test fails while the table in a document is not the one written here.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import whylight

ROOT = Path(__file__).parents[1]
DOCUMENTS = (ROOT / "README.md", ROOT / "docs" / "library.md")
BEGIN, END = "<!-- begin: tools.method_table -->", "<!-- end: tools.method_table -->"


def main() -> None:
    """Write the table between the two markers of each document."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        after = rest.split(END)[1]
        document.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")


def table() -> str:
    """The methods in Markdown, a row each."""
    rows = ["| method | what its map shows | needs | paper |", "|---|---|---|---|"]
    for name, method in whylight.METHODS.items():
        if method.needs == "gradients":
            needs = "gradients"
        else:
            needs = "answers and a layer" if method.needs_layer else "answers alone"
        rows.append(f"| `{name}` | {method.summary} | {needs} | {method.paper} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()

"""MkDocs hooks: a page for each notebook in docs/notebooks."""

from __future__ import annotations

import json
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

REPOSITORY = "https://github.com/whylight/whylight/blob/main"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add `notebooks/NAME.md` for every `notebooks/NAME.ipynb`."""
    for path in sorted((Path(config.docs_dir) / "notebooks").glob("*.ipynb")):
        files.append(File.generated(config, f"notebooks/{path.stem}.md", content=as_markdown(path)))
    return files


def as_markdown(path: Path) -> str:
    """Return a notebook's text and code as a page that links to the notebook."""
    parts = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        parts.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
    link = f"This page is a notebook: [{path.name}]({REPOSITORY}/docs/notebooks/{path.name})."
    return "\n\n".join([parts[0], link, *parts[1:]]) + "\n"

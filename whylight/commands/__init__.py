"""Sub-commands of the command line `whylight`, one module each.

Each module has `make_parser(prog)`, which needs an extra only for `train`, and `main(argv, prog)`, which runs
the sub-command and returns its exit status. Modules are imported on demand, so that the window opens quickly.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType, ModuleType

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "window": "open the window on images, folders or a model (the default)",
        "explain": "explain images without a window: a report, maps, or JSON",
        "adopt": "convert any ONNX image classifier to an explainable pair",
        "layers": "list the layers of a model that can be explained",
        "evaluate": "measure the faithfulness of methods",
        "train": "train a network of your own (extra 'train')",
        "export": "turn a training run into a verified pair (extra 'train')",
        "self-test": "check this installation",
        "completion": "print the completion script of a shell",
    }
)
"""Sub-commands and their summaries."""


def module_name(command: str) -> str:
    """Return the name of the module of a sub-command."""
    return f"{__name__}.{command.replace('-', '_')}"


def load_command(command: str) -> ModuleType:
    """Import the module of a sub-command."""
    return import_module(module_name(command))

"""Name the tensors of an exported network after its modules."""

from __future__ import annotations

import ast
from collections import Counter

import onnx

SCOPES = "pkg.torch.onnx.name_scopes"
"""Node metadata of PyTorch's exporter: enclosing modules, outermost first, and the call."""


def restore_module_names(network: onnx.ModelProto, root: str) -> None:
    """Name inner tensors after the modules that compute them, in place.

    Users choose layers by name, and `features.13` (as in `named_modules`) is more useful than the exporter's
    `getitem_42`. The last tensor computed by a module has the module's name, earlier ones have the operator
    appended (`features.13.relu`). Outputs of the network, and tensors without metadata, keep their names.

    Args:
        network: a model made by PyTorch's exporter.
        root: name of the module that contains the network; removed from the names.
    """
    graph = network.graph
    # Names that must be kept, and the last tensor of each module.
    given = {value.name for value in (*graph.input, *graph.output)} | {t.name for t in graph.initializer}
    taken = given | {name for node in graph.node for name in node.output}
    modules = {node.output[0]: module for node in graph.node if (module := _module_of(node, root))}
    last = {module: tensor for tensor, module in modules.items()}
    # Choose unique names.
    names: dict[str, str] = {}
    used: Counter[str] = Counter()
    for node in graph.node:
        tensor = node.output[0]
        if tensor in modules and tensor not in given:
            module = modules[tensor]
            name = module if last[module] == tensor else f"{module}.{node.op_type.lower()}"
            used[name] += 1
            name = name if used[name] == 1 else f"{name}_{used[name]}"
            if name not in taken:
                names[tensor] = name
                taken.add(name)
    for node in graph.node:
        # Rename all uses.
        for place in (node.input, node.output):
            place[:] = [names.get(name, name) for name in place]
    for value in graph.value_info:
        value.name = names.get(value.name, value.name)


def _module_of(node: onnx.NodeProto, root: str) -> str:
    """Return the module that called the node; empty if unknown or the root."""
    noted = next((entry.value for entry in node.metadata_props if entry.key == SCOPES), "[]")
    scopes = ast.literal_eval(noted)
    module = str(scopes[-2]) if len(scopes) >= 2 else ""
    return module.removeprefix(f"{root}.") if module.startswith(f"{root}.") else ""

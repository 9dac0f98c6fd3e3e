"""Names of modules for the tensors of an exported network."""

from __future__ import annotations

import ast
from collections import Counter

import onnx

SCOPES = "pkg.torch.onnx.name_scopes"
"""What PyTorch's exporter notes at a node: the modules around it, outermost first, and the call itself."""


def restore_module_names(network: onnx.ModelProto, root: str) -> None:
    """Name inner tensors after the modules that they come out of, in place.

    People choose a layer by its name: `features.13`, as `named_modules` has it, says more than the exporter's
    `getitem_42`. The last tensor that a module computes itself has the module's name, those before it have
    the operator's behind it (`features.13.relu`). Outputs of the network keep their names, and so does every
    tensor of which the exporter noted nothing.

    Args:
        network: as PyTorch's exporter made it.
        root: name of the module in which the network itself lies; it is left out of the names.
    """
    graph = network.graph
    given = {value.name for value in (*graph.input, *graph.output)} | {t.name for t in graph.initializer}
    taken = given | {name for node in graph.node for name in node.output}
    modules = {node.output[0]: module for node in graph.node if (module := _module_of(node, root))}
    last = {module: tensor for tensor, module in modules.items()}
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
        for place in (node.input, node.output):
            place[:] = [names.get(name, name) for name in place]
    for value in graph.value_info:
        value.name = names.get(value.name, value.name)


def _module_of(node: onnx.NodeProto, root: str) -> str:
    """The module whose `forward` called the node; empty where it is not known or is the root itself."""
    noted = next((entry.value for entry in node.metadata_props if entry.key == SCOPES), "[]")
    scopes = ast.literal_eval(noted)
    module = str(scopes[-2]) if len(scopes) >= 2 else ""
    return module.removeprefix(f"{root}.") if module.startswith(f"{root}.") else ""

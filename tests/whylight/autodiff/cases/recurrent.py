"""Cases of recurrent layers: the target's rows one after the other."""

from __future__ import annotations

import numpy as np
import torch

from tests.whylight.autodiff.cases.scatter import case, ints, node, tensor

_RNG = np.random.default_rng(6)
_HIDDEN = 3
_ONNX_GATES = [0, 3, 1, 2]  # PyTorch's are i, f, g, o; ONNX's i, o, f, c


def _weights(directions: int) -> dict[str, np.ndarray]:
    return {
        "w": _RNG.standard_normal((directions, 4 * _HIDDEN, 10)) * 0.5,
        "r": _RNG.standard_normal((directions, 4 * _HIDDEN, _HIDDEN)) * 0.5,
        "b": _RNG.standard_normal((directions, 8 * _HIDDEN)) * 0.5,
    }


def _in_torch_order(weights: np.ndarray) -> torch.Tensor:
    gates = weights.reshape(4, _HIDDEN, *weights.shape[1:])
    return tensor(gates[np.argsort(_ONNX_GATES)].reshape(weights.shape))


def _layer(weights: dict[str, np.ndarray], directions: int) -> torch.nn.LSTM:
    layer = torch.nn.LSTM(10, _HIDDEN, bidirectional=directions == 2).double().requires_grad_(False)
    for index in range(directions):
        suffix = "l0_reverse" if index else "l0"
        input_bias, state_bias = np.split(weights["b"][index], 2)
        layer.get_parameter(f"weight_ih_{suffix}").copy_(_in_torch_order(weights["w"][index]))
        layer.get_parameter(f"weight_hh_{suffix}").copy_(_in_torch_order(weights["r"][index]))
        layer.get_parameter(f"bias_ih_{suffix}").copy_(_in_torch_order(input_bias))
        layer.get_parameter(f"bias_hh_{suffix}").copy_(_in_torch_order(state_bias))
    return layer


def _rows(x: torch.Tensor) -> torch.Tensor:
    """`[5, N, 10]`: five times."""
    return x.reshape(-1, 5, 10).transpose(0, 1)


_ROWS = (node("Reshape", "a places", "p"), node("Transpose", "p", "x", perm=[1, 0, 2]))
_BOTH, _ONE = _weights(2), _weights(1)
_STATE = _RNG.standard_normal((1, 1, _HIDDEN))


def _turned(x: torch.Tensor) -> torch.Tensor:
    """From the last time to the first, with a first state."""
    start = tensor(_STATE).expand(1, len(x), _HIDDEN).contiguous()
    return _layer(_ONE, 1)(_rows(x).flip(0), (start, start))[0].flip(0).transpose(0, 1)


def _ends(x: torch.Tensor) -> torch.Tensor:
    _, (state, cell) = _layer(_ONE, 1)(_rows(x))
    return torch.cat([state[0], cell[0]], 1)


CASES = [
    case(
        "lstm-both-ways",
        *_ROWS,
        node("LSTM", "x w r b", "h", direction="bidirectional", hidden_size=_HIDDEN),
        node("Transpose", "h", perm=[2, 0, 1, 3]),
        places=ints(-1, 5, 10),
        torch=lambda x: _layer(_BOTH, 2)(_rows(x))[0].transpose(0, 1),
        features=30,
        reference_flaw="knows one direction only",
        **_BOTH,
    ),
    case(
        "lstm-backwards-from-a-state",
        *_ROWS,
        node("Shape", "a", "n", start=0, end=1),
        node("Concat", "one n hidden", "target", axis=0),
        node("Expand", "state target", "start"),
        node("LSTM", "x w r b - start start", "h", direction="reverse", hidden_size=_HIDDEN),
        node("Transpose", "h", perm=[2, 0, 1, 3]),
        places=ints(-1, 5, 10),
        one=ints(1),
        hidden=ints(_HIDDEN),
        state=_STATE,
        torch=_turned,
        features=15,
        reference_flaw="knows one direction only",
        **_ONE,
    ),
    case(
        "lstm-last-state-and-cell",
        *_ROWS,
        node("LSTM", "x w r b", "- h c", hidden_size=_HIDDEN),
        node("Concat", "h c", "both", axis=2),
        node("Transpose", "both", perm=[1, 0, 2]),
        places=ints(-1, 5, 10),
        torch=_ends,
        features=6,
        reference_flaw="gives no cells",
        **_ONE,
    ),
]

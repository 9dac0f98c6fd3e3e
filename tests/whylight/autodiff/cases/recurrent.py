"""Cases of recurrent layers: the target's rows one after the other."""

from __future__ import annotations

import numpy as np
import torch

from tests.whylight.autodiff.cases.scatter import case, ints, node, tensor

_RNG = np.random.default_rng(6)
_HIDDEN = 3
_ONNX_GATES = [0, 3, 1, 2]  # PyTorch's are i, f, g, o; ONNX's i, o, f, c


def _weights(directions: int, gates: int = 4) -> dict[str, np.ndarray]:
    return {
        "w": _RNG.standard_normal((directions, gates * _HIDDEN, 10)) * 0.5,
        "r": _RNG.standard_normal((directions, gates * _HIDDEN, _HIDDEN)) * 0.5,
        "b": _RNG.standard_normal((directions, 2 * gates * _HIDDEN)) * 0.5,
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


def _filled(layer: torch.nn.RNNBase, weights: dict[str, np.ndarray], order: list[int]) -> torch.nn.RNNBase:
    """A layer with ONNX's weights, their gates in PyTorch's order."""

    def turned(value: np.ndarray) -> torch.Tensor:
        return tensor(value.reshape(len(order), _HIDDEN, *value.shape[1:])[order].reshape(value.shape))

    layer = layer.double().requires_grad_(False)
    for index in range(len(weights["w"])):
        suffix = "l0_reverse" if index else "l0"
        layer.get_parameter(f"weight_ih_{suffix}").copy_(turned(weights["w"][index]))
        layer.get_parameter(f"weight_hh_{suffix}").copy_(turned(weights["r"][index]))
        if layer.bias:
            input_bias, state_bias = np.split(weights["b"][index], 2)
            layer.get_parameter(f"bias_ih_{suffix}").copy_(turned(input_bias))
            layer.get_parameter(f"bias_hh_{suffix}").copy_(turned(state_bias))
    return layer


def _gru(weights: dict[str, np.ndarray], directions: int) -> torch.nn.RNNBase:
    """PyTorch's gates are r, z, n; ONNX's z, r, h."""
    return _filled(torch.nn.GRU(10, _HIDDEN, bidirectional=directions == 2), weights, [1, 0, 2])


def _gru_reset_before(rows: torch.Tensor) -> torch.Tensor:
    """The last state `[N, 1, hidden]`, by the formula."""
    w, r, (given, kept) = tensor(_GRU_ONE["w"][0]), tensor(_GRU_ONE["r"][0]), np.split(_GRU_ONE["b"][0], 2)
    state = rows.new_zeros(rows.shape[1], _HIDDEN)
    for x in rows:
        z_x, r_x, n_x = (x @ w.T + tensor(given)).chunk(3, 1)
        z_h, r_h = (state @ r[: 2 * _HIDDEN].T + tensor(kept[: 2 * _HIDDEN])).chunk(2, 1)
        z, reset = (z_x + z_h).sigmoid(), (r_x + r_h).sigmoid()
        new = n_x + (reset * state) @ r[2 * _HIDDEN :].T + tensor(kept[2 * _HIDDEN :])
        state = (1 - z) * new.tanh() + z * state
    return state[:, None]


def _rnn(kind: str, *, bias: bool = True) -> torch.nn.RNNBase:
    return _filled(torch.nn.RNN(10, _HIDDEN, nonlinearity=kind, bias=bias), _RNN_ONE, [0])


_ROWS = (node("Reshape", "a places", "p"), node("Transpose", "p", "x", perm=[1, 0, 2]))
_BOTH, _ONE = _weights(2), _weights(1)
_STATE = _RNG.standard_normal((1, 1, _HIDDEN))
_GRU_BOTH, _GRU_ONE, _RNN_ONE = _weights(2, 3), _weights(1, 3), _weights(1, 1)


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
    *(
        case(
            f"gru-{name}",
            *_ROWS,
            node("GRU", "x w r b", "h", hidden_size=_HIDDEN, linear_before_reset=1, **direction),
            node("Transpose", "h", perm=[2, 0, 1, 3]),
            places=ints(-1, 5, 10),
            torch=lambda x, weights=weights, count=count: _gru(weights, count)(_rows(x))[0].transpose(0, 1),
            features=15 * count,
            reference_flaw="knows one direction only",
            **weights,
        )
        for name, count, direction, weights in (
            ("one-way", 1, {}, _GRU_ONE),
            ("both-ways", 2, {"direction": "bidirectional"}, _GRU_BOTH),
        )
    ),
    case(
        "gru-last-state-reset-before-the-matrix",  # as Keras has it, with reset_after=False
        *_ROWS,
        node("GRU", "x w r b", "- h", hidden_size=_HIDDEN),
        node("Transpose", "h", perm=[1, 0, 2]),
        places=ints(-1, 5, 10),
        torch=lambda x: _gru_reset_before(_rows(x)),
        features=3,
        **_GRU_ONE,
    ),
    *(
        case(
            f"rnn-{kind}",
            *_ROWS,
            node("RNN", "x w r b", "h", hidden_size=_HIDDEN, activations=[kind.capitalize()]),
            node("Transpose", "h", perm=[2, 0, 1, 3]),
            places=ints(-1, 5, 10),
            torch=lambda x, kind=kind: _rnn(kind)(_rows(x))[0].transpose(0, 1),
            features=15,
            reference_flaw="" if kind == "tanh" else "knows other activations by other names",
            **_RNN_ONE,
        )
        for kind in ("tanh", "relu")
    ),
    case(
        "rnn-last-state",
        *_ROWS,
        node("RNN", "x w r", "- h", hidden_size=_HIDDEN),
        node("Transpose", "h", perm=[1, 0, 2]),
        places=ints(-1, 5, 10),
        torch=lambda x: _rnn("tanh", bias=False)(_rows(x))[1].transpose(0, 1),
        features=3,
        w=_RNN_ONE["w"],
        r=_RNN_ONE["r"],
    ),
]

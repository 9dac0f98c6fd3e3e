"""Rules of recurrent layers, by backpropagation through time.

Some image networks (Sequencer) run them along rows and columns of positions.

Tensors are named as in ONNX's definition: `X [T, N, I]`, hidden states `H`, cells `C`, gates i, o, f, c of
LSTM and z, r, h of GRU. See Hochreiter and Schmidhuber, *Long Short-Term Memory*, Neural Computation 9, 1997,
and Cho et al., *Learning Phrase Representations using RNN Encoder-Decoder*, EMNLP 2014.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whylight.autodiff.node_context import NodeContext
from whylight.autodiff.registry import Cotangents, rule

_X, _W, _R, _B, _LENGTHS, _H0, _C0, _PEEPHOLES = range(8)
_GATES = 4


@rule("LSTM", all_outputs=True)
def lstm(node: NodeContext, _cotangent: str) -> Cotangents:
    """`c_t = f c_{t-1} + i g`, `h_t = o tanh c_t`, in each direction."""
    _require_plain(node, ("activations", "clip", "input_forget", "layout"))
    return (_all_directions(node, _LstmDirection),)


@rule("GRU", all_outputs=True)
def gru(node: NodeContext, _cotangent: str) -> Cotangents:
    """`h_t = (1 - z) n + z h_{t-1}`, in each direction."""
    _require_plain(node, ("activations", "clip", "layout"))
    return (_all_directions(node, _GruDirection),)


@rule("RNN", all_outputs=True)
def rnn(node: NodeContext, _cotangent: str) -> Cotangents:
    """`h_t = f(W x_t + R h_{t-1} + b)`, f being tanh or ReLU, in each direction."""
    _require_plain(node, ("clip", "layout"))
    bent = {
        name.decode() if isinstance(name, bytes) else name for name in node.attribute("activations") or ()
    }
    if bent - {"Tanh"} and bent != {"Relu"}:
        raise node.unsupported("its activations are {names}; expected Tanh or Relu", names=sorted(bent))
    return (_all_directions(node, _RnnDirection),)


def _all_directions(node: NodeContext, kind: type[_Direction]) -> str:
    directions = {"forward": (1,), "reverse": (-1,), "bidirectional": (1, -1)}
    hidden = node.output(0) if node.node.output[0] else _hidden_states(node)
    parts = [
        kind(node, index, step, hidden).backwards()
        for index, step in enumerate(directions[node.attribute("direction", "forward")])
    ]
    return parts[0] if len(parts) == 1 else node.op("Sum", *parts)


@dataclass(frozen=True, slots=True)
class _Direction:
    """Direction of a recurrent layer."""

    node: NodeContext
    index: int
    step: int
    """1 from the first place to the last, -1 from the last to the first."""
    hidden: str
    """H of all directions, `[T, D, N, hidden]`."""

    def backwards(self) -> str:
        """Return this direction's share of the cotangent of X, `[T, N, I]`."""
        raise NotImplementedError

    def _order(self, steps: int) -> list[int]:
        return list(range(steps))[:: self.step]

    def _shifted(self, parts: Sequence[str], start: str) -> list[str]:
        """Shift values by one time step: each step gets that of the step before it."""
        return [start, *parts[:-1]] if self.step == 1 else [*parts[1:], start]

    def _initial(self, index: int, zero: str) -> str:
        if not self.node.has_input(index):
            return zero
        return self._place(self.node.input_rows(index), self.index)

    def _arrived(self, output: int) -> str | None:
        """Return this direction's part of the cotangent of an output.

        Outputs are H, the last of H and the last of C. None where no gradient arrives.
        """
        cotangents = self.node.cotangents
        cotangent = cotangents[output] if output < len(cotangents) else None
        if cotangent is None:
            return None
        if output == 0:
            return self.node.op("Gather", cotangent, self.node.constant(self.index, np.int64), axis=1)
        return self._place(cotangent, self.index)

    def _place(self, tensor: str, index: int) -> str:
        """Select one index along the first axis and keep the axis."""
        return self.node.op("Gather", tensor, self.node.constant([index], np.int64), axis=0)

    def _split(self, tensor: str, steps: int) -> list[str]:
        if steps == 1:
            return [tensor]
        return self.node.ops("Split", tensor, outputs=steps, axis=0, num_outputs=steps)

    def _constant(self, index: int) -> NDArray[np.generic]:
        value = self.node.constant_input(index)
        if value is None:
            raise self.node.unsupported("input {index} is computed; expected constant weights", index=index)
        return np.asarray(value[self.index])

    def _one_minus(self, tensor: str) -> str:
        return self.node.op("Sub", self.node.constant(1.0), tensor)

    def _sigmoid_slope(self, tensor: str) -> str:
        return self.node.op("Mul", tensor, self._one_minus(tensor))

    def _bias(self, gates: int) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
        """Return the biases of input and state, `[gates * hidden]` each."""
        if not self.node.has_input(_B):
            nothing = np.zeros(gates * int(self.node.attribute("hidden_size")), np.float32)
            return nothing, nothing
        given, kept = np.split(self._constant(_B), 2)
        return given, kept

    def _gate_parts(self, tensor: str, gates: int) -> list[str]:
        return self.node.ops("Split", tensor, outputs=gates, axis=2, num_outputs=gates)

    def _states_before(self, steps: int) -> tuple[str, str]:
        """Return the states before each step, `[T, N, hidden]`, and zeros for one step."""
        op = self.node.op
        states = op("Gather", self.hidden, self.node.constant(self.index, np.int64), axis=1)
        zero = op("Mul", self._place(states, 0), self.node.constant(0.0))
        before = self._shifted(self._split(states, steps), self._initial(_H0, zero))
        return op("Concat", *before, axis=0) if steps > 1 else before[0], zero

    def _arrivals(self, steps: int, zero: str) -> tuple[list[str], str]:
        """Return the cotangents of the states at each step, and of the last."""
        every, last = self._arrived(0), self._arrived(1)
        return self._split(every, steps) if every else [zero] * steps, last or zero


class _LstmDirection(_Direction):
    """Direction of an LSTM."""

    __slots__ = ()

    def backwards(self) -> str:
        """Return this direction's share of the cotangent of X, `[T, N, I]`."""
        node, op = self.node, self.node.op
        weights, recurrent = self._constant(_W), self._constant(_R)
        steps = node.static_dim(_X, 0)
        states = op("Gather", self.hidden, node.constant(self.index, np.int64), axis=1)
        zero = op("Mul", self._place(states, 0), node.constant(0.0))
        before = self._shifted(self._split(states, steps), self._initial(_H0, zero))
        bias = self._constant(_B).reshape(2, -1).sum(axis=0) if node.has_input(_B) else np.zeros(1)
        given = op("MatMul", node.input_rows(_X), node.constant(weights.T))
        kept = op("MatMul", op("Concat", *before, axis=0), node.constant(recurrent.T))
        sums = op("Add", op("Sum", given, kept), node.constant(bias))
        i, o, f, g = (
            op("Tanh" if gate == _GATES - 1 else "Sigmoid", part)
            for gate, part in enumerate(node.ops("Split", sums, outputs=_GATES, axis=2, num_outputs=_GATES))
        )
        forgotten = self._split(f, steps)
        cells = self._cells(forgotten, self._split(op("Mul", i, g), steps), self._initial(_C0, zero))
        cells_before = op("Concat", *self._shifted(cells, self._initial(_C0, zero)), axis=0)
        bent = op("Tanh", op("Concat", *cells, axis=0))
        to_cell = self._split(op("Mul", o, self._one_minus(op("Mul", bent, bent))), steps)
        slopes = [
            op("Mul", g, self._sigmoid_slope(i)),
            op("Mul", bent, self._sigmoid_slope(o)),
            op("Mul", cells_before, self._sigmoid_slope(f)),
            op("Mul", i, self._one_minus(op("Mul", g, g))),
        ]
        slope = self._split(op("Concat", *slopes, axis=2), steps)
        sums_by_time = self._through_time(steps, zero, recurrent, forgotten, to_cell, slope)
        return op("MatMul", op("Concat", *sums_by_time, axis=0), node.constant(weights))

    def _through_time(
        self,
        steps: int,
        zero: str,
        recurrent: NDArray[np.generic],
        forgotten: Sequence[str],
        to_cell: Sequence[str],
        slope: Sequence[str],
    ) -> list[str]:
        """Return the cotangents of the gates' sums at each step, each `[1, N, 4 hidden]`."""
        node, op = self.node, self.node.op
        every, last_state, last_cell = (self._arrived(output) for output in range(3))
        arrived = self._split(every, steps) if every else [zero] * steps
        weights = node.constant(recurrent)
        state, cell = last_state or zero, last_cell or zero
        found = [""] * steps
        for time in reversed(self._order(steps)):
            state = op("Add", arrived[time], state)
            cell = op("Add", op("Mul", state, to_cell[time]), cell)
            found[time] = op("Mul", op("Concat", cell, state, cell, cell, axis=2), slope[time])
            state = op("MatMul", found[time], weights)
            cell = op("Mul", cell, forgotten[time])
        return found

    def _cells(self, forgotten: Sequence[str], entering: Sequence[str], start: str) -> list[str]:
        """Recompute C at each step, each `[1, N, hidden]`; it is not an output."""
        cells, cell = [""] * len(forgotten), start
        for time in self._order(len(forgotten)):
            cell = self.node.op("Add", self.node.op("Mul", forgotten[time], cell), entering[time])
            cells[time] = cell
        return cells


class _GruDirection(_Direction):
    """Direction of a GRU."""

    __slots__ = ()

    def backwards(self) -> str:
        """Return this direction's share of the cotangent of X, `[T, N, I]`."""
        node, op = self.node, self.node.op
        weights, recurrent = self._constant(_W), self._constant(_R)
        for_gates, for_new = np.split(recurrent, [2 * len(recurrent) // 3])
        steps = node.static_dim(_X, 0)
        before, zero = self._states_before(steps)
        given_bias, kept_bias = self._bias(3)
        given = op(
            "Add", op("MatMul", node.input_rows(_X), node.constant(weights.T)), node.constant(given_bias)
        )
        z_given, r_given, n_given = self._gate_parts(given, 3)
        gate_bias, new_bias = np.split(kept_bias, [2 * len(kept_bias) // 3])
        kept = op("Add", op("MatMul", before, node.constant(for_gates.T)), node.constant(gate_bias))
        z_kept, r_kept = self._gate_parts(kept, 2)
        z = op("Sigmoid", op("Add", z_given, z_kept))
        r = op("Sigmoid", op("Add", r_given, r_kept))

        # The new state: the reset gate acts behind the matrix (PyTorch) or before it.
        behind = bool(node.attribute("linear_before_reset", 0))
        reset_of = before if not behind else ""
        taken = before if behind else op("Mul", r, before)
        product = op("Add", op("MatMul", taken, node.constant(for_new.T)), node.constant(new_bias))
        if behind:
            reset_of, product = product, op("Mul", r, product)
        n = op("Tanh", op("Add", n_given, product))

        # Slopes at all times at once; then backwards through time.
        parts = {
            "z": op("Mul", op("Sub", before, n), self._sigmoid_slope(z)),
            "n": op("Mul", self._one_minus(z), self._one_minus(op("Mul", n, n))),
            "reset": op("Mul", reset_of, self._sigmoid_slope(r)),
            "r": r,
            "keep": z,
        }
        slopes = {name: self._split(value, steps) for name, value in parts.items()}
        arrived, state = self._arrivals(steps, zero)
        found = [""] * steps
        for time in reversed(self._order(steps)):
            state = op("Add", arrived[time], state)
            to_z, to_n = op("Mul", state, slopes["z"][time]), op("Mul", state, slopes["n"][time])
            kept_state = op("Mul", state, slopes["keep"][time])
            if behind:
                to_r = op("Mul", to_n, slopes["reset"][time])
                through = op("MatMul", op("Mul", to_n, slopes["r"][time]), node.constant(for_new))
            else:
                back = op("MatMul", to_n, node.constant(for_new))
                to_r = op("Mul", back, slopes["reset"][time])
                through = op("Mul", back, slopes["r"][time])
            gates = op("MatMul", op("Concat", to_z, to_r, axis=2), node.constant(for_gates))
            state = op("Sum", kept_state, through, gates)
            found[time] = op("Concat", to_z, to_r, to_n, axis=2)
        return op("MatMul", op("Concat", *found, axis=0), node.constant(weights))


class _RnnDirection(_Direction):
    """Direction of a plain recurrent layer."""

    __slots__ = ()

    def backwards(self) -> str:
        """Return this direction's share of the cotangent of X, `[T, N, I]`."""
        node, op = self.node, self.node.op
        weights, recurrent = self._constant(_W), self._constant(_R)
        steps = node.static_dim(_X, 0)
        states = op("Gather", self.hidden, node.constant(self.index, np.int64), axis=1)
        zero = op("Mul", self._place(states, 0), node.constant(0.0))
        names = node.attribute("activations") or (b"Tanh",)
        if names[0] in (b"Relu", "Relu"):
            slope = node.cast(op("Greater", states, node.constant(0.0)))
        else:
            slope = self._one_minus(op("Mul", states, states))
        slopes = self._split(slope, steps)
        arrived, state = self._arrivals(steps, zero)
        found = [""] * steps
        for time in reversed(self._order(steps)):
            found[time] = op("Mul", op("Add", arrived[time], state), slopes[time])
            state = op("MatMul", found[time], node.constant(recurrent))
        return op("MatMul", op("Concat", *found, axis=0), node.constant(weights))


def _hidden_states(node: NodeContext) -> str:
    """Return H at all times, for a node that only outputs the last."""
    names = ("direction", "hidden_size", "linear_before_reset", "activations")
    given = {name: value for name in names if (value := node.attribute(name)) is not None}
    inputs = [node.input(index) if node.has_input(index) else "" for index in range(len(node.node.input))]
    return node.ops(node.node.op_type, *inputs, outputs=1, **given)[0]


def _require_plain(node: NodeContext, attributes: Sequence[str]) -> None:
    """Refuse attributes and inputs that are rarely used."""
    unusual = [name for name in attributes if node.attribute(name)]
    unusual += [f"input {index}" for index in (_LENGTHS, _PEEPHOLES) if node.has_input(index)]
    if unusual:
        raise node.unsupported("it has {attributes}; expected none", attributes=", ".join(unusual))
    if node.is_active(_H0) or node.is_active(_C0):
        raise node.unsupported("its first state depends on the layer; expected constants")

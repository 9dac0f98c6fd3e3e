"""Cases of the discrete Fourier transform."""

from __future__ import annotations

import numpy as np
import torch

from tests.whylight.autodiff.cases.scatter import case, ints, node


def _pairs(x: torch.Tensor) -> torch.Tensor:
    return torch.view_as_real(x)


def _complex(x: torch.Tensor) -> torch.Tensor:
    """The channels as real and imaginary parts, `[N, 5, 5]`."""
    return torch.complex(x[:, 0], x[:, 1])


_APART = (node("Unsqueeze", "a last", "r"),)
_COMPLEX = (node("Transpose", "a", "c", perm=[0, 2, 3, 1]),)

CASES = [
    case(
        "dft-of-real-numbers",
        *_APART,
        node("DFT", "r - axis"),
        last=ints(-1),
        axis=np.array(2),
        torch=lambda x: _pairs(torch.fft.fft(x, dim=2)),
        features=100,
    ),
    case(
        "dft-one-sided",
        *_APART,
        node("DFT", "r - axis", onesided=1),
        last=ints(-1),
        axis=np.array(3),
        torch=lambda x: _pairs(torch.fft.rfft(x, dim=3)),
        features=60,
    ),
    case(
        "dft-of-complex-numbers",
        *_COMPLEX,
        node("DFT", "c"),
        torch=lambda x: _pairs(torch.fft.fft(_complex(x), dim=2)),
    ),
    case(
        "dft-back",
        *_COMPLEX,
        node("DFT", "c - axis", inverse=1),
        axis=np.array(1),
        torch=lambda x: _pairs(torch.fft.ifft(_complex(x), dim=1)),
    ),
    case(
        "dft-longer",
        *_COMPLEX,
        node("DFT", "c seven"),
        seven=np.array(7),
        torch=lambda x: _pairs(torch.fft.fft(_complex(x), n=7, dim=2)),
        features=70,
    ),
    case(
        "dft-shorter",
        *_COMPLEX,
        node("DFT", "c three"),
        three=np.array(3),
        torch=lambda x: _pairs(torch.fft.fft(_complex(x), n=3, dim=2)),
        features=30,
    ),
    case(
        "dft-by-attribute",  # operator sets 17 to 19
        *_COMPLEX,
        node("DFT", "c", axis=2),
        torch=lambda x: _pairs(torch.fft.fft(_complex(x), dim=2)),
        opset=18,
    ),
]

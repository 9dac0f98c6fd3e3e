"""`python -m trainer` in float32 and without dropout: what is left does not depend on who computes what."""

from __future__ import annotations

import sys

import torch

import trainer.modern
import trainer.run
from trainer.cli import main

if __name__ == "__main__":
    torch.set_num_threads(1)
    trainer.modern.DROPOUT = 0.0
    trainer.run._bfloat16_is_fast = lambda _: False
    sys.exit(main())

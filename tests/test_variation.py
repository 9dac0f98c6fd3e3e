"""What `make test-portable` varies, tried in processes of its own since it is for good."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

DRAW = """
import json, os, random, sys
sys.path.insert(0, ".")
from tests.variation import vary
import numpy as np, torch  # once for all: PyTorch takes seconds
code = '''
drawn = [np.random.default_rng(3).random(), np.random.default_rng([3, 4]).random(), random.Random(3).random()]
random.seed(3), torch.manual_seed(3)
drawn += [random.random(), torch.rand(1).item()]
drawn.append(torch.rand(1, generator=torch.Generator().manual_seed(3)).item())
'''
for seed in sys.argv[2:]:
    child = os.fork() if hasattr(os, "fork") else 0
    if child:
        os.waitpid(child, 0)
        continue
    vary({"WHYLIGHT_TEST_SEED": seed})
    answers = []
    for file in ("tests/whylight/any.py", "whylight/any.py"):
        names = {"np": np, "torch": torch, "random": random}
        exec(compile(code, sys.argv[1] + "/" + file, "exec"), names)
        answers.append(names["drawn"])
    print(json.dumps(answers), flush=True)
    if hasattr(os, "fork"):
        os._exit(0)
    break
"""

SESSION = """
import json, sys
sys.path.insert(0, ".")
from tests.variation import vary
vary()
import torch
from onnx import parser
from whylight.runtime.session import open_session
header = '<ir_version: 10, opset_import: ["": 20]>'
model = parser.parse_model(header + "g (float[1] x) => (float[1] y) {y = Abs(x)}")
options = open_session(model, ["CPUExecutionProvider"]).get_session_options()
given = open_session(model, ["CPUExecutionProvider"], threads=2).get_session_options()
level = options.graph_optimization_level.name
print(json.dumps([torch.get_num_threads(), options.intra_op_num_threads, given.intra_op_num_threads, level]))
"""


def answers(code: str, *arguments: str, **environment: str) -> list:
    """The lines that a process prints, read as JSON."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WHYLIGHT_TEST_")}
    command = [sys.executable, "-c", code, str(ROOT), *arguments]
    ended = subprocess.run(
        command, cwd=ROOT, env=kept | environment, capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in ended.stdout.splitlines()]


def draws(*seeds: str) -> list:
    """What is drawn with each seed in a process of its own; where processes can fork, PyTorch starts once."""
    groups = [seeds] if hasattr(os, "fork") else [(seed,) for seed in seeds]
    return [drawn for group in groups for drawn in answers(DRAW, *group)]


def test_seeds_of_tests_move_and_those_of_the_product_stay() -> None:
    (tests, product), (moved, stayed), again, other = draws("0", "1", "1", "2")
    assert tests == product == stayed
    assert all(one != other for one, other in zip(tests, moved, strict=True))
    assert again[0] == moved
    assert other[0] != moved


def test_threads_and_optimisations_of_sessions() -> None:
    assert answers(SESSION) == [[1, 0, 2, "ORT_ENABLE_ALL"]]
    varied = answers(SESSION, WHYLIGHT_TEST_THREADS="3", WHYLIGHT_TEST_OPTIMISE="off")
    assert varied == [[3, 3, 2, "ORT_DISABLE_ALL"]]

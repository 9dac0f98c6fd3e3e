"""What `make test-portable` varies, tried in processes of its own since it is for good."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

DRAW = """
import json, random, sys
sys.path.insert(0, ".")
from tests.variation import vary
vary()
import numpy as np, torch
code = '''
drawn = [np.random.default_rng(3).random(), np.random.default_rng([3, 4]).random(), random.Random(3).random()]
random.seed(3), torch.manual_seed(3)
drawn += [random.random(), torch.rand(1).item()]
drawn.append(torch.rand(1, generator=torch.Generator().manual_seed(3)).item())
'''
answers = []
for file in ("tests/whylight/any.py", "whylight/any.py"):
    names = {"np": np, "torch": torch, "random": random}
    exec(compile(code, sys.argv[1] + "/" + file, "exec"), names)
    answers.append(names["drawn"])
print(json.dumps(answers))
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


def answer(code: str, **environment: str) -> list:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WHYLIGHT_TEST_")}
    command = [sys.executable, "-c", code, str(ROOT)]
    ended = subprocess.run(
        command, cwd=ROOT, env=kept | environment, capture_output=True, text=True, check=True
    )
    return list(json.loads(ended.stdout))


def test_seeds_of_tests_move_and_those_of_the_product_stay() -> None:
    (tests, product), (moved, stayed) = answer(DRAW), answer(DRAW, WHYLIGHT_TEST_SEED="1")
    assert tests == product == stayed
    assert all(one != other for one, other in zip(tests, moved, strict=True))
    assert answer(DRAW, WHYLIGHT_TEST_SEED="1")[0] == moved
    assert answer(DRAW, WHYLIGHT_TEST_SEED="2")[0] != moved


def test_threads_and_optimisations_of_sessions() -> None:
    assert answer(SESSION) == [1, 0, 2, "ORT_ENABLE_ALL"]
    varied = answer(SESSION, WHYLIGHT_TEST_THREADS="3", WHYLIGHT_TEST_OPTIMISE="off")
    assert varied == [3, 3, 2, "ORT_DISABLE_ALL"]

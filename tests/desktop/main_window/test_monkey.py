"""A short run of the robot user: whatever it does, nothing raises, nothing hangs, no thread is left."""

from __future__ import annotations

import threading

from benchmarks.monkey.random_user import MonkeyUser

SECONDS = 3
MOST_THREADS = 18
"""Of all queues together, those of the second model included."""


def test_a_robot_user_breaks_nothing(open_window, colours, make_pair, images, tmp_path, application):
    """Exceptions in slots and threads left behind fail every test: see `_cleans_up` in conftest."""
    empty, text = tmp_path / "empty.png", tmp_path / "text.onnx"
    empty.write_bytes(b"")
    text.write_text("no model")
    window = open_window(images, model=colours)
    robot = MonkeyUser(window, 1, images, [colours, make_pair("robot")], [empty, text])
    robot.run(SECONDS)
    assert robot.count > 10
    # Threads of `whylight.parallel.ordered_map` stay for the whole process, other tests' included.
    names = [thread.name for thread in threading.enumerate()]
    now = [name for name in names if name.startswith("whylight-") and "-images" not in name]
    assert len(now) <= MOST_THREADS, f"more threads than the queues have: {now}"

"""Reports by Ray on a local cluster: the same files as without, also if a worker is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks.killed_reports import contents
from tests.whylight.conftest import painted
from whylight.errors import QuestionError, WhylightError
from whylight.explainer import Explainer
from whylight.images.encode import write_image
from whylight.report import write_report
from whylight.report.ray_engine import RayCluster

ROOT = Path(__file__).resolve().parents[3]
IMAGES = 60

PROGRAM = """
import os, sys, time
from whylight.explainer import Explainer
from whylight.report import ray_engine, write_report
from whylight.report.ray_engine import RayCluster
images, out, model, portion = sys.argv[1:]
ray_engine.PORTION = int(portion)
seen = []
def follow(progress):
    seen.append(progress.done)
    print(progress.done, flush=True)
report = write_report(
    Explainer(model, ["CPUExecutionProvider"], threads=1), [images], out, top=2, maps=True, parquet=True,
    cluster=RayCluster(workers=2), on_progress=follow,
)
print("explained", report.explained, report.failed, report.earlier)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    images = tmp_path / "images"
    for number in range(IMAGES):
        inside = images / ("red", "green", "blue")[number % 3]
        inside.mkdir(parents=True, exist_ok=True)
        write_image(inside / f"{number:02}.png", random.integers(0, 256, (60, 50, 3), np.uint8))
    (images / "broken.png").write_bytes(b"no image")
    return images


def started(images: Path, out: Path, model: Path, portion: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(images), str(out), str(model), str(portion)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def actors(parent: int) -> list[int]:
    """Processes below `parent` that Ray runs the actors in."""
    found = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in found.splitlines()[1:]]
    family, grown = {parent}, True
    while grown:
        below = {int(pid) for pid, above, _ in rows if int(above) in family}
        grown = not below <= family
        family |= below
    return [int(pid) for pid, _, words in rows if int(pid) in family and "MapWorker" in words]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for the workers as Linux lists them")
def test_a_local_cluster_writes_the_same_files(colour_model: Path, folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    explainer = Explainer(colour_model, ["CPUExecutionProvider"], threads=1)
    write_report(explainer, [folder], tmp_path / "plain", top=2, maps=True, parquet=True)
    expected = contents(tmp_path / "plain")
    # Undisturbed, in several portions; and with a worker killed, then the driver too.
    calm = started(folder, tmp_path / "calm", colour_model, 25)
    printed, errors = calm.communicate(timeout=300)
    assert f"explained {IMAGES} 1 0" in printed, errors
    assert contents(tmp_path / "calm") == expected

    killed = started(folder, tmp_path / "killed", colour_model, 10)
    assert killed.stdout is not None
    for line in killed.stdout:
        if line.strip() == "12":
            break
    victims: list[int] = []
    for _ in range(100):
        if victims := actors(killed.pid):
            break
        time.sleep(0.1)
    assert victims
    os.kill(victims[0], signal.SIGKILL)
    for line in killed.stdout:
        if line.strip() == "31":
            break
    killed.kill()
    killed.communicate()
    again = started(folder, tmp_path / "killed", colour_model, 100)
    printed, errors = again.communicate(timeout=300)
    assert f"explained {IMAGES} 1" in printed, errors
    assert contents(tmp_path / "killed") == expected


def test_without_ray_it_says_what_to_install(
    explainer: Explainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_image(tmp_path / "a.png", painted("red"))
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(WhylightError, match=r"pip install 'whylight\[cluster\]'"):
        write_report(explainer, [tmp_path / "a.png"], tmp_path / "out", cluster=RayCluster())
    with pytest.raises(QuestionError, match="not available with Ray"):
        write_report(
            explainer, [tmp_path / "a.png"], tmp_path / "other", cluster=RayCluster(), scale="folder"
        )

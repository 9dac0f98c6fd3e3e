"""The built app does its work on a machine without network, without Python and without a writable home."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from whylight.images.decode import read_image
from whylight.images.encode import write_image

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]


def run_alone(program: Path | str, *arguments: object, home: Path) -> subprocess.CompletedProcess[str]:
    """Run the app on a virtual screen, without any network and with a read-only home."""
    unshare = ["unshare", "-nm"] if os.geteuid() == 0 else ["unshare", "-rnm"]
    if shutil.which("unshare") is None or subprocess.run([*unshare, "true"], check=False).returncode != 0:
        pytest.skip("this machine does not allow namespaces, so there is no way to take the network away")
    if shutil.which("xvfb-run") is None:
        pytest.skip("there is no xvfb-run, so no virtual screen")
    # No interface but the loopback (which is down), no writing at home; else exit 99.
    script = (
        'mount --bind "$HOME" "$HOME" && mount -o remount,ro,bind "$HOME" '
        '&& ! touch "$HOME/probe" 2>/dev/null && test "$(grep -c : /proc/self/net/dev)" -le 1 '
        '|| exit 99; exec "$@"'
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home.parent / "run"),
        "LANG": "C.UTF-8",
    }
    command = [*unshare, "sh", "-c", script, "sh", "xvfb-run", "-a", program, *arguments]
    return subprocess.run(
        list(map(str, command)),
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Home of a user whose session has just begun."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "run").mkdir(mode=0o700)
    return home


def test_the_self_test_passes(bundle: Path, home: Path) -> None:
    run = run_alone(bundle / "Whylight", "self-test", home=home)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.rstrip().endswith("self-test passed")
    assert "on xcb" in run.stdout
    assert "telemetry" not in run.stderr.lower()


def test_it_explains_a_folder_into_a_report(bundle: Path, home: Path, tmp_path: Path) -> None:
    images = tmp_path / "Tiere, 動物"
    images.mkdir()
    write_image(images / "Hummer é.png", read_image(ROOT / "assets" / "samples" / "lobster.png"))
    report = tmp_path / "mein Bericht"
    run = run_alone(bundle / "Whylight", "explain", images, "--out", report, home=home)
    assert run.returncode == 0, run.stderr
    assert "1 of 1 images explained" in run.stdout
    assert "lobster" in (report / "index.html").read_text(encoding="utf-8")


def test_what_is_not_inside_is_named(bundle: Path, home: Path) -> None:
    for command in ("train", "export"):
        run = run_alone(bundle / "Whylight", command, "--help", home=home)
        assert run.returncode == 2
        assert "is not part of this app" in run.stderr
        assert "Traceback" not in run.stderr
    for arguments in (["--help"], ["--version"], ["evaluate", "--help"], ["completion", "zsh"]):
        run = run_alone(bundle / "Whylight", *arguments, home=home)
        assert run.returncode == 0, run.stderr
        assert "whylight" in run.stdout


def test_a_damaged_model_fails_the_self_test(own_copy: Path, home: Path) -> None:
    model = own_copy / "_internal" / "assets" / "general.onnx"
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    model.unlink()
    model.write_bytes(data)
    run = run_alone(own_copy / "Whylight", "self-test", home=home)
    assert run.returncode == 1
    assert "general.onnx has SHA-256" in run.stdout


def test_a_broken_pair_in_place_of_the_bundled_one_is_passed_over(own_copy: Path, home: Path) -> None:
    assets = own_copy / "_internal" / "assets"
    for name in ("model.onnx", "model.gradient.onnx"):
        data = (assets / name.replace("model", "general")).read_bytes()
        (assets / name).write_bytes(data[: len(data) // 2] if "gradient" in name else data)
    run = run_alone(own_copy / "Whylight", "self-test", home=home)
    steps = {line.split("  ")[0]: line for line in run.stdout.splitlines()}
    assert "the file is truncated or damaged" in steps["pair in its place"]
    assert [name for name, line in steps.items() if "FAILED" in line] == ["pair in its place"], run.stdout
    assert "an image explained after" in steps["window"]


ONE_WINDOW = """
"$0" --portable & first=$!
for _ in $(seq 600); do grep -qs ": started" "$1" && break; sleep 0.1; done
timeout 60 "$0" "$2" || exit 3
kill -0 $first || exit 4
kill $first
"""


def test_a_portable_copy_keeps_all_beside_it_and_has_one_window(own_copy: Path, home: Path) -> None:
    log = own_copy / "portable" / "logs" / "whylight.log"
    run = run_alone("sh", "-c", ONE_WINDOW, own_copy / "Whylight", log, own_copy, home=home)
    assert run.returncode == 0, run.stdout + run.stderr
    assert log.read_text(encoding="utf-8").count(": started") == 1
    assert not list(home.iterdir())

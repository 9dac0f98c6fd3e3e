"""The command line as a shell sees it: exit codes, what it prints where, what it leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from tests.whylight.conftest import painted
from whylight.bundled import sample_images
from whylight.cli import main
from whylight.drawing.heatmap import draw_panels
from whylight.explainer import Explainer
from whylight.images.decode import read_image
from whylight.images.encode import write_image
from whylight.parallel.layer_fusion import explain_layers

SAMPLES = Path(__file__).resolve().parents[3] / "assets" / "samples"


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "whylight", "explain", *map(str, arguments)]


def test_all_explained_is_0(colour_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report"
    command = ["explain", str(SAMPLES / "pigeon.png"), "--out", str(out), "--model", str(colour_model)]
    assert main([*command, "--top", "2"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("1 of 1 images explained in ")
    assert captured.out.endswith(f": {out / 'index.html'}\n")
    assert captured.err == "1/1 images\n"
    assert (out / "panels" / "pigeon.png.overlay.png").is_file()


def test_some_failed_is_1_and_they_are_listed(
    colour_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "new\nline.png").write_bytes(b"nothing")
    write_image(tmp_path / "in" / "good.png", np.zeros((8, 8, 3), np.uint8))
    options = ["--out", str(tmp_path / "out"), "--model", str(colour_model)]
    assert main(["explain", str(tmp_path / "in"), *options]) == 1
    captured = capsys.readouterr()
    assert "1 of 2 images explained" in captured.out
    assert "new\N{REPLACEMENT CHARACTER}line.png: not an image" in captured.err


def test_the_layers_are_listed_and_one_can_be_chosen(
    colour_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["layers", "--model", str(colour_model)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [
        [".", "leads"], ["positive", "Relu"], ["*", "features"]
    ]  # fmt: skip
    assert lines[1].split()[2:] == ["Conv", "3", "x", "32", "x", "32"]
    image = SAMPLES / "pigeon.png"
    common = [str(image), "--out", str(tmp_path / "out"), "--model", str(colour_model)]
    assert main(["explain", *common, "--layer", "leads"]) == 0
    assert "grad-cam at layer leads" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert main(["explain", *common, "--layer", "somewhere"]) == 2
    assert "no layer 'somewhere'" in capsys.readouterr().err


def test_several_layers_are_fused(
    colour_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_image(tmp_path / "red.png", painted("red"))
    common = [str(tmp_path / "red.png"), "--out", str(tmp_path / "out"), "--model", str(colour_model)]
    layers = ["--layer", "features", "--layer", "leads"]
    assert main(["explain", *common, *layers]) == 0
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "grad-cam at layers features, leads, fused" in page
    explainer = Explainer(colour_model)
    fused = explain_layers([explainer, explainer.with_layer("leads")], painted("red"))
    expected = draw_panels(painted("red"), fused.maps[0])
    heatmap = read_image(tmp_path / "out" / "panels" / "red.png.heatmap.png")
    np.testing.assert_array_equal(heatmap, expected.heatmap)
    assert not np.array_equal(
        heatmap, draw_panels(painted("red"), explainer.explain(painted("red")).maps[0]).heatmap
    )

    assert main(["explain", *common, *layers, "--scale", "compared"]) == 2
    assert "the scale 'compared' is for one layer" in capsys.readouterr().err
    assert main(["explain", *common, *layers, "--layer", "somewhere"]) == 2
    assert "no layer 'somewhere'" in capsys.readouterr().err


def test_a_device_that_is_not_to_be_had_is_named_with_the_reason(
    colour_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime is built with CUDA")
    image = str(SAMPLES / "pigeon.png")
    arguments = [image, "--out", str(tmp_path), "--model", str(colour_model), "--device", "cuda"]
    assert main(["explain", *arguments]) == 0
    told = capsys.readouterr().err.splitlines()[0]
    assert "CUDA was asked for, but this ONNX Runtime is built without it" in told
    assert told.endswith("using CPUExecutionProvider")


def test_no_images_is_1(colour_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    options = ["--out", str(tmp_path / "out"), "--model", str(colour_model)]
    assert main(["explain", str(tmp_path / "in"), *options]) == 1
    assert f"no images in {tmp_path / 'in'}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: PATH"),
        (["x.png"], "with --out DIR, or ask for --json"),
        (["x.png", "--json", "--maps"], "--maps is for the report: name its folder"),
        (["x.png", "--json", "--scale=folder"], "--scale=folder is for the report"),
        (["x.png", "--out"], "argument --out: expected one argument"),
        (["x.png", "--out", "o", "--colour", "jet"], "did you mean --colour-map?"),
        (["x.png", "--out", "o", "--method", "magic"], "there is no method 'magic'"),
        (["x.png", "--out", "o", "--top", "0", "--model", "MODEL"], "0 classes an image were asked for"),
        (["x.png", "--out", "o", "--model", "missing.onnx"], "missing.onnx"),
    ],
)
def test_wrong_usage_is_2(
    arguments: list[str],
    message: str,
    colour_model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["explain", *(argument.replace("MODEL", str(colour_model)) for argument in arguments)]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert list(tmp_path.iterdir()) == []


def test_help_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--help"]) == 0
    assert "--colour-map" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to whole consoles only")
def test_ctrl_c_is_130_and_what_was_done_is_kept(colour_model: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(400):
        write_image(tmp_path / "in" / f"{number:03}.png", np.full((400, 400, 3), number % 256, np.uint8))
    process = subprocess.Popen(
        command(tmp_path / "in", "--out", tmp_path / "out", "--model", colour_model),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    panels = tmp_path / "out" / "panels"
    while not (panels.is_dir() and len(list(panels.iterdir())) > 9):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert printed.startswith("stopped: ")
    assert "Traceback" not in errors
    rows = (tmp_path / "out" / "predictions.csv").read_text(encoding="utf-8-sig").splitlines()
    assert 3 < len(rows) < 401
    assert "Stopped before the end" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="there is no pty")
def test_on_a_terminal_progress_is_one_line(colour_model: Path, tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(SAMPLES, "--out", tmp_path / "out", "--model", colour_model),
        stderr=theirs,
        stdout=subprocess.PIPE,
    )
    process.communicate(timeout=60)
    os.close(theirs)
    written = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert process.returncode == 0
    # What is to be said of maps comes behind the line of progress.
    written, _, _ = written.rpartition("\r\x1b[K")
    written += "\r\x1b[K"
    assert "\n" not in written
    assert written.count("\r\x1b[K") == len(sample_images()) + 1  # and the line cleared
    assert f"{len(sample_images())}/{len(sample_images())}" in written
    assert "wrench.png" in written
    assert written.endswith("\r\x1b[K")


def test_a_name_that_the_system_refuses_to_look_at_is_an_unreadable_image(
    colour_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As is one in a folder that may not be entered."""
    arguments = [str(tmp_path / ("x" * 300 + ".png")), "--model", str(colour_model)]
    assert main(["explain", *arguments, "--out", str(tmp_path / "out")]) == 1
    told = capsys.readouterr()
    assert "cannot be read" in told.out + told.err
    assert "Traceback" not in told.err

"""The command `whylight`: which sub-command runs, what its help says, and what is refused."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from whylight.cli import main
from whylight.commands import COMMANDS, load_command

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str]]:
    """What the window was asked to open, in place of a window."""
    asked: list[tuple[list[str], str]] = []

    def opened(argv: list[str], prog: str) -> int:
        asked.append((list(argv), prog))
        return 0

    monkeypatch.setattr(load_command("window"), "main", opened)
    return asked


@pytest.mark.parametrize(
    ("given", "arguments"),
    [
        ([], []),
        (["photos"], ["photos"]),
        (["./explain"], ["./explain"]),
        (["--model", "m.onnx", "a.png"], ["--model", "m.onnx", "a.png"]),
        (["window", "explain"], ["explain"]),
        (["window"], []),
    ],
)
def test_what_is_no_command_is_for_the_window(
    window: list[tuple[list[str], str]], given: list[str], arguments: list[str]
) -> None:
    assert main(given) == 0
    assert [asked for asked, _ in window] == [arguments]


def test_a_misspelt_command_is_no_path(
    window: list[tuple[list[str], str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["explian", "photos", "--out", "report"]) == 2
    assert "did you mean 'whylight explain'?" in capsys.readouterr().err
    assert window == []
    (tmp_path / "explian").mkdir()
    assert main(["explian"]) == 0
    assert window == [(["explian"], "whylight")]


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    for name, words in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(words)}$", told, re.MULTILINE)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert re.fullmatch(r"whylight \S+\n", capsys.readouterr().out)


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "train"])
def test_every_command_has_a_help_of_its_own(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: whylight {command} ")


def test_the_help_of_train_is_the_trainers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--help"]) == 0
    told = capsys.readouterr().out
    assert "whylight train" in told
    assert "--variant" in told


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "train"])
def test_an_unknown_option_is_never_a_path(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([command, "--nonsense", "value"]) == 2
    assert "--nonsense" in capsys.readouterr().err or command in {"adopt", "evaluate", "completion"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("explain photos --out", "argument --out: expected one argument"),
        ("explain photos --out r --colour jet", "did you mean --colour-map?"),
        ("explain photos --out r --colour-map", "argument --colour-map: expected one argument"),
        ("explain photos --rather one --out r", "argument --rather: expected 2 arguments"),
        ("adopt theirs.onnx --outt a.onnx", "did you mean --out?"),
        ("evaluate photos --image 3", "did you mean --images?"),
        ("layers model.onnx", "unrecognized arguments: model.onnx"),
        ("export --check run", "unrecognized arguments: --check run"),
        ("window --modle m.onnx", "unrecognized arguments: --modle"),
        ("self-test now", "unrecognized arguments: now"),
        ("completion powershell", "invalid choice: 'powershell'"),
    ],
)
def test_options_are_neither_guessed_nor_dropped(
    given: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(given.split()) == 2
    told = capsys.readouterr().err
    assert message in told
    assert "Traceback" not in told


def test_the_window_is_reached_without_loading_the_engine() -> None:
    code = (
        "import sys, whylight.cli, whylight.commands.window, desktop.cli\n"
        "print({'cv2', 'numpy', 'onnx', 'onnxruntime', 'shtab', 'torch'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command_and_option(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for word in (*COMMANDS, "colour-map", "without-gradients", "variant", "viridis"):
        assert word in script


def test_bash_takes_the_completion(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("there is no bash")
    from whylight.commands.completion import command_tree
    from whylight.commands.completion import main as complete

    assert command_tree().prog == "whylight"
    script = tmp_path / "whylight.bash"
    with script.open("w") as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", file)
        assert complete(["bash"], "whylight completion") == 0
    ask = (
        f"source {script}; COMP_WORDS=(whylight explain --colour); COMP_CWORD=2; "
        "$(complete -p whylight | sed 's/.*-F \\([^ ]*\\).*/\\1/'); echo ${COMPREPLY[@]}"
    )
    run = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "--colour-map"

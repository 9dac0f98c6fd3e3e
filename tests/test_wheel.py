"""The wheel in an environment of its own, started elsewhere than in the repository.

Nothing is downloaded: what the wheel needs is lent by the environment that runs the tests, and what an extra
would bring is hidden where it is to be missing.
"""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.whylight.helpers.networks import random_image
from whylight.images.encode import write_image

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.slow

EXTRAS = {
    "desktop": ("PySide6", "shiboken6"),
    "train": ("torch", "torchvision", "onnxscript", "matplotlib", "rich", "tyro", "tensorboard"),
}
"""What the extras bring, by the names under which it is imported."""

HIDE = """
import os
import sys


class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in os.environ.get("HIDDEN_PACKAGES", "").split():
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)


sys.meta_path.insert(0, Hidden())
"""

WINDOW = """
import sys
from PySide6.QtCore import QTimer
from whylight.desktop.app import make_application
from whylight.desktop.main_window.window import MainWindow

application = make_application(["whylight"])
window = MainWindow()
window.show()

def look():
    if window.session.explanation is not None:
        print("explained", window.session.explanation.maps.shape, flush=True)
        window.close()

timer = QTimer()
timer.timeout.connect(look)
timer.start(50)
QTimer.singleShot(60_000, lambda: application.exit(3))
sys.exit(application.exec())
"""


@dataclass(frozen=True)
class Installed:
    """An environment that holds the wheel."""

    python: Path
    site: Path

    def pip(self, *arguments: object) -> None:
        """Our own pip at work on the environment, which has none."""
        command = [
            sys.executable,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "--quiet",
            "--python",
            self.python,
        ]
        run = subprocess.run(
            [*map(str, command), *map(str, arguments)], capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr

    def run(
        self, *command: object, cwd: Path, without: tuple[str, ...] = (), **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, with the packages of some extras hidden."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        hidden = " ".join(name for extra in without for name in EXTRAS[extra])
        program, *arguments = map(str, command)
        return subprocess.run(
            [str(self.python.with_name(program)), *arguments],
            cwd=cwd,
            env={**kept, "HIDDEN_PACKAGES": hidden, **environment},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this working tree."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return make_environment(tmp_path_factory.mktemp("installed"), wheel)


def make_environment(folder: Path, wheel: Path) -> Installed:
    """Install the wheel into a new environment, to which this one lends its packages."""
    venv.create(folder)
    python = (
        folder / ("Scripts" if os.name == "nt" else "bin") / ("python.exe" if os.name == "nt" else "python")
    )
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.check_output([python, "-c", code], text=True).strip())
    environment = Installed(python, site)
    environment.pip("install", "--no-deps", "--no-index", "--no-compile", wheel)
    lent = [entry for entry in sys.path if Path(entry).name in {"site-packages", "dist-packages"}]
    (site / "hide_packages.py").write_text(HIDE, encoding="utf-8")
    (site / "lent.pth").write_text("\n".join(["import hide_packages", *lent]), encoding="utf-8")
    return environment


def test_the_wheel_has_one_root(wheel: Path, installed: Installed) -> None:
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
    roots = {name.partition("/")[0] for name in names}
    assert sorted(re.sub(r"-.*", "", root) for root in roots) == ["whylight", "whylight"]
    ours = {path.name for path in installed.site.iterdir()} - {"hide_packages.py", "lent.pth", "__pycache__"}
    assert ours == roots
    for inside in ("py.typed", "desktop/app.py", "trainer/cli.py", "export/cli.py", "assets/general.onnx"):
        assert f"whylight/{inside}" in names
    assert "whylight/desktop/translations/whylight_de.qm" in names
    assert not [name for name in names if name.endswith(".pyc") or "/tests/" in name]


def test_the_metadata_is_whole(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        (name,) = [name for name in file.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = email.message_from_string(file.read(name).decode("utf-8"))
    assert metadata["License-Expression"] == "Apache-2.0 AND GPL-2.0-only AND CC-BY-2.0 AND ISC AND MIT"
    classifiers = metadata.get_all("Classifier", [])
    for version in ("3.11", "3.12", "3.13", "3.14"):
        assert f"Programming Language :: Python :: {version}" in classifiers
    assert {"Windows", "Linux", "MacOS X"} <= {each.rpartition(" :: ")[2] for each in classifiers}
    needs = [need for need in metadata.get_all("Requires-Dist", []) if "extra" not in need]
    assert {re.match(r"[\w-]+", need)[0].lower() for need in needs} == {
        "filelock", "isal", "numpy", "onnx", "onnxruntime", "opencv-python-headless", "pillow",
        "platformdirs", "shtab",
    }  # fmt: skip
    extras = {
        "all",
        "bench",
        "bundle",
        "cluster",
        "cuda",
        "desktop",
        "dev",
        "docs",
        "heic",
        "pretrained",
        "scale",
        "tensorboard",
        "text",
        "train",
    }
    assert set(metadata.get_all("Provides-Extra", [])) == extras
    targets = re.findall(r"\]\(([^)]*)\)", metadata.get_payload())
    assert targets
    assert not [target for target in targets if not target.startswith(("https://", "#"))]


def test_without_extras_the_command_line_works_whole(installed: Installed, tmp_path: Path) -> None:
    without = ("desktop", "train")
    image = ROOT / "assets" / "samples" / "lobster.png"
    run = installed.run("whylight", "explain", image, "--out", "report", cwd=tmp_path, without=without)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "report" / "index.html").is_file()
    run = installed.run("whylight", "self-test", cwd=tmp_path, without=without)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "self-test passed" in run.stdout
    assert "whylight[desktop]" in run.stdout
    run = installed.run("python", "-m", "whylight", "--version", cwd=tmp_path, without=without)
    assert re.fullmatch(r"whylight \d+\.\d+\S*\n", run.stdout)


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        ([], "desktop"),
        (["window", "image.png"], "desktop"),
        (["train"], "train"),
        (["train", "--help"], "train"),
        (["export"], "train"),
    ],
)
def test_a_missing_extra_is_named(
    installed: Installed, tmp_path: Path, arguments: list[str], extra: str
) -> None:
    run = installed.run("whylight", *arguments, cwd=tmp_path, without=("desktop", "train"))
    assert run.returncode == 2
    assert f"pip install 'whylight[{extra}]'" in run.stderr
    assert "Traceback" not in run.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["window", "explain", "adopt", "export", "self-test", "completion"])
def test_help_needs_no_extra(installed: Installed, tmp_path: Path, command: str) -> None:
    run = installed.run("whylight", command, "--help", cwd=tmp_path, without=("desktop", "train"))
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(f"usage: whylight {command} ")


def test_the_window_opens_on_the_samples(installed: Installed, tmp_path: Path) -> None:
    run = installed.run("python", "-c", WINDOW, cwd=tmp_path, without=("train",), QT_QPA_PLATFORM="offscreen")
    assert run.returncode == 0, run.stderr
    assert "explained (" in run.stdout


def test_it_trains_exports_and_explains_without_a_checkout(installed: Installed, tmp_path: Path) -> None:
    for index, name in enumerate(("red", "green", "blue")):
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(10):
            image = random_image(100 * index + number, 40, 50).astype(int)
            image[..., index] += 90
            write_image(tmp_path / "data" / name / f"{number}.png", image.clip(0, 255).astype("uint8"))
    for command in (
        "train --variant adam --dataset folder --data data --out run --epochs 1 --image-size 32",
        "export --checkpoint run --images 0 --out mine.onnx",
        "explain data/red --model mine.onnx --class red --out report",
    ):
        run = installed.run("whylight", *command.split(), cwd=tmp_path, without=("desktop",))
        assert run.returncode == 0, f"{command}\n{run.stdout}\n{run.stderr}"
    assert (tmp_path / "report" / "index.html").is_file()


def test_packages_of_the_same_names_do_no_harm(installed: Installed, tmp_path: Path) -> None:
    """Somebody else's distribution with packages `trainer` and `export`, while it is there and after."""
    environment = installed
    environment.pip("install", "--no-deps", "--no-index", stand_in(tmp_path))

    run = environment.run("whylight", "export", "--checkpoint", "none", "--out", "m.onnx", cwd=tmp_path)
    assert run.returncode == 2
    assert "expected the checkpoint of a training run" in run.stderr  # whylight.trainer says so
    code = "import trainer, export; print(trainer.WHOSE, export.WHOSE)"
    assert environment.run("python", "-c", code, cwd=tmp_path).stdout == "theirs theirs\n"
    environment.pip("uninstall", "--yes", "coqui-stand-in")
    assert environment.run("python", "-c", "import trainer", cwd=tmp_path).returncode != 0
    code = (
        "from importlib.metadata import files\n"
        "ours = files('whylight')\n"
        "print(len(ours) > 300, [file for file in ours if not file.locate().exists()])"
    )
    assert environment.run("python", "-c", code, cwd=tmp_path).stdout == "True []\n"
    run = environment.run("whylight", "layers", cwd=tmp_path)
    assert run.returncode == 0, run.stderr


def test_a_checkout_finds_its_own_packages_first(tmp_path: Path) -> None:
    with zipfile.ZipFile(stand_in(tmp_path)) as file:
        file.extractall(tmp_path / "theirs")
    path = os.pathsep.join([str(tmp_path / "theirs"), *filter(None, sys.path), str(ROOT)])
    run = subprocess.run(
        [sys.executable, "-P", "-m", "whylight", "export", "--checkpoint", "none"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert "expected the checkpoint of a training run" in run.stderr  # the checkout's trainer says so


def stand_in(folder: Path) -> Path:
    """Make a wheel that takes the names `trainer` and `export`, as coqui-tts-trainer takes the first."""
    path = folder / "coqui_stand_in-1.0-py3-none-any.whl"
    info = "coqui_stand_in-1.0.dist-info"
    files = {
        "trainer/__init__.py": "WHOSE = 'theirs'\n",
        "export/__init__.py": "WHOSE = 'theirs'\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: coqui-stand-in\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as file:
        for name, text in files.items():
            file.writestr(name, text)
    return path

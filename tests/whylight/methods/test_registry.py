"""The table of methods, which other packages can add to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from whylight.errors import QuestionError
from whylight.methods import METHODS, OF_BOXES, WITHOUT_GRADIENTS, WITHOUT_LAYERS, methods_of_gradients
from whylight.methods.registry import Method, Registry

DOUBLED = Method(
    name="twice-cam",
    label="Twice-CAM",
    summary="Everything twice.",
    paper="Nobody, 2026",
    needs="gradients",
    function=lambda activations, gradients: 2 * (activations[None] * gradients).sum(axis=1),
)


def test_every_method_says_what_it_is() -> None:
    assert len(METHODS) == 13
    for name, method in METHODS.items():
        assert method.name == name
        assert method.summary.endswith(".")
        assert any(source in method.paper for source in ("arXiv", "doi", "WACV")), method.paper
        assert callable(method.implementation)


def test_the_groups_of_methods() -> None:
    assert methods_of_gradients()[0] == "grad-cam"
    assert set(methods_of_gradients()) | set(WITHOUT_GRADIENTS) | set(OF_BOXES) == set(METHODS)
    assert WITHOUT_LAYERS == ("occlusion", "rise")
    assert not METHODS["eigencam"].class_specific
    assert all(METHODS[name].class_specific for name in METHODS if name != "eigencam")


def test_a_method_that_does_not_depend_on_the_class_says_so() -> None:
    """As the table says: other gradients change every map but those of class-blind methods."""
    random = np.random.default_rng(0)
    activations = random.standard_normal((6, 5, 4)).astype(np.float32)
    first, second = random.standard_normal((2, 1, 6, 5, 4)).astype(np.float32)
    for name in methods_of_gradients():
        maps = [np.abs(METHODS[name](activations, gradients)) for gradients in (first, second)]
        assert np.allclose(*maps, atol=1e-4) != METHODS[name].class_specific


def test_spelling_and_near_misses() -> None:
    registry = Registry()
    registry.add(DOUBLED)
    assert registry["TwiceCAM"] is registry["twice_cam"] is DOUBLED
    assert "Twice CAM" in registry
    assert 3 not in registry
    with pytest.raises(ValueError, match="already"):
        registry.add(DOUBLED)
    with pytest.raises(QuestionError, match="did you mean twice-cam"):
        registry["twise-cam"]
    with pytest.raises(KeyError):
        registry["nothing like it"]


def test_another_package_adds_a_method(tmp_path: Path) -> None:
    """By its entry point alone: a package that is installed beside Whylight."""
    (tmp_path / "twice.py").write_text(
        "from whylight import METHODS, method\n"
        "@method('twice-cam', label='Twice-CAM', summary='Twice.', paper='none', needs='gradients')\n"
        "def twice(activations, gradients):\n"
        "    return 2 * METHODS['hirescam'](activations, gradients)\n"
    )
    metadata = tmp_path / "twice-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: twice\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[whylight.methods]\ntwice = twice\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import numpy as np, whylight\n"
        "explainer = whylight.Explainer()\n"
        "image = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)\n"
        "once, twice = (explainer(image, target=0, method=m) for m in ('hirescam', 'Twice-CAM'))\n"
        "np.testing.assert_allclose(twice.maps, 2 * once.maps)\n"
        "assert 'twice-cam' in whylight.METHODS and 'twice-cam' in explainer.methods\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)

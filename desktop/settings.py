"""Settings stored between sessions: recent files, window, appearance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from whylight.common.paths import is_there

from .session.color_scale import Scale
from .session.rendering import RenderOptions
from .startup.app_dirs import standard_data_folder
from .widgets.theme import Theme

MOST_RECENT = 8
"""Maximum number of recent folders, and of recent models."""


@dataclass(frozen=True, slots=True)
class SavedSession:
    """Open paths, model and layer of a session."""

    paths: Sequence[Path] = ()
    """Folders and files; empty for the samples."""
    image: Path | None = None
    model: Path | None = None
    """The model; None is General, the default."""
    layer: str | None = None
    """The explained layer; None is the model's own."""
    second_model: Path | None = None


class Settings:
    """INI file in the user's settings folder, or at `path`.

    Unreadable settings are treated as missing, and errors in writing are ignored.
    """

    def __init__(self, path: Path | None = None) -> None:
        if path is None:
            self._store = QSettings(
                QSettings.Format.IniFormat, QSettings.Scope.UserScope, "Whylight", "Whylight"
            )
        else:
            self._store = QSettings(str(path), QSettings.Format.IniFormat)
        self.data_folder = standard_data_folder() if path is None else path.parent
        """Folder for data of the program, such as adopted models; it may not exist yet."""

    @property
    def folders(self) -> list[Path]:
        """Recently opened folders and images that still exist, latest first."""
        return self._paths("recent/folders")

    @property
    def models(self) -> list[Path]:
        """Recently opened models that still exist, latest first."""
        return self._paths("recent/models")

    @property
    def adopted_models(self) -> list[Path]:
        """Forward graphs of the models that were adopted in the window, by name."""
        found = sorted(self.models_folder.glob("*.onnx")) if self.models_folder.is_dir() else []
        return [path for path in found if not path.stem.endswith(".gradient")]

    @property
    def models_folder(self) -> Path:
        """Folder of the adopted models; it may not exist yet."""
        return self.data_folder / "adopted"

    def add_folder(self, path: Path) -> None:
        """Remember an opened path."""
        self._add("recent/folders", path)

    def add_model(self, path: Path) -> None:
        """Remember an opened model."""
        self._add("recent/models", path)

    def clear_recent(self) -> None:
        """Clear the recent folders and models."""
        self._store.remove("recent")

    @property
    def session(self) -> SavedSession:
        """The last session, without paths that no longer exist."""
        layer = self._store.value("session/layer")
        return SavedSession(
            self._paths("session/paths"),
            self._path("session/image"),
            self._path("session/model"),
            layer if isinstance(layer, str) and layer else None,
            self._path("session/second_model"),
        )

    def save_session(self, session: SavedSession) -> None:
        """Store the session."""
        self._store.setValue("session/paths", [str(path) for path in session.paths])
        for name in ("image", "model", "layer", "second_model"):
            self._store.setValue(f"session/{name}", str(getattr(session, name) or ""))

    @property
    def chosen_model(self) -> Path | None:
        """The model for every start, possibly missing; None: that of the last session."""
        value = self._store.value("model/chosen")
        return Path(value) if isinstance(value, str) and value else None

    def choose_model(self, path: Path | None) -> bool:
        """Store the model for every start; return whether it could be saved."""
        if path is None:
            self._store.remove("model/chosen")
        else:
            self._store.setValue("model/chosen", str(path.absolute()))
        self.sync()
        return self._store.status() is QSettings.Status.NoError

    @property
    def file(self) -> Path:
        """Path of the settings file."""
        return Path(self._store.fileName())

    @property
    def is_kept(self) -> bool:
        """Whether settings can be written."""
        return self._store.isWritable()

    @property
    def look(self) -> RenderOptions:
        """Stored appearance of maps."""
        known = RenderOptions()
        scales = {scale.value: scale for scale in Scale}
        try:
            opacity = float(str(self._store.value("look/opacity", known.opacity)))
        except ValueError:
            opacity = known.opacity
        return RenderOptions(
            str(self._store.value("look/colour_map", known.colour_map)),
            min(max(opacity, 0.0), 1.0),
            scales.get(str(self._store.value("look/scale")), known.scale),
        )

    def save_look(self, look: RenderOptions) -> None:
        """Store the appearance of maps."""
        self._store.setValue("look/colour_map", look.colour_map)
        self._store.setValue("look/opacity", look.opacity)
        self._store.setValue("look/scale", look.scale.value)

    @property
    def method(self) -> str | None:
        """Stored method."""
        value = self._store.value("look/method")
        return value if isinstance(value, str) else None

    def save_method(self, method: str) -> None:
        """Store the method."""
        self._store.setValue("look/method", method)

    @property
    def theme(self) -> Theme:
        """Stored colours of the window."""
        known = {theme.value: theme for theme in Theme}
        return known.get(str(self._store.value("look/theme")), Theme.SYSTEM)

    def save_theme(self, theme: Theme) -> None:
        """Store the colours of the window."""
        self._store.setValue("look/theme", theme.value)

    @property
    def recursive(self) -> bool:
        """Whether sub-folders are searched."""
        return self._store.value("search/recursive", "true") != "false"

    def save_recursive(self, recursive: bool) -> None:
        """Store whether sub-folders are searched."""
        self._store.setValue("search/recursive", "true" if recursive else "false")

    @property
    def wheel_browses(self) -> bool:
        """Whether the wheel goes through the images instead of zooming."""
        return self._store.value("view/wheel_browses", "false") == "true"

    def save_wheel_browses(self, browses: bool) -> None:
        """Store whether the wheel goes through the images."""
        self._store.setValue("view/wheel_browses", "true" if browses else "false")

    def state(self, name: str) -> QByteArray:
        """Return the stored state of a part of the window; empty if missing."""
        value = self._store.value(f"window/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def save_state(self, name: str, state: QByteArray) -> None:
        """Store the state of a part of the window."""
        self._store.setValue(f"window/{name}", state)

    def sync(self) -> None:
        """Write all settings now, if possible."""
        self._store.sync()

    def _path(self, key: str) -> Path | None:
        return next(iter(self._paths(key)), None)

    def _paths(self, key: str) -> list[Path]:
        value = self._store.value(key, [])
        texts = value if isinstance(value, list) else [value]
        return [Path(text) for text in texts if isinstance(text, str) and text and is_there(Path(text))]

    def _add(self, key: str, path: Path) -> None:
        path = path.absolute()
        others = [known for known in self._paths(key) if known != path]
        self._store.setValue(key, [str(known) for known in [path, *others][:MOST_RECENT]])

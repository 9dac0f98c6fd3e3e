"""What the user can do, as actions with their keys, and the toolbar that shows them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QMainWindow,
    QSizePolicy,
    QSlider,
    QToolBar,
    QToolButton,
    QWidget,
)

from desktop.engine import Look
from desktop.icons import icon
from desktop.panels import Panel


class Actions:
    """Every action of the window, made once; the window connects them."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        tr = window.tr
        self.open_folder = self._add(tr("Open folder…"), QKeySequence.StandardKey.Open)
        self.open_model = self._add(tr("Open model…"), "Ctrl+M")
        self.paste = self._add(tr("Paste pictures or folders"), QKeySequence.StandardKey.Paste)
        self.copy = self._add(tr("Copy panels"), QKeySequence.StandardKey.Copy)
        self.save = self._add(tr("Save panels…"), QKeySequence.StandardKey.Save)
        self.previous = self._add(tr("Previous picture"), "Left")
        self.next = self._add(tr("Next picture"), "Right")
        self.panel_group = QActionGroup(window)
        self.all_panels = self._add(tr("All"), "0", tr("All panels"))
        self.panels = {
            Panel.IMAGE: self._add(tr("Image"), "1", tr("Image alone, or all")),
            Panel.HEATMAP: self._add(tr("Heatmap"), "2", tr("Heatmap alone, or all")),
            Panel.OVERLAY: self._add(tr("Overlay"), "3", tr("Overlay alone, or all")),
        }
        for action in (self.all_panels, *self.panels.values()):
            action.setCheckable(True)
            self.panel_group.addAction(action)
        self.all_panels.setChecked(True)
        self.fit = self._add(tr("Fit the picture"), "Z")
        self.focus_filter = self._add(tr("Filter the pictures"), "/")
        self.focus_search = self._add(tr("Search a class"), "C")
        self.focus_opacity = self._add(tr("Opacity of the overlay"), "O")
        self.full_screen = self._add(tr("Full screen"), "F")
        self.keys = self._add(tr("Keys"), "?")

    def check_panel(self, alone: Panel | None) -> None:
        """Show as checked which panel is on show alone, or that all are."""
        (self.all_panels if alone is None else self.panels[alone]).setChecked(True)

    def enable_panels(self, enabled: bool) -> None:
        """Tell whether there are panels to copy and save."""
        self.copy.setEnabled(enabled)
        self.save.setEnabled(enabled)

    def draw_icons(self) -> None:
        """Draw the icons in the present palette."""
        for action, name in (
            (self.open_folder, "folder"),
            (self.open_model, "model"),
            (self.copy, "copy"),
            (self.save, "save"),
            (self.keys, "keys"),
        ):
            action.setIcon(icon(name, self._window.palette()))

    def _add(self, text: str, key: QKeySequence.StandardKey | str, purpose: str = "") -> QAction:
        """Make an action; its purpose, for tool tip and list of keys, is its text unless given."""
        action = QAction(text, self._window)
        action.setShortcut(QKeySequence(key))
        native = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setWhatsThis(purpose or text.rstrip("…"))
        action.setToolTip(f"{action.whatsThis()} ({native})")
        self._window.addAction(action)
        return action


class ToolBar(QToolBar):
    """The toolbar: what to open, which panels, and how the map is drawn."""

    look_changed = Signal(Look)

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self._look = Look()
        self.setWindowTitle(self.tr("Toolbar"))
        self.setMovable(False)
        self.setFloatable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setIconSize(QSize(20, 20))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.colour_map = QComboBox(self)
        self.colour_map.setAccessibleName(self.tr("Colour map"))
        self.colour_map.setEnabled(False)
        self.opacity = QSlider(Qt.Orientation.Horizontal, self)
        self.opacity.setRange(0, 100)
        self.opacity.setValue(round(100 * self._look.opacity))
        self.opacity.setFixedWidth(110)
        self.opacity.setAccessibleName(self.tr("Opacity of the heatmap in the overlay"))
        self._opacity_value = QLabel(self)
        self._opacity_value.setFixedWidth(self.fontMetrics().horizontalAdvance("100 %") + 8)
        self._fill()
        self._show_opacity()
        self.colour_map.currentIndexChanged.connect(self._change)
        self.opacity.valueChanged.connect(self._change)

    def set_colour_maps(self, names: Sequence[str]) -> None:
        """Offer the colour maps of the engine; the chosen one stays."""
        with QSignalBlocker(self.colour_map):
            self.colour_map.clear()
            for name in names:
                self.colour_map.addItem(name.capitalize(), name)
            self.colour_map.setCurrentIndex(self.colour_map.findData(self._look.colour_map))
        self.colour_map.setEnabled(True)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the system from light to dark and back."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._actions.draw_icons()

    def _fill(self) -> None:
        actions = self._actions
        actions.draw_icons()
        self.addActions([actions.open_folder, actions.open_model])
        self.addSeparator()
        self.addActions([actions.all_panels, *actions.panels.values()])
        self.addSeparator()
        for text, control in ((self.tr("Colour"), self.colour_map), (self.tr("Opacity"), self.opacity)):
            label = QLabel(text, self)
            label.setBuddy(control)
            label.setContentsMargins(8, 0, 6, 0)
            self.addWidget(label)
            self.addWidget(control)
        self.addWidget(self._opacity_value)
        spacer = QWidget(self)
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        for action in (actions.copy, actions.save, actions.keys):
            self.addAction(action)
            button = self.widgetForAction(action)
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)

    def _change(self) -> None:
        colour_map = (
            self.colour_map.currentData() or self._look.colour_map
        )  # none are known before the engine
        self._look = Look(colour_map, self.opacity.value() / 100)
        self._show_opacity()
        self.look_changed.emit(self._look)

    def _show_opacity(self) -> None:
        self._opacity_value.setText(f"{100 * self._look.opacity:.0f} %")

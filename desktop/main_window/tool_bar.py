"""Toolbar: opening, selection of panels, method and appearance of the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QLabel, QMenu, QSizePolicy, QSlider, QToolBar, QToolButton, QWidget

from ..common.number_format import number
from ..layers.layer_box import LayerBox
from ..session.color_scale import Scale, strongest_colour
from ..session.method_hints import method_hint, method_title
from ..session.model_loading import RECOMMENDED, LoadedModel
from ..session.rendering import RenderOptions
from ..widgets.actions import Actions
from ..widgets.short_combo_box import SHORT_ROLE, ShortComboBox


class ToolBar(QToolBar):
    """Toolbar, and the controls of the map: method, layer, scale, colours, opacity."""

    look_changed = Signal(RenderOptions)
    method_chosen = Signal(str)

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self._look = RenderOptions()
        self._shorten: list[tuple[QToolButton, int]] = []
        """Buttons whose text can be hidden, and the width of each text."""
        self.map_controls = QWidget(parent)
        """The lists and the slider, to be placed above the panels."""
        self.setWindowTitle(self.tr("Toolbar"))
        self.setMovable(False)
        self.setFloatable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setIconSize(QSize(20, 20))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.method = ShortComboBox(self, length=4)
        self.method.setAccessibleName(self.tr("Method"))
        self.method.setToolTip(self.tr("How the map is computed (M)"))
        self.method.addItem("Grad-CAM", "grad-cam")
        self.method.setEnabled(False)
        self.layer = LayerBox(self)
        self.scale = ShortComboBox(self, length=4)
        self.scale.setAccessibleName(self.tr("Red means"))
        self.scale.setToolTip(self.tr("What red means"))
        for scale, words in (
            (Scale.ITSELF, self.tr("strongest here")),
            (Scale.CLASSES, self.tr("among the classes")),
            (Scale.FOLDER, self.tr("in the folder")),
            (Scale.ABSOLUTE, self.tr("a fixed amount")),
        ):
            self.scale.addItem(words, scale)
        self.colour_map = ShortComboBox(self, length=2)
        self.colour_map.setToolTip(self.tr("Colours of the heatmap"))
        self.colour_map.setAccessibleName(self.tr("Colour map"))
        self.colour_map.setEnabled(False)
        self.opacity = QSlider(Qt.Orientation.Horizontal, self)
        self.opacity.setRange(0, 100)
        self.opacity.setValue(round(100 * self._look.opacity))
        self.opacity.setMinimumWidth(40)
        self.opacity.setMaximumWidth(110)
        self.opacity.setAccessibleName(self.tr("Opacity of the heatmap in the overlay"))
        self.opacity.setToolTip(self.opacity.accessibleName() + " (O)")
        self._fill()
        self.buttons = [button for button in self.findChildren(QToolButton) if button.defaultAction()]
        """The buttons, from left to right; Tab reaches them."""
        for button in self.buttons:
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._show_opacity()
        self.method.currentIndexChanged.connect(lambda: self.method_chosen.emit(self.method.currentData()))
        self.scale.currentIndexChanged.connect(self._choose_scale)
        self.colour_map.currentIndexChanged.connect(self._change)
        self.opacity.valueChanged.connect(self._change)

    def set_methods(self, names: Sequence[str], chosen: str, recommended: str = RECOMMENDED) -> None:
        """Set the list of methods, of which one is marked as recommended."""
        from whylight.methods import METHODS

        with QSignalBlocker(self.method):
            self.method.clear()
            for name in names:
                self.method.addItem(method_title(METHODS[name].label, name, recommended), name)
                tip = method_hint(name, METHODS[name].summary)
                row = self.method.count() - 1
                self.method.setItemData(row, tip, Qt.ItemDataRole.ToolTipRole)
                self.method.setItemData(row, METHODS[name].label, SHORT_ROLE)
            self.method.setCurrentIndex(self.method.findData(chosen))
        self.method.setEnabled(True)

    def mark_method(self, name: str) -> None:
        """Show the method in use."""
        with QSignalBlocker(self.method):
            self.method.setCurrentIndex(self.method.findData(name))

    def set_colour_maps(self, names: Sequence[str]) -> None:
        """Set the list of colour maps, keeping the selected one."""
        with QSignalBlocker(self.colour_map):
            self.colour_map.clear()
            for name in names:
                self.colour_map.addItem(name.capitalize(), name)
            self.colour_map.setCurrentIndex(self.colour_map.findData(self._look.colour_map))
        self.colour_map.setEnabled(True)

    def show_model(self, opened: LoadedModel, method: str) -> None:
        """Set methods and colour maps for an opened model; `method` is selected."""
        self.set_colour_maps(opened.colour_maps)
        self.set_methods(opened.methods, method, opened.recommended_method)

    def event(self, event: QEvent) -> bool:
        """Adapt to changed widths of the bar or its controls."""
        done = super().event(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._make_room()
        return done

    def changeEvent(self, event: QEvent) -> None:
        """Redraw icons when the colour scheme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._actions.draw_icons()

    def _fill(self) -> None:
        actions = self._actions
        actions.draw_icons()
        self.addActions([actions.open_folder, actions.open_model, actions.recent])
        self._show_menu_at_once(actions.recent)
        self._add_folder_menu()
        for action in (actions.recent, actions.open_model, actions.open_folder):
            button = self.widgetForAction(action)
            if isinstance(button, QToolButton):
                self._shorten.append((button, _text_width(button)))
        self.addSeparator()
        self.addActions([actions.all_panels, actions.pair, *actions.panels.values()])
        self.addSeparator()
        self._fill_map_controls()
        spacer = QWidget(self)
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        for action in (
            actions.brush,
            actions.second_model,
            actions.report,
            actions.copy,
            actions.save,
            actions.keys,
            actions.manual,
            actions.about,
        ):
            self.addAction(action)
            button = self.widgetForAction(action)
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)

    def _fill_map_controls(self) -> None:
        """Lay the controls of the map out in a row of their own, above the panels."""
        grid = QGridLayout(self.map_controls)
        grid.setContentsMargins(14, 4, 14, 0)
        grid.setVerticalSpacing(1)
        grid.setHorizontalSpacing(4)
        for column, (name, control, stretch) in enumerate(
            (
                (self.tr("Method"), self.method, 3),
                (self.tr("Layer"), self.layer, 3),
                (self.tr("Red means"), self.scale, 3),
                (self.tr("Colours"), self.colour_map, 2),
                (self.tr("Opacity"), self.opacity, 0),
            )
        ):
            label = QLabel(name, self.map_controls)
            if control is self.scale:
                self._scale_label = label
            elif control is self.opacity:
                self._opacity_label = label
            label.setBuddy(control)
            grid.addWidget(label, 0, column)
            grid.addWidget(control, 1, column)
            grid.setColumnStretch(column, stretch)
            if isinstance(control, ShortComboBox):
                control.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def _make_room(self) -> None:
        """Hide as few button texts as necessary."""
        icon_only, beside = Qt.ToolButtonStyle.ToolButtonIconOnly, Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        wanted = self.sizeHint().width()
        wanted += sum(width for button, width in self._shorten if button.toolButtonStyle() == icon_only)
        for button, width in self._shorten:
            style = icon_only if wanted > self.width() else beside
            if style == icon_only:
                wanted -= width
            if button.toolButtonStyle() != style:
                button.setToolButtonStyle(style)

    def _show_menu_at_once(self, action: QAction) -> None:
        button = self.widgetForAction(action)
        if isinstance(button, QToolButton):
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            action.triggered.connect(button.showMenu)

    def _add_folder_menu(self) -> None:
        button = self.widgetForAction(self._actions.open_folder)
        if isinstance(button, QToolButton):
            menu = QMenu(button)
            menu.addActions([self._actions.open_images, self._actions.paste, self._actions.recursive])
            button.setMenu(menu)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)

    def set_look(self, look: RenderOptions) -> None:
        """Set the initial appearance, before anything is drawn."""
        self._look = look
        with QSignalBlocker(self.opacity), QSignalBlocker(self.scale):
            self.opacity.setValue(round(100 * look.opacity))
            self.scale.setCurrentIndex(self.scale.findData(look.scale))
        self._show_opacity()

    def show_scale(self, drawn: Scale | None) -> None:
        """Show the scale that a map is drawn on, its own if it has not the chosen one.

        The choice is kept for maps that have it. `drawn` is None in place of the absolute scale.
        """
        shown = Scale.ITSELF if drawn is None else drawn
        with QSignalBlocker(self.scale):
            self.scale.setCurrentIndex(self.scale.findData(shown))
        words = self.tr("What red means")
        if shown is not self._look.scale:
            chosen = self.scale.itemText(self.scale.findData(self._look.scale))
            words = self.tr("This map cannot be drawn on the scale that was chosen, {scale}")
            words = words.format(scale=f"“{chosen}”")
        self.scale.setToolTip(words)

    def _choose_scale(self) -> None:
        self._look = replace(self._look, scale=self.scale.currentData())
        self._change()

    def _change(self) -> None:
        # The list of colour maps is empty until the engine is loaded.
        colour_map = self.colour_map.currentData() or self._look.colour_map
        self._look = RenderOptions(colour_map, self.opacity.value() / 100, self._look.scale)
        self._show_opacity()
        self.look_changed.emit(self._look)

    def _show_opacity(self) -> None:
        colour = strongest_colour(self._look.colour_map)
        self._scale_label.setText(self.tr("{colour} means").format(colour=colour[:1].upper() + colour[1:]))
        words = self.tr("Opacity {share} %").format(share=number(100 * self._look.opacity))
        self._opacity_label.setText(words)


def _text_width(button: QToolButton) -> int:
    """Return the width that hiding a button's text saves."""
    with_text = button.sizeHint().width()
    style = button.toolButtonStyle()
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    without = button.sizeHint().width()
    button.setToolButtonStyle(style)
    return with_text - without

"""Commands of the window as actions with shortcuts."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow

from ..common.panel import Panel
from .icons import icon


class Actions:
    """All actions of the window, which connects them."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self.open_folder = self._add(self.tr("Open folder…"), QKeySequence.StandardKey.Open)
        self.open_images = self._add(self.tr("Open images…"), "Ctrl+Shift+O")
        self.recursive = self._add(self.tr("Include sub-folders"), "S")
        self.recursive.setCheckable(True)
        self.recursive.setChecked(True)
        self.open_model = self._add(self.tr("Open model…"), "Ctrl+M")
        self.second_model = self._add(self.tr("Compare with a second model, or close it…"), "Ctrl+Shift+M")
        self.recent = self._add(self.tr("Recent"), "Ctrl+R", purpose=self.tr("Recent folders and models"))
        self.choose_model = self._add(self.tr("Open this model at start"), "Ctrl+U")
        self.general_model = self._add(
            self.tr("General: 1,000 everyday things"), "Ctrl+B", purpose=self.tr("Open the model General")
        )
        self.caltech_model = self._add(
            self.tr("Caltech: 102 kinds of objects"),
            "Ctrl+Shift+B",
            purpose=self.tr("Open the model Caltech"),
        )
        self.paste = self._add(self.tr("Paste images or folders"), QKeySequence.StandardKey.Paste)
        self.copy = self._add(self.tr("Copy panels"), QKeySequence.StandardKey.Copy)
        self.save = self._add(self.tr("Save panels…"), QKeySequence.StandardKey.Save)
        self.copy_files = self._add(self.tr("Copy image files"), "Ctrl+Shift+C")
        self.show_in_folder = self._add(self.tr("Show the image's folder in the file manager"), "G")
        self.compare_with = self._add(self.tr("Compare with this image"), "E")
        self.mark_right = self._add(self.tr("Mark: right"), "Y")
        self.mark_wrong_label = self._add(self.tr("Mark: wrong label"), "N")
        self.mark_interesting = self._add(self.tr("Mark: interesting"), "I")
        self.export_marks = self._add(self.tr("Save the marks as a table…"), "Ctrl+Shift+E")
        self.copy_marked = self._add(self.tr("Copy marked images to folders…"), "Ctrl+Shift+F")
        self.report = self._add(self.tr("Report (selected images, or all shown)…"), "Ctrl+E")
        self.previous = self._add(self.tr("Previous image"), "Left")
        self.next = self._add(self.tr("Next image"), "Right")
        self.previous_folder = self._add(self.tr("Previous folder"), "Ctrl+PgUp")
        self.next_folder = self._add(self.tr("Next folder"), "Ctrl+PgDown")
        self.panel_group = QActionGroup(window)
        self.all_panels = self._add(self.tr("All"), "0", purpose=self.tr("All panels"))
        self.panels = {
            Panel.IMAGE: self._add(self.tr("Image"), "1", purpose=self.tr("Image only, or all panels")),
            Panel.HEATMAP: self._add(self.tr("Heatmap"), "2", purpose=self.tr("Heatmap only, or all panels")),
            Panel.OVERLAY: self._add(self.tr("Overlay"), "3", purpose=self.tr("Overlay only, or all panels")),
        }
        self.pair = self._add(self.tr("Two"), "4", purpose=self.tr("Image and overlay, or all panels"))
        for action in (self.all_panels, self.pair, *self.panels.values()):
            action.setCheckable(True)
            self.panel_group.addAction(action)
        self.all_panels.setChecked(True)
        self.fit = self._add(self.tr("Fit the image"), "Z", "Ctrl+0")
        self.actual_size = self._add(self.tr("Actual size (100 %)"), "Shift+Z", "Ctrl+1")
        self.zoom_in = self._add(self.tr("Zoom in"), "+", "=", "Ctrl++")
        self.zoom_out = self._add(self.tr("Zoom out"), "-", "Ctrl+-")
        self.focus_filter = self._add(self.tr("Filter the images"), "/")
        self.focus_search = self._add(self.tr("Search a class"), "C")
        self.focus_method = self._add(self.tr("Method"), "M")
        self.focus_layer = self._add(self.tr("Layer"), "L")
        self.focus_opacity = self._add(self.tr("Opacity of the overlay"), "O")
        self.why = self._add(self.tr("Why this class?"), "W")
        self.against = self._add(self.tr("What speaks against it?"), "A")
        self.rather = self._add(self.tr("Why rather than another?"), "R")
        self.mistakes = self._add(self.tr("Mistakes only"), "X")
        self.mistakes.setCheckable(True)
        self.confusion = self._add(self.tr("Confusion table"), "T")
        self.confusion.setCheckable(True)
        self.predict = self._add(self.tr("Pause the predictions, or go on"), "P")
        self.recommended = self._add(self.tr("Recommended method and layer"), "Shift+L")
        self.compare_methods = self._add(
            self.tr("Compare methods"), "V", purpose=self.tr("All methods side by side")
        )
        self.compare_methods.setCheckable(True)
        self.measure = self._add(self.tr("Can I trust this map? Test it"), "D")
        self.brush = self._add(self.tr("What if this part were hidden? (brush)"), "B")
        self.brush.setCheckable(True)
        self.undo_brush = self._add(self.tr("Uncover the last stroke"), QKeySequence.StandardKey.Undo)
        self.full_screen = self._add(self.tr("Full screen: the panels alone"), "F", "F11")
        self.theme = self._add(self.tr("Colours: as the system, light, dark"), "K")
        self.quit = self._add(self.tr("Quit"), "Ctrl+Q")
        self.close_window = self._add(self.tr("Close the window"), "Ctrl+W")
        self.keys = self._add(self.tr("Keys"), "?")
        self.manual = self._add(self.tr("Manual"), "F1")
        self.about = self._add(self.tr("About Whylight, licences"), "Shift+F1")
        self.wheel_browses = self._add(self.tr("The wheel goes to the next image, or zooms"), "Shift+W")
        self.wheel_browses.setCheckable(True)

    @property
    def groups(self) -> list[tuple[str, list[QAction]]]:
        """The actions in groups with titles, for the list of keys."""
        return [
            (
                self.tr("Open"),
                [
                    *(self.open_folder, self.open_images, self.recursive, self.paste, self.recent),
                    *(self.open_model, self.second_model, self.choose_model),
                    *(self.general_model, self.caltech_model),
                ],
            ),
            (
                self.tr("Go through the images"),
                [
                    *(self.next, self.previous, self.next_folder, self.previous_folder, self.focus_filter),
                    *(self.mistakes, self.confusion, self.predict, self.wheel_browses),
                ],
            ),
            (
                self.tr("Mark and hand on"),
                [
                    *(self.mark_right, self.mark_wrong_label, self.mark_interesting),
                    *(self.export_marks, self.copy_marked, self.report, self.copy, self.save),
                    *(self.copy_files, self.show_in_folder),
                ],
            ),
            (
                self.tr("Ask"),
                [
                    *(self.why, self.against, self.rather, self.focus_search),
                    *(self.brush, self.undo_brush, self.compare_with),
                ],
            ),
            (
                self.tr("The map"),
                [
                    *(self.focus_method, self.focus_layer, self.recommended, self.compare_methods),
                    *(self.measure, self.focus_opacity),
                ],
            ),
            (
                self.tr("Panels"),
                [
                    *(self.all_panels, *self.panels.values(), self.pair),
                    *(self.fit, self.actual_size, self.zoom_in, self.zoom_out, self.full_screen),
                ],
            ),
            (
                self.tr("Window"),
                [self.theme, self.keys, self.manual, self.about, self.close_window, self.quit],
            ),
        ]

    def check_panels(self, chosen: tuple[Panel, ...]) -> None:
        """Check the action that shows these panels."""
        action = self.panels[chosen[0]] if len(chosen) == 1 else self.pair
        (self.all_panels if len(chosen) == len(Panel) else action).setChecked(True)

    def enable_panels(self, enabled: bool) -> None:
        """Set whether there are panels to copy and save."""
        self.copy.setEnabled(enabled)
        self.save.setEnabled(enabled)

    def enable_comparison(self, enabled: bool) -> None:
        """Set whether there is a map whose methods can be compared.

        A comparison on show can be left in any case.
        """
        self.compare_methods.setEnabled(enabled or self.compare_methods.isChecked())

    def enable_labelled(self, enabled: bool) -> None:
        """Set whether folders are named after classes; checked commands stay enabled."""
        for action in (self.mistakes, self.confusion):
            action.setEnabled(enabled or action.isChecked())

    def enable_marked(self, enabled: bool) -> None:
        """Set whether there are marked images."""
        for action in (self.export_marks, self.copy_marked):
            action.setEnabled(enabled)

    def draw_icons(self) -> None:
        """Draw the icons in the current palette."""
        for action, name in (
            (self.open_folder, "folder"),
            (self.open_model, "model"),
            (self.copy, "copy"),
            (self.save, "save"),
            (self.report, "report"),
            (self.recent, "recent"),
            (self.brush, "brush"),
            (self.second_model, "second"),
            (self.keys, "keys"),
            (self.about, "about"),
            (self.manual, "manual"),
            (self.compare_methods, "compare"),
        ):
            action.setIcon(icon(name, self._window.palette()))

    @staticmethod
    def tr(text: str) -> str:
        """Translate; actions are not a `QObject`."""
        return QCoreApplication.translate("Actions", text)

    def _add(
        self, text: str, key: QKeySequence.StandardKey | str, *more_keys: str, purpose: str = ""
    ) -> QAction:
        """Create an action; `purpose`, for tool tip and shortcut list, is `text` if empty.

        `more_keys` are additional shortcuts known from other programs, which are not listed.
        """
        action = QAction(text, self._window)
        action.setShortcuts([QKeySequence(key), *map(QKeySequence, more_keys)])
        native = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setWhatsThis(purpose or text.rstrip("…"))
        action.setToolTip(f"{action.whatsThis()} ({native})")
        self._window.addAction(action)
        return action

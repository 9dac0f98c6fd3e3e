"""The parts of the window, not yet in their places: views, commands, and what works behind them."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow, QTabWidget

from ..analysis.faithfulness import Faithfulness
from ..analysis.faithfulness_view import FaithfulnessView
from ..analysis.occlusion_brush import OcclusionBrush
from ..classes.class_panel import ClassPanel
from ..files.pasted import PastedImages
from ..files.recent_menu import RecentMenu
from ..gallery.confusion_view import ConfusionView
from ..gallery.folder_watcher import FolderWatcher
from ..gallery.gallery_panel import ImagePanel
from ..gallery.predictor import Predictor
from ..gallery.scanner import Search
from ..layers.layer_controller import LayerController
from ..models.adopt_form import AdoptPanel
from ..models.adoption import Adopting
from ..models.card_view import CardView
from ..output.output_controller import OutputController
from ..session.session import Session
from ..settings import Settings
from ..viewer.keyboard import PanelKeys
from ..viewer.mouse import PanelMouse
from ..viewer.panels_view import PanelsView
from ..widgets.actions import Actions
from ..widgets.message_bar import MessageBar
from ..widgets.progress_row import ProgressRow
from ..widgets.shortcuts_overlay import ShortcutsOverlay
from ..widgets.status_bar import StatusBar
from .tool_bar import ToolBar


class WindowParts(QMainWindow):
    """Thumbnails, panels, classes and card, toolbar and status bar, and what works for them."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.session = Session(self)
        self.layering = LayerController(self.session, self)
        self.search = Search(self)
        self.pasting = PastedImages(self)
        self.errands = OutputController(self.session, self)
        self.predictor = Predictor(self.session.is_free, self.session.scales, self)
        self.image_panel = ImagePanel(self)
        self.watcher = FolderWatcher(lambda folder: self.image_panel.images.of_folder(folder), self)
        self.recent = RecentMenu(self.settings, self)
        self.adopting = Adopting(self.settings.data_folder / "adopted", self)
        self.adopt_panel = AdoptPanel(self)
        self.report_progress = ProgressRow(self.tr("Report"), self)
        self.panels = PanelsView(self)
        self.message_bar = MessageBar(self)
        self.class_panel = ClassPanel(self)
        self.card_view = CardView(self)
        self.truth, self.truth_view = Faithfulness(self), FaithfulnessView(self)
        self.about = QTabWidget(self)
        self.about.setDocumentMode(True)
        self.about.tabBar().setAccessibleName(self.tr("About the model, and about the map"))
        self.about.addTab(self.card_view, self.tr("Model"))
        self.about.addTab(self.truth_view, self.tr("How true?"))
        self.covering = OcclusionBrush(self)
        self.second_panels = PanelsView(self)
        self.second_panels.setAccessibleName(self.tr("Image, heatmap and overlay of the second model"))
        self.second_panels.hide()
        for panels in (self.panels, self.second_panels):
            PanelMouse(panels)
            PanelKeys(panels)
        self.confusion = ConfusionView(self)
        self.confusion.hide()
        self.status = StatusBar(self)
        self.commands = Actions(self)
        self.tool_bar = ToolBar(self.commands, self)
        self.keys_overlay = ShortcutsOverlay(self.actions(), self)

    def enable_panels(self, enabled: bool) -> None:
        """Tell whether there is an explained image to copy, save, measure and cover."""
        self.commands.enable_panels(enabled)
        self.truth_view.enable(enabled)

    def predict_all(self) -> None:
        """Predict all open images with the open model."""
        model = self.session.opened_model
        paths = self.image_panel.images.paths
        self.predictor.restart(model.explainer if model else None, paths, self.session.method)

"""Session that is restored at the next start of the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..session.session import Session
from ..settings import SavedSession


def session_to_save(
    before: SavedSession, session: Session, second: Session, roots: Sequence[Path], lasting: Sequence[Path]
) -> SavedSession:
    """Return the session to restore at the next start.

    Args:
        before: the session restored at this start.
        session: session of the first model.
        second: session of the second model.
        roots: opened paths; empty for the samples.
        lasting: those that exist after the window is closed. If all were pasted, none does, and the paths of
            `before` are kept.
    """
    model, second_model = session.opened_model, second.opened_model
    return SavedSession(
        paths=lasting or (before.paths if roots else ()),
        image=session.image_path if lasting or not roots else before.image,
        model=None if model is None or model.is_default else model.explainer.model_path,
        layer=None if model is None else model.layer,
        second_model=None if second_model is None else second_model.explainer.model_path,
    )

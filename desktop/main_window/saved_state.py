"""The session that the next start of the window opens again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..session.session import Session
from ..settings import SavedSession


def session_to_save(
    before: SavedSession, session: Session, second: Session, roots: Sequence[Path], lasting: Sequence[Path]
) -> SavedSession:
    """Return the session that the next start opens.

    Args:
        before: what this session started with.
        session: the first model's.
        second: the second model's.
        roots: what was opened; empty for the samples.
        lasting: those of them that outlive the window. Where all were pasted, none does, and the next session
            starts with what this one did.
    """
    model, second_model = session.opened_model, second.opened_model
    return SavedSession(
        paths=lasting or (before.paths if roots else ()),
        image=session.image_path if lasting or not roots else before.image,
        model=None if model is None or model.is_bundled else model.explainer.model_path,
        layer=None if model is None else model.layer,
        second_model=None if second_model is None else second_model.explainer.model_path,
    )

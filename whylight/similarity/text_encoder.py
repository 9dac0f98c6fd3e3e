"""Embeddings of texts, by the text half of CLIP and its kin."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from whylight.errors import ModelError, QuestionError
from whylight.runtime.file_kind import runtime_reason
from whylight.runtime.session import CPU, open_session

TOKENIZER = "tokenizer.json"
_TOKENS, _MASK = "input_ids", "attention_mask"
_USUAL_LENGTH = 77
"""Tokens of CLIP, for files that leave the length open."""
_WORDS_OF_OUTPUTS = ("embed", "pooler", "feature")


class TextEncoder:
    """A text model and its tokenizer.

        texts = TextEncoder("text_model.onnx")
        vectors = texts(["a photo of a cat", "a photo of a dog"])

    Args:
        model: an ONNX file that takes `input_ids` int64 or int32 `[N, T]`, perhaps with an `attention_mask`,
            and gives an embedding `[N, D]` (`text_embeds`), as Hugging Face exports them.
        tokenizer: the file `tokenizer.json`; None for that beside the model, or in the folder above.

    Raises:
        ModelError: a file is missing or is none of these, or the package `tokenizers` is not installed.
    """

    def __init__(
        self, model: str | os.PathLike[str], tokenizer: str | os.PathLike[str] | None = None
    ) -> None:
        path = Path(model)
        self._name = path.name
        self._session = open_session(path, [CPU], f"'{path.name}'")
        inputs = {value.name: value for value in self._session.get_inputs()}
        if _TOKENS not in inputs or inputs.keys() - {_TOKENS, _MASK}:
            raise ModelError(
                "'{name}' is no text model: it takes {inputs}; expected input_ids, perhaps with an "
                "attention_mask",
                name=path.name,
                inputs=", ".join(inputs),
            )
        self._inputs = inputs
        self._output = _embedding_of(self._session, path)
        length = inputs[_TOKENS].shape[1]
        self._length: int | None = length if isinstance(length, int) else None
        self._tokenizer = _open_tokenizer(_tokenizer_path(path) if tokenizer is None else Path(tokenizer))
        self._tokenizer.enable_truncation(self._length or _USUAL_LENGTH)

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an embedding of length one for each text, float32 `[N, D]`.

        Raises:
            QuestionError: there is no text, or one is empty.
            ModelError: the model fails on a text.
        """
        if not texts or not all(text.strip() for text in texts):
            raise QuestionError("a text to compare images with is empty")
        rows = []
        for text in texts:  # one by one, so that no padding is needed where the length is open
            tokens = self._tokenizer.encode(text).ids
            padding = (self._length or len(tokens)) - len(tokens)
            # CLIP's own padding is its end-of-text token, whose first place is the one that is read.
            feed = {_TOKENS: tokens + [tokens[-1]] * padding, _MASK: [1] * len(tokens) + [0] * padding}
            given = {name: _array(feed[name], value) for name, value in self._inputs.items()}
            try:
                (found,) = self._session.run([self._output], given)
                rows.append(np.asarray(found, np.float32).reshape(-1))
            except Exception as error:  # the runtime's errors have no common type
                raise ModelError(
                    "'{name}' gives no embedding of '{text}': {reason}",
                    name=self._name,
                    text=text,
                    reason=runtime_reason(error),
                ) from error
            if len(rows[-1]) != len(rows[0]) or not np.linalg.norm(rows[-1]) > 0:  # NaN, too
                raise ModelError(
                    "'{name}' gives no embedding of '{text}': it is zero, no number, or of another length",
                    name=self._name,
                    text=text,
                )
        vectors = np.stack(rows)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _array(values: list[int], taken: onnxruntime.NodeArg) -> NDArray[np.generic]:
    return np.array([values], np.int32 if taken.type == "tensor(int32)" else np.int64)


def _embedding_of(session: onnxruntime.InferenceSession, path: Path) -> str:
    """Return the output `[N, D]` of a text model."""
    outputs = [value for value in session.get_outputs() if len(value.shape) == 2]
    for value in outputs:
        if any(word in value.name.lower() for word in _WORDS_OF_OUTPUTS):
            return str(value.name)
    if len(outputs) == 1:
        return str(outputs[0].name)
    raise ModelError(
        "'{name}' is no text model: expected one output with an embedding, [N, D]; it has {outputs}",
        name=path.name,
        outputs=", ".join(value.name for value in session.get_outputs()),
    )


def _tokenizer_path(model: Path) -> Path:
    for folder in (model.parent, model.parent.parent):
        if (folder / TOKENIZER).is_file():
            return folder / TOKENIZER
    raise ModelError(
        "there is no {tokenizer} beside '{name}', nor in the folder above",
        tokenizer=TOKENIZER,
        name=model.name,
    )


def _open_tokenizer(path: Path) -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise ModelError("texts need the package tokenizers: pip install 'whylight[text]'") from error
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the package raises plain Exceptions
        raise ModelError("'{name}' is no tokenizer: {reason}", name=path.name, reason=str(error)) from error

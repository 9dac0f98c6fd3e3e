"""The command `whylight`: dispatches to sub-commands or opens the window.

Exit statuses: 0 done, 1 some images could not be explained or a check failed, 2 invalid usage, an invalid
file or a missing extra, 130 interrupted with partial results kept.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from whylight.commands import COMMANDS, load_command
from whylight.commands.status import INTERRUPTED, USAGE
from whylight.errors import WhylightError
from whylight.sandbox.program import DECODER_COMMAND, MODEL_COMMAND

PROGRAM = "whylight"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line on `argv` (default `sys.argv`) and return its exit status."""
    # Disable ONNX Runtime's telemetry before it is imported.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    for stream in (sys.stdout, sys.stderr):
        # File names may contain characters missing in the terminal's encoding.
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors="backslashreplace")
    given = sys.argv[1:] if argv is None else list(argv)
    try:
        status = _status_of(given)
        if sys.stdout is not None:
            sys.stdout.flush()  # what is left would else be written after all handlers are gone
    except BrokenPipeError:  # `whylight explain --json ... | head`
        _discard_output()
        return INTERRUPTED
    return status


def _status_of(given: Sequence[str]) -> int:
    try:
        return _dispatch(given)
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else USAGE
    except WhylightError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED


def _discard_output() -> None:
    """Discard what Python still has to write: nobody reads it."""
    with suppress(OSError, ValueError, AttributeError):  # a stream without a file
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _dispatch(given: Sequence[str]) -> int:
    first = given[0] if given else ""
    if first in COMMANDS:
        return int(load_command(first).main(given[1:], f"{PROGRAM} {first}"))
    if first == MODEL_COMMAND and len(given) == 2:
        from whylight.isolation.child import main as run_child

        return run_child(Path(given[1]))
    if first == DECODER_COMMAND and len(given) == 2:
        from whylight.images.decoder_child import main as run_decoder

        return run_decoder(int(given[1]))
    if first in {"-h", "--help"}:
        print(_help(), end="")
        return 0
    if first == "--version":
        from whylight.common.version import version

        print(f"{PROGRAM} {version()}")
        return 0
    _check_first_word(first)
    return int(load_command("window").main(given, PROGRAM))


def _check_first_word(word: str) -> None:
    """Reject a misspelt sub-command, which would be taken for the path of an image.

    Raises:
        WhylightError: the word resembles a sub-command, and there is no such file.
    """
    near = difflib.get_close_matches(word, COMMANDS, n=1, cutoff=0.7)
    if near and word.replace("-", "").isalpha() and not Path(word).exists():
        raise WhylightError(
            "there is no file and no command '{word}'; did you mean '{program} {near}'?",
            word=word,
            program=PROGRAM,
            near=near[0],
        )


def _help() -> str:
    width = max(map(len, COMMANDS))
    commands = "".join(f"  {name:{width}}  {words}\n" for name, words in COMMANDS.items())
    return (
        f"usage: {PROGRAM} [PATH ...]            open the window on images, folders or a model\n"
        f"       {PROGRAM} COMMAND [OPTION ...]\n"
        f"       {PROGRAM} --help | --version\n\n"
        "Shows why a vision model said what it said: exact Grad-CAM for ONNX models, offline.\n\n"
        f"commands:\n{commands}\n"
        f"'{PROGRAM} COMMAND --help' lists the options of a command. A folder that is named like a command\n"
        "is opened as './COMMAND'.\n"
    )

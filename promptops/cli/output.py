"""stdout and stderr that end no command: what could not be written is told once, at the end.

A reader who leaves (`| head`) has seen enough, which is no error. A full disk or a closed output loses what was asked
for, which is one. Either way the work is done and its results are kept.

What goes to stderr is for people and may quote anything, so no key of the environment is shown there, also not in the
traceback of a bug. stdout is for data: whatever is told there was masked where it came from.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from functools import cache
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from promptops.text.key_mask import KeyMask


class MaskedText(TextIOWrapper):
    """Writes texts without the keys of this process's environment."""

    def write(self, text: str, /) -> int:
        """Write all of it, except for keys."""
        super().write(without_keys(text) if len(text) > 1 else text)
        return len(text)


def without_keys(text: str) -> str:
    """A text that quotes what others wrote, an error for example, without the keys of this process's environment."""
    return _mask()(text)


@cache
def _mask() -> KeyMask:
    from promptops.text.key_mask import KeyMask  # most commands say nothing there

    return KeyMask.of_variables(os.environ)


class ForgivingWriter(BufferedWriter):
    """Takes all that is written to a file descriptor; `failure` is the error that lost some of it."""

    failure: OSError | None = None
    reader_left = False

    def write(self, data: Any, /) -> int:
        """Write what can be written; the rest is dropped."""
        try:
            return super().write(data)
        except OSError as exc:
            self._give_up(exc)
            return memoryview(data).nbytes

    def flush(self) -> None:
        """As `write`."""
        try:
            super().flush()
        except OSError as exc:
            self._give_up(exc)
            super().flush()

    def _give_up(self, exc: OSError) -> None:
        """What is left, and what comes, goes nowhere."""
        if isinstance(exc, BrokenPipeError):
            self.reader_left = True
        else:
            self.failure = self.failure or exc
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def run_with_outputs(command: Callable[[], object]) -> int:
    """Run a command that ends with SystemExit; returns its exit code, or 2 where its output could not be written."""
    out = _replace_outputs()
    try:
        command()
        code = 0
    except SystemExit as exc:
        code = exc.code if isinstance(exc.code, int) else int(exc.code is not None)
    sys.stdout.flush()
    if out.failure is not None and code in (0, 1):
        print(f"error: the output cannot be written: {_reason(out.failure)}", file=sys.stderr)  # noqa: T201
        code = 2
    sys.stderr.flush()
    return code


def reader_left() -> bool:
    """Whether nobody reads stdout any more; known once something more was written."""
    buffer = getattr(sys.stdout, "buffer", None)
    return isinstance(buffer, ForgivingWriter) and buffer.reader_left


def _replace_outputs() -> ForgivingWriter:
    """Put forgiving files under `sys.stdout` and `sys.stderr`, which then write UTF-8; returns that of stdout."""
    _occupy_closed_descriptors()
    out, err = _open(1), _open(2)
    # Half a surrogate pair in a case must not end the command.
    sys.stdout = TextIOWrapper(out, "utf-8", errors="replace", line_buffering=out.isatty())
    sys.stderr = MaskedText(err, "utf-8", errors="replace", line_buffering=True)
    return out


def _open(descriptor: int) -> ForgivingWriter:
    if sys.platform != "win32":
        os.set_blocking(descriptor, True)  # a program that shares the terminal or pipe may have changed that
    return ForgivingWriter(FileIO(descriptor, "w", closefd=False))


def _occupy_closed_descriptors() -> None:
    """A file opened later must not become stdout; writing to what takes its place fails as it did."""
    while (descriptor := os.open(os.devnull, os.O_RDONLY)) <= 2:
        pass
    os.close(descriptor)


def _reason(exc: OSError) -> str:
    return "it is closed" if exc.errno == errno.EBADF else exc.strerror or str(exc)

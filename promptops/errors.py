"""The user can fix a PromptopsError; anything else is our bug.

PromptopsError
├── SourceError             a file or git revision cannot be read
│   ├── AbsentObjectError   a git object was left out of a partial clone
│   ├── DamagedError        a git object is not what its id says
│   ├── NoRepositoryError   the folder is in no git repository
│   └── UnknownNameError    nothing is called so: no prompt, no suite
├── PromptError             a prompt, suite or project file is malformed
├── RenderError             the values do not fit the template
├── PinError                a pin, an environment or a bundle does not hold, so it is not served
├── EvalError               an evaluation cannot be planned, run, resumed or merged
├── RunStopped              the run has to end: quota, budget or disk
├── StoreError              a cache, journal or result cannot be read or written
│   └── StoreBusyError      another process holds it; the same may work later
├── ForgeError              GitHub cannot be asked, or refuses
│   ├── ForbiddenError      the token may not do this
│   └── OutdatedError       a newer commit or run has the word, so nothing was written
├── MissingExtraError       an optional package is not installed
└── ProviderError           the model API failed
    ├── ProviderBusyError   the same request may work later
    └── QuotaError          the account is used up; waiting does not help
"""

from __future__ import annotations


class PromptopsError(Exception):
    """Shown as `where: message` and a hint: what to do. `code` names the lint rule that speaks of it."""

    def __init__(self, message: str, *, where: str = "", hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.where = where
        self.hint = hint
        self.code = code
        if hint:
            self.add_note(hint)  # an application's traceback shows it

    def __str__(self) -> str:
        text = super().__str__()
        return f"{self.where}: {text}" if self.where else text

    @property
    def with_hint(self) -> str:
        """The error and what to do about it, as two sentences."""
        return f"{self}. {self.hint}" if self.hint else str(self)


class SourceError(PromptopsError):
    """A file or git revision cannot be read."""


class AbsentObjectError(SourceError):
    """A git object is not here, as in a partial clone: it exists, so nothing may be concluded from its absence."""


class DamagedError(SourceError):
    """A git object is not what its id says; nothing of it is used."""


class NoRepositoryError(SourceError):
    """The folder is in no git repository, or there is no git. One that cannot be read is another error."""


class UnknownNameError(SourceError):
    """No prompt or no suite has this name."""


class PromptError(PromptopsError):
    """A prompt, suite or project file is malformed."""


class RenderError(PromptopsError):
    """The values do not fit the template."""


class PinError(PromptopsError):
    """A pin, an environment or a bundle does not hold, so it is not served."""


class EvalError(PromptopsError):
    """An evaluation cannot be planned, run, resumed or merged."""


class RunStopped(PromptopsError):
    """The run cannot go on: quota, budget or disk. What is finished is kept; `--resume` goes on from there."""


class StoreError(PromptopsError):
    """A cache, journal or result cannot be read or written."""


class StoreBusyError(StoreError):
    """Another process holds the file; the same may work later."""


class ForgeError(PromptopsError):
    """GitHub cannot be asked, or refuses. `status` is its HTTP status, 0 where it never answered.

    `conflict`: somebody wrote first; read again, then write. `unsure`: it may have been done all the same; look, then
    repeat.
    """

    def __init__(
        self,
        message: str,
        *,
        where: str = "",
        hint: str = "",
        status: int = 0,
        conflict: bool = False,
        unsure: bool = False,
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.status = status
        self.conflict = conflict
        self.unsure = unsure


class ForbiddenError(ForgeError):
    """The token may not do this."""


class OutdatedError(ForgeError):
    """A newer commit or a newer run has the word by now, so nothing was written. Nobody did anything wrong."""


class MissingExtraError(PromptopsError):
    """An optional package is not installed. `hint` is the line that installs it."""


class ProviderError(PromptopsError):
    """The model API failed; the same request would fail again. `status` is its HTTP status, 0 where it gave none."""

    def __init__(self, message: str, *, where: str = "", hint: str = "", status: int = 0) -> None:
        super().__init__(message, where=where, hint=hint)
        self.status = status


class ProviderBusyError(ProviderError):
    """The same request may work later. `retry_after` is in seconds, None when the server named no time.

    `rate_limited`: nothing failed, but there were too many calls.
    """

    def __init__(
        self,
        message: str,
        *,
        where: str = "",
        hint: str = "",
        status: int = 0,
        retry_after: float | None = None,
        rate_limited: bool = False,
    ) -> None:
        super().__init__(message, where=where, hint=hint, status=status)
        self.retry_after = retry_after
        self.rate_limited = rate_limited


class QuotaError(ProviderError):
    """The account is used up; every further call would fail too, so the run stops."""

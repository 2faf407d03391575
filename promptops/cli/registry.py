"""All commands: name, module and the line in `--help`."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """Where a command is and what it does; the module offers it as `command`."""

    module: str
    help: str


COMMANDS: dict[str, Entry] = {
    "init": Entry("promptops.cli.init", "Begin: a working prompt repository in this folder."),
    "lint": Entry("promptops.cli.lint", "Say what is wrong with prompts and suites, and what to do."),
    "watch": Entry("promptops.cli.watch", "Answer every save: what lint says, what the model would receive."),
    "render": Entry("promptops.cli.render", "Show the messages a model would receive."),
    "diff": Entry("promptops.cli.diff", "Show what a change does to the messages, and whom it reaches."),
    "pin": Entry("promptops.cli.pin", "Write which version of a prompt an environment serves."),
    "rollback": Entry("promptops.cli.rollback", "Write that an environment serves what it served before."),
    "bundle": Entry("promptops.cli.bundle", "Write all that an environment serves into one file."),
    "verify": Entry("promptops.cli.verify", "Say whether everything that is pinned may be served."),
    "eval": Entry("promptops.cli.eval", "Ask the model, score the replies, compare with an earlier version."),
    "report": Entry("promptops.cli.report", "Show the results of a run again, in another form."),
    "history": Entry(
        "promptops.cli.history", "Show each version of a prompt: who, what, how it did, where it is served."
    ),
    "bisect": Entry("promptops.cli.bisect", "Find the commit with which a criterion got worse."),
    "audit": Entry("promptops.cli.audit", "Say who wrote, approved and pinned what is served, and how it did."),
    "owners": Entry("promptops.cli.owners", "Say in CODEOWNERS who is asked when a prompt changes."),
    "github": Entry("promptops.cli.github", "What a workflow on GitHub runs: check, comment, label, notes, pin."),
    "schema": Entry("promptops.cli.schema", "Print the file formats as JSON Schemas, for editors."),
    "model": Entry("promptops.cli.model", "Get, list and serve the embedded model."),
}

"""All commands: where each one is, under which heading `--help` lists it, and its line there."""

from __future__ import annotations

from typing import NamedTuple

WRITE = "Write prompts"
EVALUATE = "Evaluate"
SERVE = "Versions and environments"
FORGES = "On GitHub and GitLab"
SETUP = "Models and set-up"


class CommandSpec(NamedTuple):
    """A command's module, which offers it as `command`, and what `--help` says of it."""

    module: str
    help: str
    heading: str = "Commands"


COMMANDS: dict[str, CommandSpec] = {
    "init": CommandSpec("promptops.cli.init", "Set up a prompt repository in this folder.", WRITE),
    "lint": CommandSpec("promptops.cli.lint", "Say what is wrong with prompts and suites, and what to do.", WRITE),
    "watch": CommandSpec("promptops.cli.watch", "On every save: what lint says, what the model would receive.", WRITE),
    "render": CommandSpec("promptops.cli.render", "Show the messages a model would receive.", WRITE),
    "diff": CommandSpec("promptops.cli.diff", "Show what a change does to the messages, and whom it reaches.", WRITE),
    "eval": CommandSpec("promptops.cli.eval", "Ask the model, score the replies, compare with a version.", EVALUATE),
    "check": CommandSpec("promptops.cli.check", "Lint and evaluate what a change reaches, on any CI.", EVALUATE),
    "report": CommandSpec("promptops.cli.report", "Show the results of a run again, in another form.", EVALUATE),
    "bisect": CommandSpec("promptops.cli.bisect", "Find the commit that made a criterion worse.", EVALUATE),
    "history": CommandSpec("promptops.cli.history", "Show a prompt's versions, results and where it is served.", SERVE),
    "pin": CommandSpec("promptops.cli.pin", "Write which version of a prompt an environment serves.", SERVE),
    "rollback": CommandSpec("promptops.cli.rollback", "Go back to what an environment served before.", SERVE),
    "verify": CommandSpec("promptops.cli.verify", "Check that everything that is pinned may be served.", SERVE),
    "bundle": CommandSpec("promptops.cli.bundle", "Write all that an environment serves into one file.", SERVE),
    "audit": CommandSpec("promptops.cli.audit", "Say who wrote, approved and pinned what is served.", SERVE),
    "owners": CommandSpec("promptops.cli.owners", "Write who reviews each prompt into CODEOWNERS.", FORGES),
    "github": CommandSpec("promptops.cli.github", "What workflows run: check, comment, label, notes, pin.", FORGES),
    "gitlab": CommandSpec("promptops.cli.gitlab", "What a job on GitLab runs: check.", FORGES),
    "model": CommandSpec("promptops.cli.model", "Get, list and serve the embedded model.", SETUP),
    "schema": CommandSpec("promptops.cli.schema", "Print the file formats as JSON Schemas, for editors.", SETUP),
    "types": CommandSpec("promptops.cli.types", "Write the types of prompts' inputs, for applications.", SETUP),
}

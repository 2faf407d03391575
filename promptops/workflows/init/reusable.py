"""One workflow that many repositories follow, and the file by which each of them does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from promptops.forge.artifact import RESULTS_SUFFIX, check_artifact_name
from promptops.store.reply_cache import FILE
from promptops.workflows.init.workflow_options import HOSTED, WorkflowOptions
from promptops.workflows.init.workflow_templates import fill_template, secret_names, upload_words
from promptops.workflows.state_folder import STATE

REUSABLE = "prompts-reusable.yml"
_PROJECT, _ARTIFACT = "${{ inputs.project }}", "${{ inputs.artifact }}"
_LOCAL = """
          if [ "$LOCAL" = true ]; then
            python -I -m pip install --require-hashes --only-binary :all: -r "$lists/local.txt"
          fi"""
_RELEASE_ENV = """
        env:
          LOCAL: ${{ inputs.embedded-model }}
          VERSION: ${{ inputs.version }}"""
_KEYS = """          KEYS: ${{ secrets.keys }} # zizmor: ignore[secrets-outside-env]
          OPENAI_API_KEY: ${{ secrets.OPENAI_API_KEY }} # zizmor: ignore[secrets-outside-env]
"""
_LOAD_KEYS = """|
          while IFS='=' read -r name key; do
            case $name in '' | [0-9]* | *[!A-Za-z0-9_]*) ;; *) export "$name=$key" ;; esac
          done <<< "$KEYS"
          unset KEYS
          """


def reusable_text(options: WorkflowOptions) -> str:
    """The workflow that others call, with `workflow_call`."""
    kept = _ARTIFACT + RESULTS_SUFFIX
    found = f"{_PROJECT}/{STATE}/check"
    words = upload_words(options) | {
        "check-job": "check",
        "notes-job": "notes",
        "runner": "${{ startsWith(inputs.runs-on, '[') && fromJSON(inputs.runs-on) || inputs.runs-on }}",
        "comment": "prompts-comment.yml",
        "defaults": f"    defaults:\n      run:\n        working-directory: {_PROJECT}\n",
        "python": "${{ inputs.python-version }}",
        "release": '"git-promptops==$VERSION"',
        "release-env": _RELEASE_ENV,
        "local": _LOCAL,
        "load-keys": _LOAD_KEYS,
        "artifact": "",
        "place": ' --project "$PROJECT"',
        "model-note": "",
        "model-if": "        if: ${{ inputs.embedded-model }}\n",
        "models": "${{ inputs.version }}",
        "cache": f"{_PROJECT}/{STATE}/{FILE}",
        "kept-replies": _ARTIFACT,
        "kept": kept,
        "said": check_artifact_name(kept),
        "reports": f"{_ARTIFACT}-reports",
        "check": f"{found}/check.json",
        "results": f"{found}/*/results.json",
        "index": f"{found}/index.html",
        "page": f"{found}/*/report.html",
        "cases": f"{found}/*/report.cases",
        "found": f"format('{{0}}/{STATE}/check/*/results.json', inputs.project)",
    }
    return fill_template(
        "reusable",
        words,
        {
            "named": f"          PROMPTOPS_ARTIFACT: {kept}\n",
            "placed": f"          PROJECT: {_PROJECT}\n",
            "keys": _KEYS,
        },
    )


def caller_text(
    words: Mapping[str, str], options: WorkflowOptions, below: str, keys: Iterable[str], *, embedded: bool
) -> str:
    """The file of one repository, which calls the workflow that `options.follows`; `words` are those of its others."""
    given = {"version": json.dumps(words["version"])}
    if below:
        given |= {"project": json.dumps(below, ensure_ascii=False), "artifact": words["kept"][: -len(RESULTS_SUFFIX)]}
    if options.runner != (HOSTED,):
        labels = json.dumps(list(options.runner)) if len(options.runner) > 1 else options.runner[0]
        given["runs-on"] = f"'{labels}'"
    if embedded:
        given["embedded-model"] = "true"
    first, *others = sorted(secret_names(keys), key=lambda name: name != "OPENAI_API_KEY")
    secrets = f"      {first}: ${{{{ secrets.{first} }}}} # zizmor: ignore[secrets-outside-env]\n"
    if others:
        secrets += "      keys: |\n" + "".join(f"        {name}=${{{{ secrets.{name} }}}}\n" for name in others)
    own = {"inputs": "".join(f"      {name}: {value}\n" for name, value in given.items()), "secrets": secrets}
    return fill_template("caller", {**words, "job": "prompts", "workflow": options.follows}, own)

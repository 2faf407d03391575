"""Pull requests on this repository's own prompts: what somebody edited, and the model that answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.gallery.models import behave, correct, note_terms, refuse, summarise, triage
from tests.providers.loopback import Behaviour

_ROOT = Path(__file__).resolve().parents[2]
_STYLE, _SUMMARY = "prompts/shared/house-style.j2", "prompts/meeting-summary.prompt.yml"
_TERMS, _TRIAGE = "prompts/legal/contract-terms.prompt.yml", "prompts/support-triage.prompt.yml"
Edit = Callable[[str], str]


class Scenario(NamedTuple):
    """One pull request: its edits by path, the suites there are, and how the endpoint behaves.

    `before` are edits that its base has already, `new` the paths that its base does not have.
    """

    edits: Mapping[str, Edit]
    suites: tuple[str, ...]
    endpoint: Callable[[dict[str, Any]], Behaviour]
    before: Mapping[str, Edit] = {}
    new: tuple[str, ...] = ()


def _becomes(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text, old
        return text.replace(old, new)

    return edit


def _model(system: str, last: str) -> dict[str, Any] | str:
    """One model for all prompts."""
    if "contract clause" in system:
        return note_terms(system, last)
    if "teacher of English" in system:
        return correct(system, last)
    return triage(system, last) if "You triage" in system else summarise(system, last)


_ANSWERS = behave(_model)
_LARGE = "gpt-4.1"


def _by_size(body: dict[str, Any]) -> Behaviour:
    """The large model names people unasked, and the small one obeys to the letter."""
    large = behave(lambda system, last: summarise(f"{system} by name".replace("one word", "one"), last))
    return large(body) if body["model"] == _LARGE else _ANSWERS(body)


_ONE = "in one sentence."
_WHOLE = {_SUMMARY: _becomes("maxTokens: 40", "maxTokens: 400")}
_TRIAGE_BEFORE = {
    _TRIAGE: _becomes("model: triage", "model: small"),
    "evals/support-triage.eval.yml": _becomes("replies: support-triage.replies.jsonl\n", ""),
}
_ALL = "meeting-summary", "legal/contract-terms", "lesson-feedback", "support-triage"
SCENARIOS: dict[str, Scenario] = {
    "better": Scenario(
        {_SUMMARY: _becomes(_ONE, "in one sentence. Say by name who does what.")},
        ("meeting-summary",), _ANSWERS, _WHOLE,
    ),
    "harmful": Scenario(
        {_SUMMARY: _becomes(_ONE, "in one word.")}, ("meeting-summary",), _ANSWERS, _WHOLE,
    ),
    "neutral": Scenario(
        {_SUMMARY: _becomes(_ONE, "in one friendly sentence.")}, ("meeting-summary",), _ANSWERS, _WHOLE,
    ),
    "cut_off": Scenario(
        {_SUMMARY: _becomes(_ONE, "in full, with everything that was said.")}, ("meeting-summary",), _ANSWERS,
        {_SUMMARY: _becomes("maxTokens: 40", "maxTokens: 30")},
    ),
    "not_measured": Scenario(
        {_SUMMARY: _becomes(_ONE, "in one sentence. Say by name who does what.")}, ("meeting-summary",), refuse, _WHOLE,
    ),
    "yaml_slip": Scenario(
        {_SUMMARY: _becomes("  - role: user\n", " - role: user\n")}, ("meeting-summary",), _ANSWERS, _WHOLE,
    ),
    "shared_partial": Scenario(
        {_STYLE: _becomes("No greeting", "Say by name who does what. No greeting")},
        _ALL, _ANSWERS, _WHOLE | _TRIAGE_BEFORE,
    ),
    "three_suites": Scenario(
        {
            _SUMMARY: _becomes(_ONE, "in one sentence. Say by name who does what."),
            _TERMS: _becomes("Use null for", "Look for notice periods. Use null for"),
        },
        ("meeting-summary", "legal/contract-terms", "support-triage"), _ANSWERS, _WHOLE | _TRIAGE_BEFORE,
    ),
    "costs_more": Scenario(
        {_SUMMARY: _becomes(_ONE, "in one sentence. " + "Read the meeting twice before you answer. " * 12)},
        ("meeting-summary",), _ANSWERS, _WHOLE,
    ),
    "first_run": Scenario(
        {}, ("meeting-summary",), _ANSWERS, _WHOLE, ("prompts/meeting-summary.prompt.yml",),
    ),
    "several_models": Scenario(
        {_SUMMARY: _becomes(_ONE, "in one word.")},
        ("meeting-summary",), _by_size,
        _WHOLE | {"evals/meeting-summary.eval.yml": _becomes("testData:", "models: [small, triage]\ntestData:")},
    ),
    "json_fields": Scenario(
        {_TERMS: _becomes("Use null for", "Look for notice periods. Use null for")},
        ("legal/contract-terms",), _ANSWERS,
    ),
    "tool_call": Scenario(
        {_TRIAGE: _becomes("Anger changes nothing.", "Great anger is urgent.")},
        ("support-triage",), _ANSWERS, _TRIAGE_BEFORE,
    ),
}  # fmt: skip


def project(scenario: Scenario, url: str) -> tuple[dict[str, str], dict[str, str]]:
    """The files before the pull request, and those that it changes."""
    kept = {f"evals/{suite}.eval.yml" for suite in scenario.suites}
    before = {"promptops.yml": _settings(url), ".gitignore": ".promptops/\n"}
    for folder in ("prompts", "evals"):
        for path in sorted((_ROOT / folder).rglob("*.*")):
            name = path.relative_to(_ROOT).as_posix()
            if "bakery-support" in name or "labels" in name or "pycache" in name:  # no scenario edits the first
                continue
            if name.endswith(".eval.yml") and name not in kept:
                continue
            before[name] = path.read_text("utf-8")
    for name, edit in scenario.before.items():
        before[name] = edit(before[name])
    after = {name: edit(before[name]) for name, edit in scenario.edits.items()}
    return before, after | {name: before.pop(name) for name in scenario.new}


def _settings(url: str) -> str:
    """Times on loopback are noise, so no difference in them counts."""
    at = f"provider: openai, baseUrl: '{url}'"
    return (
        f"models:\n  small: {{{at}, model: gpt-4.1-mini, prices: {{input: 1, output: 10}}}}\n"
        f"  triage: {{{at}, model: {_LARGE}, prices: {{input: 2, output: 20}}}}\n"
        "judge: small\nbudget: {maxCost: 1.00, ignoreBelow: {latency: 1000%}}\n"
    )

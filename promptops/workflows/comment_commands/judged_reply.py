"""Which reply to a case a label is about: of which version, model and trial."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from promptops.evals.evaluators.base import output_digest
from promptops.forge.comment_commands import LabelCommand
from promptops.model.results import Results, Sample, Side
from promptops.text.name_matching import match_name
from promptops.workflows.comment_commands.refusal import Refusal

_VERSIONS: dict[Side, str] = {"head": "the new version", "base": "the old version"}
_MOST_NAMED = 5


def find_output(run: Results, case: str, criterion: str, command: LabelCommand) -> str:
    """The digest of the one reply that the command is about. Raises Refusal where there is none, or several."""
    of_model = _only_model(run, command.model)
    arms = {index for index, arm in enumerate(run.arms) if arm.side == command.side and arm.model in of_model}
    samples = [sample for sample in run.samples if sample.case == case and sample.arm in arms and not sample.error]
    whose = f" of {_VERSIONS[command.side]}" if len({arm.side for arm in run.arms}) > 1 else ""
    if command.trial is not None:
        trials = sorted({sample.trial + 1 for sample in samples})
        samples = [sample for sample in samples if sample.trial + 1 == command.trial]
        if trials and not samples:
            raise Refusal(f"'{case}' has no reply{whose} in trial {command.trial}: say {_listed(map(str, trials))}")
    if not samples:
        raise Refusal(
            f"there is no reply to '{case}' that could be judged{whose and f' ({whose.strip()})'}: "
            "the call failed, or none was made"
        )
    asked = [sample for sample in samples if criterion in sample.scores]
    if not asked:
        raise Refusal(f"'{criterion}' does not apply to the case '{case}'")
    outputs = {output_digest(sample.text) for sample in asked}
    if len(outputs) > 1:
        raise Refusal(
            f"'{case}' has {len(outputs)} different replies{whose}: say which one at the line's end, "
            f"{_choices(run, asked)}",
            [{"trial": sample.trial + 1, "model": run.arms[sample.arm].model} for sample in asked],
        )
    return outputs.pop()


def _only_model(run: Results, named: str) -> set[str]:
    models = list(dict.fromkeys(arm.model for arm in run.arms))
    if not named:
        return set(models)
    if not (found := match_name(named, models)):
        raise Refusal(f"no model '{named}' was asked: say {_listed(models)}")
    return {found}


def _choices(run: Results, samples: Sequence[Sample]) -> str:
    """`trial 1 or trial 2`, `model small or model large`, or both."""
    models = list(dict.fromkeys(run.arms[sample.arm].model for sample in samples))
    trials = sorted({sample.trial + 1 for sample in samples})
    told = []
    if len(models) > 1:
        told.append(_listed(f'model "{name}"' if " " in name else f"model {name}" for name in models))
    if len(trials) > 1:
        told.append(_listed(f"trial {number}" for number in trials))
    return " and ".join(told)


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    return " or ".join(found[:_MOST_NAMED]) + (" …" if len(found) > _MOST_NAMED else "")

"""What stands behind all that environments serve: for each version who wrote, approved and pinned it, how it did."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.model.environment import Pin, served_versions
from promptops.model.outcomes.audit import Audit, AuditedPin, ChangeRecord, Signature, Unavailable
from promptops.pins.approval import Approval, ProtectedBranch
from promptops.pins.commit_sealing import CommitSealer
from promptops.source.checkout import Checkout
from promptops.source.formats.environments import environment_paths
from promptops.source.git.attribution import parse_people
from promptops.source.git.commit import Commit
from promptops.source.git.repository import Repository
from promptops.source.source import Source
from promptops.workflows.audit.provenance import Provenance, credited
from promptops.workflows.audit.result_index import ResultIndex
from promptops.workflows.notes.fetched_notes import fetch_noted_results
from promptops.workflows.verify.environment_check import Demands, EnvironmentCheck, EnvironmentVerdict, main_branch
from promptops.workflows.verify.pin_check import PinCheck, find_environment, find_signers
from promptops.workflows.versions.prompt_log import require_head
from promptops.workflows.workspace import Workspace


class AuditChoice(NamedTuple):
    """Which `environments` (empty: all), as they are in the files or were `at` a revision."""

    environments: tuple[str, ...] = ()
    at: str | None = None


def audit(workspace: Workspace, choice: AuditChoice) -> Audit:
    """Everything that is known of every pin and every rollout; what is not known is an `Unavailable` that says why.

    Results that others noted are fetched first; where they cannot be reached, the audit's notes say so.

    PromptopsError when an environment is not there or cannot be read, or git cannot read the history.
    """
    repository = Repository(workspace.root)
    head = require_head(repository, choice.at)
    prefix = repository.prefix(workspace.root)
    committed = Commit(repository, head, prefix)
    source: Source = committed if choice.at else Checkout(workspace.root)
    signers = find_signers(workspace, None)
    names = choice.environments or tuple(environment_paths(source))
    environments = [find_environment(source, name) for name in dict.fromkeys(names)]
    pins = {each.name: served_versions(each.pins.values()) for each in environments}
    every = [pin for found in pins.values() for pin in found]
    sealer = CommitSealer(repository, prefix)
    branch = main_branch(repository)
    unread = fetch_noted_results(repository)
    # Anybody may write an acceptance into their own files: merged ones are told, where that is known.
    merged = (
        source if isinstance(branch, Unavailable) else Commit(repository, repository.resolve_branch(branch)[0], prefix)
    )
    decision = EnvironmentCheck(workspace, sealer, environments, source, committed, Demands(None, signers))
    check = decision.pins
    history = check.branch_at(head)
    sound = [pin for pin in every if check.is_sound(pin)]
    approvals = dict(zip(sound, history.approvals(sound), strict=True))
    here = [credited(pin, approvals) for pin in every if pin.commit not in check.missing]
    paths = [prefix / each.path for each in environments]
    auditor = _Auditor(
        check=check,
        branch=branch,
        history=history,
        approvals=approvals,
        provenance=Provenance(sealer, head, here, paths),
        signatures=_signatures(check, {pin.commit for pin in every}),
        results=ResultIndex(workspace, repository, merged, {pin.digest: sealer.known_as(pin.digest) for pin in every}),
    )
    found: list[AuditedPin] = []
    notes: list[str] = []
    problems: list[str] = []
    for each in environments:
        verdict = decision.verdict(each)
        notes += [f"{each.path}: {one}" for one in verdict.notes]
        problems += [f"{each.path}: {verdict.unsigned}"] if verdict.unsigned and not verdict.pins else []
        found += auditor.environment(verdict, prefix / each.path, decision.forced(each))
    notes += [unread] if unread else []
    return Audit(tuple(found), head, str(signers or ""), (*notes, *auditor.results.notes), tuple(problems))


class _Auditor(NamedTuple):
    check: PinCheck
    branch: str | Unavailable
    history: ProtectedBranch
    approvals: Mapping[Pin, Approval]
    provenance: Provenance
    signatures: Mapping[str, Signature]
    results: ResultIndex

    def environment(
        self, verdict: EnvironmentVerdict, path: PurePosixPath, forced: Mapping[str, str]
    ) -> Iterator[AuditedPin]:
        """Its pins and rollouts, in the order of the file; `path` is its file from the repository's top."""
        environment, pinned = verdict.environment, self.provenance.pins(path, verdict.pins)
        unsigned = [str(verdict.unsigned)] if verdict.unsigned else []
        for pin, found in zip(verdict.pins, verdict.problems, strict=True):
            problems = [one.message for one in found] + unsigned
            is_away = pin.commit in self.check.missing or self.check.refusal(pin)
            last = environment.pins[pin.prompt].rollout is None or pin.rollout is not None
            yield AuditedPin(
                environment=environment.name,
                file=str(environment.path),
                prompt=pin.prompt,
                arm="rollout" if pin.rollout else "pin",
                percent=pin.rollout.percent if pin.rollout else None,
                commit=pin.commit,
                digest=pin.digest,
                problems=tuple(problems),
                merged="" if is_away else self.branch,
                written=self._written(pin),
                pinned=pinned[pin],
                signature=self.signatures[pin.commit],
                forced=forced.get(pin.prompt, "") if last else "",
                results=self.results.of(pin.digest),
                waivers=self.results.waivers(pin.digest),
            )

    def _written(self, pin: Pin) -> ChangeRecord | Unavailable:
        """How its text came to be. What a pull request tried on its way, nobody merged."""
        approval = self.approvals.get(pin)
        if approval is not None and approval.is_merged and approval.own is None:
            reason = f"commit {pin.commit[:7]} {self.history.reason(approval)}"
            return Unavailable(self.check.refusal(pin) or reason)
        return self.provenance.version(credited(pin, self.approvals))


def _signatures(check: PinCheck, commits: Collection[str]) -> dict[str, Signature]:
    """What is to be said of each pinned commit's signature."""
    here = [commit for commit in commits if commit not in check.missing]
    raw = check.sealer.repository.read_objects(here, "commit")
    missing = dict.fromkeys(check.missing.keys() & set(commits), Signature("unknown", "the commit is not here"))
    return {**missing, **{commit: _signature(check, commit, data) for commit, data in zip(here, raw, strict=True)}}


def _signature(check: PinCheck, commit: str, data: bytes) -> Signature:
    signed = parse_people(data)
    if unsigned := check.unsigned.get(commit):
        return Signature("refused" if signed.is_signed else "none", unsigned.args[0])
    if check.demands_signatures:
        return Signature("verified", signed.committer.email)  # the key is the committer's: that is what was checked
    return Signature("not checked", "there is no list of signers") if signed.is_signed else Signature("none")

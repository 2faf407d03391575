"""The comment as one run writes it: never over what a newer commit, or a newer run for the same commit, has to say.

Before each write the forge is asked which commit the pull request is at, and what stands in the comment. A forge cannot
compare and set, so the last word is read again right after it was written: an older run that was asked at the same
moment may have come in between, and then the newer one says it once more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from promptops.errors import ForgeError, OutdatedError
from promptops.forge.comment_stamp import CommentStamp, State, add_stamp, read_stamp
from promptops.forge.protocol import ChangeRequest, Comment, Forge
from promptops.forge.sticky_comment import MAX_COMMENT, PostedComment, StickyComment, find_own_comment, truncate_comment

_STAMP_ROOM = 300
_LOOKS = 3
"""How often the last word is said, at the most: an older run writes it over once or twice, not for ever."""


class CheckedChange(NamedTuple):
    """What a run is about. `head` is the pull request's commit and `base_ref` its target, empty where unknown.

    `run` is the workflow run's number, 0 where there is none: then nothing is known of what is newer but the head.
    """

    head: str = ""
    base_ref: str = ""
    run: int = 0
    attempt: int = 1

    def stamp(self, state: State = "final") -> CommentStamp:
        """What a comment by this run ends with."""
        return CommentStamp(self.run, self.attempt, self.head, state)


SameContent = Callable[[str, str], bool]
"""Whether a later commit differs from this one in nothing that a check reads, such as recorded labels."""


class RunComment:
    """The comment with `marker` on pull request `number`, for a run that is about `change`.

    `name` is how people name it; `unasked` says why the forge could not tell which commit it is at, if so.
    """

    def __init__(
        self,
        forge: Forge,
        number: int,
        marker: str,
        change: CheckedChange,
        same: SameContent = lambda before, now: False,
    ) -> None:
        self.number = number
        self.name = f"{forge.change_name} {number}"
        self.unasked = ""
        self._forge = forge
        self._marker = marker
        self._change = change
        self._same = same
        self._sticky = StickyComment(forge, number, marker)
        self._stands: Comment | None = None

    def read(self) -> Comment | None:
        """The comment as it stands now; None where there is none. Raises ForgeError where that cannot be asked."""
        return self._sticky.read()

    def put(
        self, compose: Callable[[str], str], state: State = "final", *, patience: float | None = None
    ) -> PostedComment:
        """Make the comment say what `compose` makes of what stands there (empty: nothing).

        Raises OutdatedError where the run is not the newest any more, ForgeError where the forge refuses.
        """

        def body(stands: Comment | None) -> str:
            self._stands = stands
            self._require_newest(stands, state)
            return self._stamped(compose(stands.body if stands else ""), state)

        with self._forge.after_each_wait(lambda: self._require_newest(self._stands, state)):
            posted = self._put(body, patience)
            return self._say_again(posted, body, patience) if state == "final" else posted

    def put_in_own_place(self, compose: Callable[[str], str]) -> PostedComment | None:
        """Replace what this very run wrote, and is not true any more: that its results come. None for all else."""
        stands = self._sticky.read()
        stamp = read_stamp(stands.body) if stands else None
        if stands is None or stamp is None or not stamp.is_by(self._change.stamp()) or stamp.state != "running":
            return None
        return self._sticky.put(self._stamped(compose(stands.body), "ended"))

    def _put(self, body: Callable[[Comment | None], str], patience: float | None) -> PostedComment:
        posted = self._sticky.put(body, patience=patience)
        if not posted.created:
            return posted
        oldest = find_own_comment(self._forge, self.number, self._marker)
        if oldest is None or oldest.id == posted.id:
            return posted
        self._forge.delete_comment(self.number, posted.id)  # another run began one at the same moment
        self._sticky.forget()
        return self._sticky.put(body, patience=patience)

    def _say_again(
        self, posted: PostedComment, body: Callable[[Comment | None], str], patience: float | None
    ) -> PostedComment:
        if not self._change.run:
            return posted
        for _ in range(_LOOKS - 1):
            stands = self._sticky.read()
            mine, there = self._change.stamp(), read_stamp(stands.body) if stands else None
            if stands is None or (there is not None and (there.is_by(mine) or self._is_newer(there, None))):
                break
            posted = self._put(body, patience)
        return posted

    def _stamped(self, body: str, state: State) -> str:
        if not self._change.run:
            return body
        return add_stamp(truncate_comment(body, MAX_COMMENT - _STAMP_ROOM), self._change.stamp(state))

    def _require_newest(self, stands: Comment | None, state: State) -> None:
        pull = self._ask(state)
        if pull is not None:
            self._require_same_change(pull)
        there = read_stamp(stands.body) if stands else None
        if there is not None and self._is_newer(there, pull):
            raise OutdatedError(f"a newer check (run {there.run}, attempt {there.attempt}) wrote the comment already")

    def _ask(self, state: State) -> ChangeRequest | None:
        try:
            return self._forge.change_request(self.number)
        except ForgeError as exc:
            if state == "running":  # what is worth so little is not written on a guess
                raise
            self.unasked = exc.with_hint
            return None

    def _require_same_change(self, pull: ChangeRequest) -> None:
        head, base_ref = self._change.head, self._change.base_ref
        if head and pull.head_sha != head and not self._same(head, pull.head_sha):
            raise OutdatedError(f"{self.name} is at {pull.head_sha[:7]} by now, and this check is of {head[:7]}")
        if base_ref and pull.base_ref != base_ref:
            raise OutdatedError(
                f"{self.name} goes to {pull.base_ref[:100]} by now, and this check compared it with {base_ref[:100]}"
            )

    def _is_newer(self, there: CommentStamp, pull: ChangeRequest | None) -> bool:
        """Whether a newer run wrote, and about what the pull request is now. None: the forge did not tell."""
        if not self._change.run or not there.is_newer_than(self._change.stamp()):
            return False
        return pull is None or there.head in ("", pull.head_sha, self._change.head)

"""Versions of prompts made in memory, and a source that says what a test wants: for what git adds nothing to."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from promptops.model.chat.message_template import text_message
from promptops.model.config import ModelSpec
from promptops.model.environment import Pin, Rollout
from promptops.model.prompt import Input, Prompt
from promptops.model.sealed_prompt import SealedPrompt
from promptops.pins.bundle import Bundle
from promptops.pins.sealing import seal_closure
from promptops.runtime.call import Call
from promptops.runtime.loaded_prompts import LoadedPrompts
from promptops.runtime.prompts import Prompts
from promptops.runtime.refresher import Refresher
from promptops.templating.closure import ITSELF, Closure

MODEL = ModelSpec("small", "openai", "gpt-x")
PARTIAL = "prompts/style.j2"


def version(words: str) -> SealedPrompt:
    """A prompt that says `words` three times: in a message, in what it includes, and in another message."""
    messages = (
        text_message("system", f'{words} {{% include "style.j2" %}}'),
        text_message("user", f"{words} {{{{ name }}}}"),
    )
    prompt = Prompt("greet", PurePosixPath("prompts/greet.prompt.yml"), messages, inputs=(Input("name"),))
    return seal_closure(Closure(prompt, {PARTIAL: words}, {ITSELF: {"style.j2": PARTIAL}}), MODEL)


def commit_of(number: int) -> str:
    """A full commit id."""
    return f"{number:040x}"


def loaded(
    words: dict[str, str], commit: int = 1, rollout: tuple[str, float] | None = None, **more: Any
) -> LoadedPrompts:
    """Prompts by name that say these words; with `rollout` all of them roll out other words to so many percent."""
    sealed = {name: version(text) for name, text in words.items()}
    contents = {each.digest: each.content for each in sealed.values()}
    texts = {key: text for each in sealed.values() for key, text in each.texts.items()}
    arm = None
    if rollout is not None:
        second = version(rollout[0])
        arm = Rollout(commit_of(commit + 1), second.digest, rollout[1])
        contents[second.digest] = second.content
        texts |= second.texts
    pins = {name: Pin(name, commit_of(commit), each.digest, arm) for name, each in sealed.items()}
    return LoadedPrompts(Bundle("prod", commit_of(commit), pins, contents, texts), **more)


class Script:
    """A source: at each look it gives `next`, or raises it."""

    def __init__(self, start: LoadedPrompts) -> None:
        self.next: LoadedPrompts | BaseException = start
        self.looks = 0

    def load(self, held: LoadedPrompts | None) -> LoadedPrompts:
        """What the test has put there."""
        self.looks += 1
        if isinstance(self.next, BaseException):
            raise self.next
        return self.next


def prompts_of(start: LoadedPrompts, **options: Any) -> tuple[Prompts, Script]:
    """What an application holds, and the source behind it."""
    script = Script(start)
    return Prompts(Refresher("test", lambda current: script.load(current), start, **options)), script


def words_in(call: Call) -> set[str]:
    """The different words a call's messages say: one, unless two versions were mixed."""
    return {word for message in call.filled for word in message.text.split()} - {"Ada"}

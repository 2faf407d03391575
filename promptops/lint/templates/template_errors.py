"""A template's mistakes in the words of somebody who writes texts, and the stretch of text to mend.

Jinja says which token it did not expect; people want to know which braces they got wrong and what to type.
"""

from __future__ import annotations

import difflib
import re
from typing import NamedTuple

from promptops.lint.engine.template_tags import Tag
from promptops.lint.engine.text_spans import TextSpan
from promptops.lint.templates.refused_calls import CHANGES

_BLOCKS = ("if", "for", "macro", "call", "filter", "block", "set", "with", "autoescape", "raw")
_WORDS = (*_BLOCKS, "else", "elif", "include", "import", "from", "extends", *(f"end{word}" for word in _BLOCKS))
_ELSEWHERE = {
    "do": "it would change a value, which templates may not; keep one in {% set ns = namespace(all=[]) %}",
    **dict.fromkeys(("break", "continue"), "a loop cannot be left: choose its rounds, {% for x in all if x != … %}"),
    **dict.fromkeys(("while", "foreach", "each", "loop", "repeat"), "a loop is {% for x in all %} … {% endfor %}"),
    **dict.fromkeys(
        ("switch", "case", "when", "match", "default"), "write {% if x == … %}, {% elif x == … %}, {% else %}"
    ),
    **dict.fromkeys(("elseif", "elsif", "elif_", "elsif_", "elseif_"), "write {% elif … %}"),
    "unless": "write {% if not … %} … {% endif %}",
    **dict.fromkeys(("let", "var", "const", "assign", "def", "define", "capture"), "write {% set name = … %}"),
    **dict.fromkeys(
        ("trans", "blocktrans", "translate", "pluralize"), "write the text itself; nothing is translated here"
    ),
    **dict.fromkeys(("comment", "note", "rem"), "a note is {# … #}"),
    **dict.fromkeys(("verbatim", "literal"), "write {% raw %} … {% endraw %}"),
    **dict.fromkeys(("print", "echo", "debug", "render", "yield", "return"), "to show a value write {{ name }}"),
    **dict.fromkeys(("end", "fi", "done", "stop"), "say what ends here: {% endif %}, {% endfor %} or {% endset %}"),
}
"""Instructions of other template languages, and what to write here."""
_OPERATORS = {
    "&&": "write and",
    "||": "write or",
    "===": "write ==",
    "!==": "write !=",
    "??": "write | default('…')",
    "?.": "write a dot; a name that is not there is an error",
    "=>": "nothing can be a function here; choose with {% if … %}",
    ":=": "write {% set name = … %}",
    "?": "write {{ 'yes' if x else 'no' }}",
    "!": "write not",
    "&": "write and",
    "`": "put the text between straight quotes: '…'",
    "$": "a name has no $: {{ name }}",
    "@": "a name has no @: {{ name }}",
    "\\": "take it out",
    ";": "one pair of braces holds one thing: begin another",
    "#": "a note is {# … #}",
}
"""Signs of other languages, longer ones first where one begins another, and what to write here."""
_CLOSER = {"{{": "}}", "{%": "%}", "{#": "#}"}
_TWO_NAMES = re.compile(r"\s*[^\W\d]\w*(?:[ \t]+[^\W\d]\w*)+\s*")


class TemplateMistake(NamedTuple):
    """What is wrong, the offsets in the text (end exclusive), and what to do."""

    message: str
    start: int
    end: int
    hint: str


def explain(text_span: TextSpan) -> TemplateMistake:
    """The mistake in a text that is not a template."""
    problem = text_span.problem
    assert problem is not None
    text, said = text_span.text, problem.message
    if said.startswith("the template"):  # too deep or too large: no single place is to blame
        return TemplateMistake(said, 0, _line_end(text, 0), "make it shorter, or split it into files that it includes")
    tags = text_span.tags
    rows = text.split("\n")[: max(0, problem.line - 1)]
    start = min(len(text), sum(len(row) + 1 for row in rows))
    end = _line_end(text, start)
    here = [tag for tag in tags if tag.start <= end and tag.end >= start]
    if mistake := _never_closed(text, tags, said):
        return mistake
    if found := re.search(r"unexpected char (['\"])(.+)\1 at (\d+)", said):
        return _strange_character(found[2], int(found[3]), text)
    if found := re.search(r"unknown tag '(\w+)'", said):
        return _unknown_word(found[1], here, tags, text)
    if "needs to be closed" in said:
        opened = _innermost(tags)
        if opened is None:
            hint = "check the {% end… %} lines"
            return TemplateMistake("something that was opened is never closed", 0, _line_end(text, 0), hint)
        message = f"the {{% {opened.word} %}} that opens here is never closed"
        hint = f"add {{% end{opened.word} %}} where it ends"
        return TemplateMistake(message, opened.start, opened.end, hint)
    if mistake := next(filter(None, (_else_if(tag) for tag in here)), None):
        return mistake
    if tag := _broken(here):
        return _in_braces(tag, text)
    return TemplateMistake(said, start, end, "check the braces around this place")


def _in_braces(tag: Tag, text: str) -> TemplateMistake:
    """What is wrong between these braces of the text."""
    inside = tag.body.strip(" \t\n-+")
    if tag.kind == "{{" and _TWO_NAMES.fullmatch(inside):
        joined = "_".join(inside.split())
        hint = f"write {{{{ {joined} }}}} here and the same name under inputs"
        return TemplateMistake("a name must be one word", tag.start, tag.end, hint)
    if tag.word in ("if", "elif") and re.search(r"[^=!<>]=[^=]", tag.body):
        return TemplateMistake("a single = does not compare", tag.start, tag.end, "write == between the two")
    if mistake := _of_another_language(tag, inside):
        return mistake
    if not inside:
        hint = "write a name, or delete them"
        return TemplateMistake("nothing stands between the braces", tag.start, tag.end, hint)
    if inside.startswith("{") or text[tag.end : tag.end + 1] == "}":
        return TemplateMistake("there is one brace too many", tag.start, tag.end, "write two: {{ name }}")
    shown = " ".join(inside.split())[:40]
    hint = "braces hold a name, like {{ name }}, or an instruction, like {% if name %}"
    return TemplateMistake(f"'{shown}' cannot be read between the braces", tag.start, tag.end, hint)


def _else_if(tag: Tag) -> TemplateMistake | None:
    if tag.kind != "{%" or not re.match(r"[-+]?\s*else\s+if\b", tag.body):
        return None
    return TemplateMistake("'else if' is one word here", tag.start, tag.end, "write {% elif … %}")


def _of_another_language(tag: Tag, inside: str) -> TemplateMistake | None:
    """What stands elsewhere where Jinja has something else: `f"…"`, `a === b`."""
    told = " ".join(inside.split())[:40]
    if re.search(r"(?<!\w)f([\"']).*?\{.*?\1", inside):
        hint = "write the text outside the braces, and each value in a pair of its own: Hello {{ name }}"
        return TemplateMistake("a text in braces has no braces of its own", tag.start, tag.end, hint)
    if found := next((sign for sign in _OPERATORS if (len(sign) > 1 or sign == ";") and sign in inside), ""):
        return TemplateMistake(f"'{told}' cannot be read between the braces", tag.start, tag.end, _OPERATORS[found])
    return None


def _never_closed(text: str, tags: tuple[Tag, ...], said: str) -> TemplateMistake | None:
    tag = next((tag for tag in tags if not tag.closed), None)
    if tag is None:
        return None
    if tag.word == "raw" and tag.kind == "{%":
        return TemplateMistake("{% raw %} is never closed", tag.start, tag.end, "add {% endraw %} where it ends")
    closer = _CLOSER[tag.kind]
    if tag.kind == "{#":
        hint = "add #} at the end of the note; if it is no note, put a space between { and #"
        return TemplateMistake("{# begins a note that is never closed", tag.start, tag.end, hint)
    if "unexpected char" in said and closer not in text[tag.start :]:
        quote = re.search(r"[\"']", tag.body)
        if quote is None:
            return None
    single = re.match(r"\s*[\w.]+\s*[}%]?", tag.body)
    end = tag.start + 2 + (single.end() if single else 0)
    name = tag.body.strip(" \t\n}%-+").split("}")[0].split("\n")[0].strip()
    shown = f"{tag.kind} {name} {closer}" if re.fullmatch(r"[\w. |]+", name) else f"{tag.kind} … {closer}"
    missing = "a closing brace is missing" if text[end - 1 : end] in "}%" else f"{tag.kind} is never closed"
    return TemplateMistake(missing, tag.start, max(end, tag.start + 2), f"write {shown}")


def _strange_character(char: str, at: int, text: str) -> TemplateMistake:
    if char in "“”„‟«»‘’‚‹›":
        message = f"the curly quote {char} cannot stand between braces"
        return TemplateMistake(message, at, at + 1, "type a straight one, or take it out")
    if char in "'\"":
        hint = "a name has no apostrophe; a text between braces has a quote on both sides"
        return TemplateMistake("a quote opens here and is never closed between the braces", at, at + 1, hint)
    begin = at - 1 if text[at - 1 : at + 1] in ("=>", ":=") else at
    for sign, hint in _OPERATORS.items():
        if text.startswith(sign, begin) and begin <= at < begin + len(sign):
            return TemplateMistake(f"{sign} cannot stand between braces", begin, begin + len(sign), hint)
    hint = "a name is made of letters, digits and _, like {{ learner_name }}"
    return TemplateMistake(f"{char} cannot stand between braces", at, at + 1, hint)


def _unknown_word(word: str, here: list[Tag], tags: tuple[Tag, ...], text: str) -> TemplateMistake:
    tag = next((tag for tag in here if tag.kind == "{%" and tag.word == word), None)
    start, end = (tag.start, tag.end) if tag else (0, _line_end(text, 0))
    if word in _WORDS:
        before = tuple(other for other in tags if other.start < start)
        if opened := _innermost(before):
            message = f"{{% {word} %}} stands here, but {{% {opened.word} %}} is still open"
            line = text.count("\n", 0, opened.start) + 1
            hint = f"close it first with {{% end{opened.word} %}} (it is in line {line})"
            return TemplateMistake(message, start, end, hint)
        opener = "if" if word in ("else", "elif") else word.removeprefix("end")
        message = f"{{% {word} %}} stands here, but no {{% {opener} %}} is open"
        return TemplateMistake(message, start, end, "delete it, or add what it belongs to")
    whole = "".join(tag.body.strip(" \t\n-+").split()[:2]).lower() if tag else word
    if one := next((known for known in (word.lower(), whole) if known in _WORDS), ""):
        rest = " … " if not one.startswith(("end", "else")) else " "
        spelled = "one word" if one == whole != word.lower() else "written in small letters"
        return TemplateMistake(f"'{one}' is {spelled} here", start, end, f"write {{% {one}{rest}%}}")
    elsewhere = _ELSEWHERE.get(word.removeprefix("end") or word, "")
    if word == "do" and (changed := re.search(r"\.(\w+)\s*\(", text[start:end])) and changed[1] in CHANGES:
        elsewhere = f"'.{changed[1]}(…)' would change a value, which templates may not; {CHANGES[changed[1]]}"
    if elsewhere:
        return TemplateMistake(f"there is no instruction called '{word}'", start, end, elsewhere)
    close = difflib.get_close_matches(word, _WORDS, 1)
    rest = " … " if close and not close[0].startswith(("end", "else")) else " "
    hint = f"did you mean {{% {close[0]}{rest}%}}?" if close else "to show a value write {{ name }}"
    return TemplateMistake(f"there is no instruction called '{word}'", start, end, hint)


def _innermost(tags: tuple[Tag, ...]) -> Tag | None:
    """The last block that was opened and not closed."""
    opened: list[Tag] = []
    for tag in tags:
        if tag.kind != "{%":
            continue
        word = tag.word
        if word.startswith("end"):
            if opened and opened[-1].word == word[3:]:
                opened.pop()
        elif word in _BLOCKS and not (word == "raw" or (word == "set" and "=" in tag.body)):
            opened.append(tag)
    return opened[-1] if opened else None


def _broken(here: list[Tag]) -> Tag | None:
    """The tag on the line that is no template by itself; an instruction is tried as the opening of a block."""
    from promptops.templating.analysis import analyse_template
    from promptops.templating.usage import TemplateSyntaxProblem

    for tag in here:
        whole = f"{tag.kind}{tag.body}{_CLOSER[tag.kind]}"
        try:
            analyse_template(f"{whole}{{% end{tag.word} %}}" if tag.kind == "{%" and tag.word in _BLOCKS else whole)
        except TemplateSyntaxProblem:
            if tag.word not in ("else", "elif") and not tag.word.startswith("end"):
                return tag
    return here[0] if len(here) == 1 else None


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.forge import command_readings
from promptops.forge.command_grammar import check_lengths
from promptops.forge.comment_commands import (
    LONGEST_NAME,
    LONGEST_WHY,
    MOST_COMMANDS,
    AcceptCommand,
    CommentCommand,
    InvalidCommand,
    LabelCommand,
    command_line,
    parse_commands,
)


def one(body: str) -> CommentCommand:
    found = parse_commands(body).found
    assert len(found) == 1, found
    return found[0]


def label(body: str) -> tuple[str, str, str, str, str]:
    command = one(body)
    assert isinstance(command, LabelCommand), command
    return command.case, command.criterion, command.verdict, command.why, command.suite


def accept(body: str) -> tuple[str, str, str]:
    command = one(body)
    assert isinstance(command, AcceptCommand), command
    return command.criterion, command.why, command.suite


def problem(body: str) -> str:
    command = one(body)
    assert isinstance(command, InvalidCommand), command
    return command.problem


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ('/promptops label lyon tone pass "it does"', ("lyon", "tone", "pass", "it does", "")),
        ("/promptops label lyon names the owner fail", ("lyon", "names the owner", "fail", "", "")),
        (
            '/promptops label "the Lyon pilot" "must pass review" PASS',
            ("the Lyon pilot", "must pass review", "pass", "", ""),
        ),
        (
            "/promptops label lyon tone pass reads well in general",
            ("lyon", "tone", "pass", "reads well in general", ""),
        ),
        ("/promptops label lyon tone pass in summary", ("lyon", "tone", "pass", "", "summary")),
        ('/promptops label lyon tone pass "ok" in summary', ("lyon", "tone", "pass", "ok", "summary")),
        ('/promptops label lyon tone pass in summary "ok"', ("lyon", "tone", "pass", "ok", "summary")),
        ("/Promptops Label lyon tone pass “it’s fine”", ("lyon", "tone", "pass", "it’s fine", "")),
        ("/promptops label lyon tone pass „es stimmt“", ("lyon", "tone", "pass", "es stimmt", "")),
        (
            "/promptops label lyon don't shout pass 'it isn't loud'",
            ("lyon", "don't shout", "pass", "it isn't loud", ""),
        ),
        (
            '/promptops label lyon tone pass "says \\"hello\\" \\\\ twice"',
            ("lyon", "tone", "pass", 'says "hello" \\ twice', ""),
        ),
        ("/promptops\tlabel  lyon   tone\tpass", ("lyon", "tone", "pass", "", "")),
    ],
)
def test_a_label_is_a_case_a_criterion_a_verdict_and_perhaps_a_reason_and_a_suite(
    line: str, read: tuple[str, str, str, str, str]
) -> None:
    assert label(line) == read


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ('/promptops accept tone "we know"', ("tone", "we know", "")),
        ('/promptops accept answers in French "we know"', ("answers in French", "we know", "")),
        ('/promptops accept "answers in French" we know', ("answers in French", "we know", "")),
        ('/promptops accept "tone" "we know" in "my suite"', ("tone", "we know", "my suite")),
        ('/promptops accept "tone" in summary "we know"', ("tone", "we know", "summary")),
    ],
)
def test_an_acceptance_is_a_criterion_and_a_reason(line: str, read: tuple[str, str, str]) -> None:
    assert accept(line) == read


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/promptops", "write /promptops label"),
        ("/promptops lable lyon tone pass", "write /promptops label"),
        ('/promptops "label" lyon tone pass', "write /promptops label"),
        ("/promptops label", "say pass or fail"),
        ("/promptops label lyon tone", "say pass or fail"),
        ("/promptops label lyon tone passed", "say pass or fail"),
        ("/promptops label pass fail", "the case or the criterion is missing"),
        ('/promptops label lyon tone pass "never closed', "never closed"),
        ("/promptops accept", "say which criterion"),
        ('/promptops accept "tone"', "say why"),
        ("/promptops accept tone because", "say why"),
        (f"/promptops label {'x' * (LONGEST_NAME + 1)} tone pass", "a name is longer"),
        (f"/promptops label lyon tone pass in {'x' * (LONGEST_NAME + 1)}", "a name is longer"),
        (f'/promptops accept tone "{"x" * (LONGEST_WHY + 1)}"', "the reason is longer"),
        (f"/promptops label lyon tone pass {'x ' * 2000}", "the line is longer"),
    ],
)
def test_what_cannot_be_understood_is_told_with_what_to_write(line: str, says: str) -> None:
    assert says in problem(line)


@pytest.mark.parametrize(
    "body",
    [
        "I would say /promptops label lyon tone pass",
        "> /promptops label lyon tone pass",
        "    /promptops label lyon tone pass",
        "```\n/promptops label lyon tone pass\n```",
        "````text\n```\n/promptops label lyon tone pass\n````",
        "~~~\n/promptops label lyon tone pass",
        "~~~\n```\n/promptops label lyon tone pass\n```\n",
        "<!--\n/promptops label lyon tone pass\n-->",
        "seen <!-- this\n/promptops label lyon tone pass",
        "<!-- a --> <!-- b\n/promptops label lyon tone pass",
        "/promptopsx label lyon tone pass",
        "/promptops-label lyon tone pass",
        "",
    ],
)
def test_what_is_quoted_fenced_hidden_or_not_at_a_lines_start_is_text(body: str) -> None:
    assert parse_commands(body).found == ()


@pytest.mark.parametrize(
    "before", [" ", "   ", "\xa0", "\u3000", "\ufeff", "Thanks!\n ", "Thanks,\n      ", "Thanks\n\xa0"]
)
def test_blanks_before_a_command_are_no_part_of_it(before: str) -> None:
    assert label(f"{before}/promptops label lyon tone pass") == ("lyon", "tone", "pass", "", "")


@pytest.mark.parametrize(
    "before",
    [
        "```\ncode\n```",
        "<!-- hidden -->",
        "<!--\nhidden\n-->",
        "```inline``` code",
        "<!-- a\n--> text",
        "~~~\n~~~",
    ],
)
def test_a_command_after_something_quoted_is_read(before: str) -> None:
    assert label(f"{before}\n/promptops label lyon tone pass") == ("lyon", "tone", "pass", "", "")


def test_a_comment_that_a_command_opens_hides_what_follows() -> None:
    assert len(parse_commands("/promptops label a b pass <!--\n/promptops label c d pass\n-->").found) == 1


def test_every_line_is_a_command_of_its_own_whatever_ends_it() -> None:
    found = parse_commands("Thanks!\r\n/promptops label a b pass\r\n\r\n/promptops label c d fail\r\n").found
    assert [command.line for command in found] == ["/promptops label a b pass", "/promptops label c d fail"]


def test_a_reason_ends_with_its_line() -> None:
    assert "never closed" in problem('/promptops label a b pass "one\ntwo"')


def test_of_a_thousand_commands_the_first_are_read_and_the_rest_is_counted() -> None:
    found = parse_commands("/promptops label a b pass\n" * 1000)
    assert (len(found.found), found.more) == (MOST_COMMANDS, 1000 - MOST_COMMANDS)


NAMES = st.text(st.characters(exclude_characters='\\"\n\r', exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(case=NAMES, criterion=NAMES, why=NAMES, suite=NAMES, verdict=st.sampled_from(["pass", "fail"]))
def test_whatever_is_put_in_quotation_marks_comes_out_as_it_went_in(
    case: str, criterion: str, why: str, suite: str, verdict: str
) -> None:
    line = f'/promptops label "{case}" "{criterion}" {verdict} "{why}" in "{suite}"'
    assert label(line) == (case, criterion, verdict, why, suite)


@given(
    st.builds(
        LabelCommand,
        st.just(""), NAMES, NAMES, st.sampled_from(["pass", "fail"]), NAMES | st.just(""), NAMES | st.just(""),
        st.sampled_from(["base", "head"]), st.none() | st.integers(1, 9999), NAMES | st.just(""), st.just(()),
    )
    | st.builds(AcceptCommand, st.just(""), NAMES, NAMES, NAMES | st.just(""), st.just(())),
)  # fmt: skip
def test_a_command_is_written_so_that_it_is_read_as_itself(command: LabelCommand | AcceptCommand) -> None:
    read = one(command_line(command))
    assert isinstance(read, type(command))
    assert read._replace(line="", others=()) == command


PIECES = st.lists(
    st.sampled_from(
        ["/promptops", " label", " accept", " pass", " in", '"', "“", "”", "'", "\\", "```", "<!--", "-->", "\n", " x"]
    )
    | st.text(max_size=5)
)


@given(PIECES)
def test_no_comment_breaks_the_reader_and_names_are_never_longer_than_the_line(pieces: list[str]) -> None:
    for command in parse_commands("".join(pieces)).found:
        assert command.line.lower().startswith("/promptops")
        if isinstance(command, LabelCommand):
            assert command.verdict in command.line.lower()
            assert len(command.case) + len(command.criterion) + len(command.why) < len(command.line)


@pytest.mark.parametrize("line", ["/promptops label " + "ok " * 600, "/promptops labl " + "pass " * 390])
def test_a_line_of_many_verdicts_is_not_read_in_every_way(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = []

    def count(command: CommentCommand) -> CommentCommand:
        looked_at.append(command)
        return check_lengths(command)

    monkeypatch.setattr(command_readings, "check_lengths", count)
    assert isinstance(one(line), InvalidCommand)
    assert len(looked_at) < 1_000

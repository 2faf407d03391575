"""The one place that prints errors and sets exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from promptops.cli.context import relative_name, say
from promptops.cli.main import _help_width, cli
from promptops.cli.registry import COMMANDS, CommandSpec
from promptops.errors import PromptError
from tests.conftest import GitRepository


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Put a function in the place of a command and run it; returns the exit code."""

    def run(body):  # type: ignore[no-untyped-def]
        module = type(sys)("fake_command")
        module.command = click.command("lint")(body)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "fake_command", module)
        monkeypatch.setitem(COMMANDS, "lint", CommandSpec("fake_command", "help"))
        with pytest.raises(SystemExit) as ended:
            cli(["lint"])
        return ended.value.code

    return run


def test_a_clean_end_is_0(command) -> None:  # type: ignore[no-untyped-def]
    assert command(lambda: None) == 0


def test_findings_are_1(command) -> None:  # type: ignore[no-untyped-def]
    assert command(lambda: sys.exit(1)) == 1


def test_an_error_the_user_can_fix_is_2_with_place_and_hint(command, capsys) -> None:  # type: ignore[no-untyped-def]
    def body() -> None:
        raise PromptError("it is wrong", where="a.prompt.yml:3", hint="write it\nlike this")

    assert command(body) == 2
    shown = capsys.readouterr()
    assert shown.err == "error: a.prompt.yml:3: it is wrong\n  write it\n  like this\n"
    assert shown.out == ""


def test_what_an_error_quotes_cannot_act_on_the_terminal(command, capsys) -> None:  # type: ignore[no-untyped-def]
    def body() -> None:
        say("plan of \x1b[2J\nnext")
        raise PromptError("no key '\x1b]0;x\x07'", where="a\x9b1m.yml:3", hint="not \x1b[8m\nbut\tthis")

    assert command(body) == 2
    assert capsys.readouterr().err == (
        "plan of ⟨U+001B⟩[2J\nnext\n"
        "error: a⟨U+009B⟩1m.yml:3: no key '⟨U+001B⟩]0;x⟨U+0007⟩'\n  not ⟨U+001B⟩[8m\n  but\tthis\n"
    )


def test_what_an_error_quotes_is_no_command_to_a_workflows_runner(command, capsys) -> None:  # type: ignore[no-untyped-def]
    def body() -> None:
        say("kept\n  ::add-mask::e")
        raise PromptError("no key 'a\n::stop-commands::x'", where="##[add-mask]e", hint="::error::x\nor this")

    assert command(body) == 2
    shown = capsys.readouterr().err
    assert command(lambda: int("\n::add-mask::e ##[add-mask]e")) == 3
    shown += capsys.readouterr().err
    assert "##[" not in shown
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())


def test_a_bug_of_ours_is_3_with_the_traceback(command, capsys) -> None:  # type: ignore[no-untyped-def]
    assert command(lambda: 1 / 0) == 3
    shown = capsys.readouterr().err
    assert "ZeroDivisionError" in shown
    assert "bug in promptops" in shown


@pytest.mark.parametrize(
    ("module", "code", "last"),
    [
        ("rich.table", 2, "  pip install 'git-promptops[eval]'"),
        ("xllamacpp", 2, "  pip install 'git-promptops[local]'"),
        ("jinja2.no_such_part", 3, "This is a bug in promptops (ModuleNotFoundError); please report the lines above."),
        ("promptops.gone", 3, "This is a bug in promptops (ModuleNotFoundError); please report the lines above."),
    ],
)
def test_an_extra_that_is_not_installed_is_2_and_a_broken_installation_3(  # type: ignore[no-untyped-def]
    module: str, code: int, last: str, command, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def body() -> None:
        __import__(module)

    top = module.partition(".")[0]
    for name in [name for name in sys.modules if code == 2 and (name == top or name.startswith(f"{top}."))]:
        monkeypatch.delitem(sys.modules, name)
    if code == 2:
        monkeypatch.setitem(sys.modules, top, None)
    assert command(body) == code
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == last
    assert ("Traceback (most recent call last):" in said) == (code == 3)
    assert code == 3 or said[0] == f"error: this command needs {top}, which is not installed"


def test_an_interrupt_is_130(command) -> None:  # type: ignore[no-untyped-def]
    def body() -> None:
        raise KeyboardInterrupt

    assert command(body) == 130


def test_a_wrong_option_is_2(command) -> None:  # type: ignore[no-untyped-def]
    def body() -> None:
        raise click.UsageError("no such option")

    assert command(body) == 2


def test_a_misspelt_command_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli(["lnit"])
    assert ended.value.code == 2
    assert "Did you mean 'lint'?" in capsys.readouterr().err


def test_help_lists_every_command_once_under_its_heading(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli(["--help"])
    shown: dict[str, str] = {}
    heading = ""
    for line in capsys.readouterr().out.partition("\n\nWrite prompts:\n")[2].splitlines():
        if line and not line.startswith(" "):
            heading = line.removesuffix(":")
        elif line:
            name, help_line = line.split(maxsplit=1)
            assert name not in shown
            assert help_line == COMMANDS[name].help, "it fits on one line"
            shown[name] = heading or "Write prompts"
    assert shown == {name: spec.heading for name, spec in COMMANDS.items()}


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("evl", "'eval'"),
        ("lint ordr", "'order'"),
        ("lint prompts/ordr.prompt.yml", "'prompts/order.prompt.yml'"),
        ("lint promts", "'prompts'"),
        ("render ordr", "'order'"),
        ("render order --case frist", "'first'"),
        ("eval ordrs", "'orders'"),
        ("eval evals/order.eval.yml", "'orders'"),
        ("history ordr", "'order'"),
        ("pin ordr --env prod", "'order'"),
        ("diff --prompt ordr", "'order'"),
        ("diff mian", "'main'"),
        ("verify prd", "'prod'"),
        ("bundle --env prd --out x", "'prod'"),
        ("audit --env prd", "'prod'"),
        ("bisect orders HEAD HEAD --criterion kindd", "'kind'"),
        ("schema promt", "'prompt'"),
        ("lint --explain P20", "'P206'"),
    ],
)
def test_a_name_that_is_almost_right_is_answered_with_the_right_one(
    words: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    GitRepository(tmp_path / "acme").commit(
        {
            "prompts/order.prompt.yml": "messages: [{role: user, content: Hi}]\n",
            "evals/orders.eval.yml": (
                "prompt: order\ntestData: [{id: first}]\nevaluators: [{name: kind, string: {contains: x}}]\n"
            ),
            "environments/prod.yml": "pins: {}\n",
        }
    )
    monkeypatch.chdir(tmp_path / "acme")
    with pytest.raises(SystemExit) as ended:
        cli(words.split())
    assert ended.value.code == 2
    assert f"did you mean {meant}?" in capsys.readouterr().err.replace("Did", "did")


def test_a_prompt_where_a_version_belongs_is_told_its_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    GitRepository(tmp_path / "acme").commit({"prompts/order.prompt.yml": "messages: [{role: user, content: Hi}]\n"})
    monkeypatch.chdir(tmp_path / "acme")
    with pytest.raises(SystemExit):
        cli(["diff", "order"])
    assert "'order' is a prompt; to compare it alone: promptops diff --prompt order" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli([name, "--help"])
    assert ended.value.code == 0
    assert len(capsys.readouterr().out) > 100


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from promptops.cli.main import cli\n"
        "try: cli(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'openai', 'numpy', 'git', 'yaml', 'jinja2', 'rich', 'pydantic', 'aiohttp'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_closed_pipe_is_not_an_error(tmp_path: Path) -> None:
    code = "import subprocess,sys; p = subprocess.Popen([sys.executable,'-m','promptops','--help'], stdout=subprocess.PIPE, stderr=subprocess.PIPE); p.stdout.close(); err = p.stderr.read(); sys.exit(b'Traceback' in err)"  # noqa: E501
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


def test_half_a_surrogate_pair_can_be_printed() -> None:
    code = (
        "import click\n"
        "from promptops.cli import main\n"
        "main.cli = lambda **options: click.echo('<\\ud800>')\n"
        "main.main()\n"
    )
    done = subprocess.run([sys.executable, "-X", "utf8", "-c", code], check=False, capture_output=True)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, b"<?>", b"")


@pytest.mark.parametrize("name", ["x" * 5000, "x" * 5000 + ".yml", "a\0b", "a\0b.yml", "loop.yml"])
def test_a_name_that_no_file_can_have_stays_as_it_is(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop.yml").symlink_to("loop.yml")
    assert relative_name(tmp_path, name) == name


def test_max_cost_promises_the_same_wherever_it_is_given() -> None:
    for command in (["eval"], ["bisect"], ["watch"], ["github", "check"]):
        told = " ".join(CliRunner().invoke(cli, [*command, "--help"]).stdout.split())
        assert "Begin no call once so much is spent; only the calls in flight then may pass it." in told, command


@pytest.mark.parametrize("columns", ["", "40", "72", "100", "300", "none"])
def test_help_is_as_wide_as_click_would_make_it(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    own = click.Context(cli, terminal_width=_help_width()).make_formatter()
    assert own.width == click.Context(cli, max_content_width=100).make_formatter().width

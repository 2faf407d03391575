"""The group `promptops github`."""

from __future__ import annotations

from click.testing import CliRunner

from promptops.cli.main import cli


def test_a_misspelt_command_gets_a_suggestion() -> None:
    result = CliRunner().invoke(cli, ["github", "chekc"])
    assert result.exit_code == 2
    assert "There is no command 'chekc'. Did you mean 'check'?" in result.output


def test_a_word_like_no_command_is_sent_to_the_groups_own_help() -> None:
    result = CliRunner().invoke(cli, ["github", "xyzzy"])
    assert result.exit_code == 2
    assert "See `" in result.output
    assert "github --help`" in result.output

from __future__ import annotations

import pytest

from promptops.source.git.errors import explain_failure

ID = "4f2a91c" + "0" * 33


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("fatal: unable to access 'https://h.org/p/': Could not resolve host: h.org", "no server has this name"),
        ("fatal: unable to look up h.org (port 9418) (Name or service not known)", "no server has this name"),
        ("fatal: unable to access 'https://h.org/p/': SSL certificate problem: expired", "cannot be reached"),
        ("ssh: connect to host h.org port 22: No route to host\nfatal: Could not read from remote.", "be reached"),
        ("Host key verification failed.\nfatal: Could not read from remote repository.", "ssh key is not known"),
        ("git@h.org: Permission denied (publickey).\nfatal: Could not read from remote repository.", "refuses"),
        ("ERROR: Repository not found.\nfatal: Could not read from remote repository.", "no such repository"),
        ("fatal: https://h.org/p/info/refs not valid: is this a git repository?", "a problem of its own"),
        ("error: RPC failed; curl 28 Operation too slow.\nfatal: early EOF", "broke off"),
        ("fatal: mismatched algorithms: client sha1; server sha256", "object ids of another kind"),
        (
            "fatal: sha1 file '/c/x' write error. Out of diskspace\nfatal: write error: No space left on device",
            "no room",
        ),
        (f"fatal: remote error: upload-pack: not our ref {ID}", "no such version"),
        ("fatal: detected dubious ownership in repository at '/p'\nfatal: Could not read from remote.", "another user"),
    ],
)
def test_what_git_says_is_put_in_plain_words(said: str, message: str) -> None:
    assert message in explain_failure(said).message


def test_the_version_that_is_missing_is_named() -> None:
    assert str(explain_failure(f"fatal: remote error: upload-pack: not our ref {ID}").error("h.org/p")).startswith(
        f"h.org/p {ID}: "
    )


def test_what_the_server_writes_and_names_of_files_decide_nothing() -> None:
    locked = "fatal: Unable to create '/cache/ssl-certificates.git/shallow.lock': File exists."
    for said in (
        locked,
        f"remote: No space left on device\n{locked}",
        "error: packfile /cache/SSL-not-our-ref.git/objects/pack/a.pack does not match index\nfatal: bad object",
    ):
        assert explain_failure(said).kind == "unknown"
    assert explain_failure(locked).hint == f"git says: {locked}"
    assert explain_failure("fatal: \x1b[31mred\u202e").hint == "git says: fatal: [31mred"
    assert explain_failure("").hint == ""


def test_hostile_words_take_no_time() -> None:
    assert explain_failure("'" * 500_000 + "/" * 500_000).kind == "unknown"


@pytest.mark.parametrize(
    ("named", "shown"),
    [("/srv/p/.git", "/srv/p/.git"), ("/a b", "PATH"), ("/x;rm", "PATH"), ("$(x)", "PATH"), ("*", "PATH")],
)
def test_advice_names_a_path_that_git_named_unless_a_shell_could_act_on_it(named: str, shown: str) -> None:
    said = "fatal: detected dubious ownership in repository at '/p'"
    said = f"{said}\nTo add an exception, call:\n\n\tgit config --global --add safe.directory {named}\n"
    assert f"`git config --global --add safe.directory {shown}`" in explain_failure(said).hint


def test_a_path_that_is_called_like_this_trouble_is_no_such_trouble() -> None:
    assert explain_failure("fatal: Unable to create '/cache/dubious ownership/x.lock': File exists.").kind == "unknown"


def test_what_git_says_is_told_without_the_token_in_an_address() -> None:
    for place in (0, 120, 150, 160):  # also where it is shortened
        said = f"fatal: {'x' * place} 'https://x-access-token:ghs_1a2B3c4D5e6F7g8H@github.com/acme/{'p' * 300}.git' odd"
        found = explain_failure(said)
        assert found.hint.startswith("git says: fatal: ")
        assert "ghs_" not in found.hint
        assert "x-access" not in found.hint

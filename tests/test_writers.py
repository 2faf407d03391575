"""Nobody but the one writer writes files: what it promises (no links, rights kept, whole or not at all) holds for all.

Read from the code itself, so that a command of tomorrow cannot go its own way unseen.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "promptops"

ALLOWED = {
    "source/files/atomic_write.py": "the writer of whole files",
    "source/files/plain_file.py": "opens what is written in place, and makes folders",
    "providers/model_download.py": "a model of 98 MB, unpacked into a folder of its own in the user's cache",
    "source/git/remote/mirror_storage.py": "a new mirror, in a folder of its own in the user's cache",
    "source/git/remote/bare_repository.py": "git's own half-fetched packs in that cache are deleted",
    "source/git/signing/signatures.py": "a signature for ssh-keygen, in a temporary folder of this user alone",
    "source/files/watcher.py": "an empty temporary folder, to see whether one more can be watched",
    "source/git/process.py": "/dev/null for git's own descriptors",
    "source/git/work_tree/staged.py": "a copy of git's index, in a temporary folder of this user alone",
    "source/git/work_tree/attributes.py": "objects that git makes to compare, in a temporary folder of this user alone",
    "sandbox/launcher.py": "the list of name servers, in the sandbox's own file system, and /dev/null",
    "sandbox/linux_calls.py": "the kernel's own files below /proc, and folders opened for its rules, not to write",
    "cli/output.py": "/dev/null in place of an output that is gone",
    "evals/python_worker/main.py": "the worker's own pipe, and /dev/null in its place",
    "providers/python_model/worker.py": "the worker's own pipes, and /dev/null in their place",
    "store/shared_database.py": "a damaged database is renamed, and stays beside the new one",
    "runtime/disk_cache.py": "the cache's own folder, closed to other users",
    "workflows/eval/evaluate.py": "a temporary folder for a journal that nobody reads",
    "workflows/eval/run_paths.py": "a run's folder, which must be new",
    "workflows/eval/save_results.py": "scripts of an earlier page are deleted",
}
"""Module → why it may do what only the writer does otherwise."""

METHODS = {
    "write_text", "write_bytes", "touch", "mkdir", "makedirs", "mkfifo", "mknod", "symlink_to", "hardlink_to",
    "symlink", "link", "unlink", "rename", "renames", "chmod", "rmdir", "rmtree", "copyfile", "copytree", "copy2",
    "move", "truncate", "mkdtemp", "mkstemp", "NamedTemporaryFile", "TemporaryDirectory", "TemporaryFile",
}  # fmt: skip
"""Names that change files, whoever has them: pathlib, os, shutil, tempfile."""


def changes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Calls that make, change or delete a file: line and name."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        owner = getattr(call.func.value, "id", "") if isinstance(call.func, ast.Attribute) else ""
        if (
            name in METHODS
            or (name == "replace" and owner == "os")
            or (name == "replace" and isinstance(call.func, ast.Attribute) and _is_rename(call))
            or (name in ("open", "fdopen") and _opens_for_writing(call, owner))
        ):
            yield call.lineno, f"{owner}.{name}".lstrip(".")


def _is_rename(call: ast.Call) -> bool:
    """`path.replace(target)`: texts and dates are replaced with two values, or by name."""
    return len(call.args) == 1 and not call.keywords


def _opens_for_writing(call: ast.Call, owner: str) -> bool:
    if owner == "os" and isinstance(call.func, ast.Attribute) and call.func.attr == "open":
        flags = ast.unparse(call.args[1]) if len(call.args) > 1 else ""
        return "RDONLY" not in flags
    if call.args and isinstance(call.args[0], ast.Call) and getattr(call.args[0].func, "id", "") == "open_plain":
        return False  # what may be written there was found out
    modes = [*call.args, *(each.value for each in call.keywords if each.arg == "mode")]
    texts = [each.value for each in modes if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return any(len(text) <= 3 and set(text) & set("wax+") and set(text) <= set("rwaxbt+") for text in texts)


def test_nobody_but_the_writer_writes_files() -> None:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if name not in ALLOWED and (calls := [*changes(ast.parse(path.read_text("utf-8")))]):
            found[name] = calls
    assert found == {}, "write through promptops.source.files.atomic_write (or plain_file), or say in ALLOWED why not"


def test_every_exception_is_still_needed() -> None:
    silent = [name for name in ALLOWED if not [*changes(ast.parse((PACKAGE / name).read_text("utf-8")))]]
    assert silent == []


@pytest.mark.parametrize(
    "code",
    [
        "open(path, 'w')", "open(path, mode='ab')", "path.open('r+b')", "path.write_text('x')", "os.replace(a, b)",
        "os.open(path, os.O_WRONLY | os.O_CREAT)", "path.replace(target)", "shutil.move(a, b)", "path.touch()",
        "tempfile.mkstemp()", "os.fdopen(file, 'w')",
    ],
)  # fmt: skip
def test_what_writes_is_seen(code: str) -> None:
    assert [*changes(ast.parse(code))]


@pytest.mark.parametrize(
    "code",
    [
        "open(path, 'rb')", "text.replace('a', 'b')", "replace(value, path=path)", "now.replace(microsecond=0)",
        "os.open(path, os.O_RDONLY)", "open(open_plain(path, os.O_APPEND), 'ab')", "archive.open(name)",
    ],
)  # fmt: skip
def test_what_only_reads_is_passed_over(code: str) -> None:
    assert [*changes(ast.parse(code))] == []

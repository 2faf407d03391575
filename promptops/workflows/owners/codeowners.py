"""CODEOWNERS from the owners that prompts and settings name: whoever answers for a file is asked when it changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from promptops.errors import SourceError
from promptops.model.outcomes.owners import OwnersReport
from promptops.source.checkout import Checkout
from promptops.source.files.atomic_write import write_atomically
from promptops.source.files.plain_file import make_folder, write_hint
from promptops.source.formats.codeowners import MOST_BYTES, PLACES, parse_codeowners, pattern_for
from promptops.source.formats.codeowners_block import CodeownersParts, replace_block, split_around_block
from promptops.source.formats.settings import CONFIG_FILE
from promptops.source.git.commit import Commit
from promptops.source.git.repository import Repository
from promptops.source.source import Source
from promptops.workflows.owners.ownership import Ownership, find_owners, policy_folders
from promptops.workflows.workspace import Workspace

_MOST_NAMED = 5
_AS_IT_IS = "surrogateescape"  # lines of people are written back as they were, whatever they hold


def owners(workspace: Workspace, *, at: str | None = None, write: bool = False) -> OwnersReport:
    """What CODEOWNERS should say, beside what it says; with `write` it is written where that differs.

    `at`: both as they were at a revision. PromptopsError for prompts or a file that cannot be read, edited or written.
    """
    repository = Repository(workspace.root)
    prefix = repository.prefix(workspace.root)
    top: Source = Commit(repository, repository.resolve(at)) if at else Checkout(repository.root)
    path, data = _read(top)
    before = data.decode("utf-8", _AS_IT_IS)
    project = workspace.project(at)
    found = find_owners(project)
    claims = _claims(found, prefix, path)
    folders = {prefix / folder for folder in policy_folders(project.config)}
    rows = [f"{pattern_for(each)}{'/' * (each in folders)} {' '.join(names)}" for each, names in claims.items()]
    name = "" if prefix == PurePosixPath() else pattern_for(prefix)
    after = replace_block(split_around_block(before, name, str(path)), name, rows)
    new = after.encode("utf-8", _AS_IT_IS)
    if len(new) >= MOST_BYTES:
        message = f"it would have {len(new):,} bytes; GitHub ignores a file of {MOST_BYTES:,} or more"
        raise SourceError(message, where=str(path), hint="let fewer prompts name owners, and write a line for a folder")
    written = write and before != after
    if written:
        _write(repository.root, path, new)
    parts = split_around_block(after, name, str(path))
    others = PLACES[PLACES.index(path) + 1 :]
    return OwnersReport(
        path=path,
        before=before,
        after=after,
        rows=tuple(rows),
        unknown=tuple(f"{said_in}: '{owner}' is not an owner" for owner, said_in in found.unknown),
        notes=(
            *(f"GitHub does not read {each}, because {path} is there" for each in others if top.exists(each)),
            *_unowned_notes(found, prefix, path, after),
            *_override_notes(parts, path, claims, folders),
        ),
        written=written,
    )


def _claims(found: Ownership, prefix: PurePosixPath, path: PurePosixPath) -> dict[PurePosixPath, tuple[str, ...]]:
    """Owners by path from the repository's top, sorted. Whoever owns the settings owns the file that is written too."""
    claims = {prefix / each: names for each, names in found.owners.items()}
    if prefix == PurePosixPath() and CONFIG_FILE in claims:
        claims[path] = claims[CONFIG_FILE]
    return dict(sorted(claims.items()))


def _read(top: Source) -> tuple[PurePosixPath, bytes]:
    """The first file that is there, in the forge's order, or where a new one belongs."""
    for path in PLACES:
        try:
            data = top.read(path)
        except SourceError as exc:
            # In a folder that is a link, the forge sees no file.
            in_linked_folder = isinstance(top, Checkout) and (top.root / path.parent).is_symlink()
            if "link" in exc.args[0] and not in_linked_folder:
                hint = "put a plain file there; GitHub does not follow links"
                raise SourceError("it is a symbolic link, which is not followed", where=str(path), hint=hint) from exc
            if "link" in exc.args[0] or "no such file" in exc.args[0] or "folder" in exc.args[0]:
                continue
            raise
        if b"\0" in data:
            raise SourceError("is not saved as UTF-8", where=str(path), hint="save it as UTF-8, then try again")
        return path, data
    return PLACES[0], b""


def _unowned_notes(found: Ownership, prefix: PurePosixPath, path: PurePosixPath, text: str) -> Iterator[str]:
    """Prompts that neither name an owner nor are covered by a line that people wrote."""
    if not found.unowned:
        return
    lines = parse_codeowners(path, text)
    alone = [each for each in found.unowned if not ((line := lines.rule_for(prefix / each)) and line.owners)]
    if alone:
        yield f"nobody is asked when {_listed(alone)} {'changes' if len(alone) == 1 else 'change'}: name owners there"


def _override_notes(
    parts: CodeownersParts,
    path: PurePosixPath,
    claims: Mapping[PurePosixPath, tuple[str, ...]],
    folders: Iterable[PurePosixPath],
) -> Iterator[str]:
    """Lines below the block that name others for its files: of all lines that fit, the last one counts."""
    if not parts.block or not parts.below.strip():
        return
    first = (parts.above + parts.block).count("\n")
    below = parse_codeowners(path, parts.below)
    files: dict[int, list[str]] = {}
    for each, names in claims.items():
        line = below.rule_for(each / "any.yml" if each in folders else each)
        if line is not None and {one.lower() for one in line.owners} != {one.lower() for one in names}:
            files.setdefault(first + line.number, []).append(str(each))
    for number, named in files.items():
        yield f"{path}:{number} stands below the block and names others for {_listed(named)}: move the block to the end"


def _listed(paths: list[str]) -> str:
    more = len(paths) - _MOST_NAMED
    return ", ".join(paths[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _write(root: Path, path: PurePosixPath, data: bytes) -> None:
    target = root / path
    try:
        make_folder(target.parent, root)
        write_atomically(target, data, root=root)
    except OSError as exc:
        raise SourceError(f"cannot be written: {exc.strerror or exc}", where=str(path), hint=write_hint(exc)) from exc

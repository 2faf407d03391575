"""Where the repository lies that holds a folder, whatever the caller's environment says of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from promptops.errors import SourceError


class GitLocation(NamedTuple):
    """`folder` is git's own, `common` the one that all work trees of the repository share.

    `root`: the work tree's top folder, the git folder itself for a bare repository. `environment`: what tells git so.
    """

    folder: Path
    common: Path
    root: Path
    environment: dict[str, str]


def discover_git(directory: Path) -> GitLocation:
    """The repository that holds this folder. SourceError when there is none, or no git."""
    try:
        import git  # 60 ms, and it fails where no git is installed: only when a commit is really read
    except ImportError as exc:
        raise SourceError("git is not installed", hint="install git, or work on files only") from exc
    try:
        repo: Any = git.Repo(directory, search_parent_directories=True)
    except git.exc.NoSuchPathError as exc:
        raise SourceError("no such folder", where=str(directory)) from exc
    except git.exc.InvalidGitRepositoryError as exc:
        message, hint = "this folder is not in a git repository", "run `git init` first"
        raise SourceError(message, where=str(directory), hint=hint) from exc
    folder = Path(repo.git_dir).absolute()
    common = _common(folder)
    work_tree = repo.working_tree_dir
    if Path(repo.common_dir).resolve() != common.resolve():  # misled by the environment
        work_tree = _work_tree(directory, folder, common)
    root = Path(work_tree or folder).resolve()
    environment = _quarantine(Path(repo.odb.root_path()), common / "objects")
    if work_tree is None:  # named, it is read by users too whose git opens no bare repository it merely comes upon
        environment["GIT_DIR"] = str(folder)
    repo.close()
    return GitLocation(folder, common, root, environment)


def _common(folder: Path) -> Path:
    """A linked work tree's git folder names the one it shares with the others."""
    try:
        return folder / (folder / "commondir").read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        return folder


def _work_tree(directory: Path, folder: Path, common: Path) -> Path | None:
    import git

    settings: Any = git.GitConfigParser(common / "config", read_only=True)
    if folder == common and settings.getboolean("core", "bare", fallback=False):
        return None
    above = directory.absolute()
    return next((each for each in (above, *above.parents) if (each / ".git").exists()), None)


def _quarantine(objects: Path, own: Path) -> dict[str, str]:
    """In a hook that decides over a push, what was pushed lies apart, below the repository's own objects."""
    if own.resolve() not in objects.resolve().parents:
        return {}
    quoted = str(own).replace("\\", "\\\\").replace('"', '\\"')
    return {"GIT_OBJECT_DIRECTORY": str(objects), "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{quoted}"'}

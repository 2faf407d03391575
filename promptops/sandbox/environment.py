"""Which environment variables a sandboxed command sees, and where keys lie that it must not see."""

from __future__ import annotations

import os
from collections.abc import Mapping

# What programs need to start; keys and tokens are not among it, and neither is HOME, where tools look for keys.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMROOT", "SYSTEMDRIVE", "TMPDIR", "TEMP", "TMP")

_IN_HOME = (
    ".anthropic", ".aws", ".azure", ".claude", ".claude.json", ".codex", ".cache/git", ".cache/huggingface/token",
    ".cargo/credentials", ".cargo/credentials.toml", ".composer/auth.json", ".docker", ".gem/credentials",
    ".git-credentials", ".gitconfig", ".gnupg", ".gradle/gradle.properties", ".huggingface", ".kube",
    ".local/share/keyrings", ".m2/settings.xml", ".netrc", ".npmrc", ".openai", ".password-store", ".pgpass", ".pip",
    ".pypirc", ".ssh", ".terraform.d", ".vault-token", ".yarnrc", ".yarnrc.yml",
    # Where people write `export OPENAI_API_KEY=…`, by hand or into the file that is read at every start.
    ".bash_history", ".bash_profile", ".bashrc", ".profile", ".python_history", ".zprofile", ".zsh_history", ".zshenv",
    ".zshrc",
)  # fmt: skip
_IN_CONFIG = (
    "anthropic", "containers", "fish", "gcloud", "gh", "git", "glab-cli", "hub", "io.datasette.llm", "op", "openai",
    "pip", "pypoetry", "rclone",
)  # fmt: skip
"""In `~/.config`, or where XDG_CONFIG_HOME says."""
_NAMED = (
    "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AZURE_CONFIG_DIR",
    "AZURE_FEDERATED_TOKEN_FILE", "BASH_ENV", "CLOUDSDK_CONFIG", "CODEX_HOME", "DOCKER_CONFIG", "GH_CONFIG_DIR",
    "GIT_CONFIG_GLOBAL", "GNUPGHOME", "GOOGLE_APPLICATION_CREDENTIALS", "HF_TOKEN_PATH", "HISTFILE", "KUBECONFIG",
    "NETRC", "NPM_CONFIG_USERCONFIG", "PGPASSFILE", "PIP_CONFIG_FILE", "SSH_AUTH_SOCK",
)  # fmt: skip
_IN_PROJECT = (
    ".env", ".env.local", ".env.development", ".env.development.local", ".env.production", ".env.production.local",
    ".env.test", ".env.test.local", ".envrc", ".git/config", ".git/credentials", ".npmrc", ".pypirc",
    ".streamlit/secrets.toml",
)  # fmt: skip
_OF_RUNNERS = ("GITHUB_ENV", "GITHUB_EVENT_PATH", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE")
"""Files by which steps of a workflow give each other variables; beside them lie git's credentials of a checkout."""


def sandbox_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """These variables, and the few of ours that a sandboxed command gets."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | dict(variables)


def credential_places() -> list[str]:
    """Files and folders that usually hold keys, whether they are there or not.

    Those of well-known tools and shells, those that variables name, `.env` and the configuration of git in the current
    folder and above it (a checkout may leave its token there), what a runner of GitHub passes from step to step, and
    where one of GitLab keeps variables of the type "file" and git's credentials.
    """
    home = os.path.expanduser("~")
    configured = {os.path.join(home, ".config"), os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")}
    found = [os.path.join(home, name) for name in _IN_HOME]
    found += [os.path.join(folder, name) for folder in configured for name in _IN_CONFIG]
    found += [os.environ[name] for name in (*_NAMED, *_OF_RUNNERS) if os.environ.get(name)]
    if project := os.environ.get("CI_PROJECT_DIR"):
        found.append(f"{project.rstrip(os.sep)}.tmp")
    return [*found, *_around_here(), *_of_checkouts()]


def _around_here() -> list[str]:
    found, folder = [], os.getcwd()
    while True:
        found += [os.path.join(folder, name) for name in _IN_PROJECT]
        found += _of_repository_elsewhere(os.path.join(folder, ".git"))
        if (above := os.path.dirname(folder)) == folder:
            return found
        folder = above


def _of_repository_elsewhere(link: str) -> list[str]:
    """The configuration of the repository that the file `.git` of a worktree or a submodule leads to."""
    try:
        with open(link, encoding="utf-8") as file:
            kind, _, place = file.read(4096).strip().partition(": ")
    except (OSError, ValueError):  # mostly it is a folder
        return []
    git = os.path.join(os.path.dirname(link), place)
    common = os.path.join(git, "..", "..")  # a worktree's own part lies in worktrees/NAME of the repository
    return [os.path.join(folder, "config") for folder in (git, common)] if kind == "gitdir" else []


def _of_checkouts() -> list[str]:
    """What actions/checkout leaves in the runner's folder for temporary files."""
    folder = os.environ.get("RUNNER_TEMP", "")
    try:
        return [one.path for one in os.scandir(folder) if one.name.startswith("git-credentials-")] if folder else []
    except OSError:
        return []

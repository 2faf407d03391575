"""Which environment variables a sandboxed command sees, and where keys lie that it must not see."""

from __future__ import annotations

import os
from collections.abc import Mapping

# What programs need to start; keys and tokens are not among it, and neither is HOME, where tools look for keys.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMROOT", "SYSTEMDRIVE", "TMPDIR", "TEMP", "TMP")

_IN_HOME = (
    ".aws", ".azure", ".config/gcloud", ".config/gh", ".config/hub", ".config/git", ".config/glab-cli",
    ".config/op", ".config/rclone", ".cache/git", ".cache/huggingface/token", ".cargo/credentials.toml", ".docker",
    ".git-credentials", ".gitconfig", ".gnupg", ".huggingface", ".kube", ".local/share/keyrings", ".netrc", ".npmrc",
    ".openai", ".password-store", ".pgpass", ".pypirc", ".ssh", ".vault-token", ".bash_history", ".zsh_history",
)  # fmt: skip
_NAMED = (
    "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AZURE_FEDERATED_TOKEN_FILE", "CLOUDSDK_CONFIG",
    "DOCKER_CONFIG", "GNUPGHOME", "GOOGLE_APPLICATION_CREDENTIALS", "KUBECONFIG", "NETRC", "NPM_CONFIG_USERCONFIG",
    "PIP_CONFIG_FILE", "SSH_AUTH_SOCK",
)  # fmt: skip
_OF_RUNNERS = ("GITHUB_ENV", "GITHUB_EVENT_PATH", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE")
"""Files by which steps of a workflow give each other variables; beside them lie git's credentials of a checkout."""


def sandbox_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """These variables, and the few of ours that a sandboxed command gets."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | dict(variables)


def credential_places() -> list[str]:
    """Files and folders that usually hold keys, whether they are there or not.

    Those of well-known tools, those that variables name, `.env` and the configuration of git in the current folder and
    above it (a checkout may leave its token there), and what a runner of GitHub passes from step to step.
    """
    home = os.path.expanduser("~")
    found = [os.path.join(home, name) for name in _IN_HOME]
    found += [os.environ[name] for name in (*_NAMED, *_OF_RUNNERS) if os.environ.get(name)]
    return [*found, *_around_here(), *_of_checkouts()]


def _around_here() -> list[str]:
    found, folder = [], os.getcwd()
    while True:
        found += [os.path.join(folder, name) for name in (".env", ".git/config", ".git/credentials")]
        if (above := os.path.dirname(folder)) == folder:
            return found
        folder = above


def _of_checkouts() -> list[str]:
    """What actions/checkout leaves in the runner's folder for temporary files."""
    folder = os.environ.get("RUNNER_TEMP", "")
    try:
        return [one.path for one in os.scandir(folder) if one.name.startswith("git-credentials-")] if folder else []
    except OSError:
        return []

"""`make demo`: an expert's edit, from the changed line to the comment a pull request would get.

Works in a scratch clone, so the repository it is started from stays as it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / ".promptops" / "demo"
PROMPT = "prompts/meeting-summary.prompt.yml"

# What a product manager does who is tired of summaries that repeat the meeting: show the model one good example.
# Found by trying, not staged: the figures in the comment are what the embedded model does with both versions, now.
BEFORE = """\
      {% include "shared/house-style.j2" %}
"""
AFTER = (
    BEFORE
    + """\
  - role: user
    content: |
      <meeting>
      Jo: The printer is broken.
      Ana: I will call them by noon.
      </meeting>
  - role: assistant
    content: Ana will call about the printer by noon.
"""
)


def say(text: str) -> None:
    """A line of the story."""
    sys.stdout.write(f"\n\033[1m{text}\033[0m\n" if sys.stdout.isatty() else f"\n{text}\n")
    sys.stdout.flush()


def run(*arguments: str, cwd: Path, allowed: tuple[int, ...] = (0,)) -> str:
    """Run a command; its output is returned, its progress shown."""
    done = subprocess.run(arguments, cwd=cwd, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False)
    if done.returncode not in allowed:
        raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}\n{done.stdout}")
    return done.stdout


def main() -> None:
    """Clone, edit, lint, evaluate, show the comment."""
    start = time.monotonic()
    promptops = (sys.executable, "-m", "promptops")
    with tempfile.TemporaryDirectory(prefix="promptops-demo-") as folder:
        clone = Path(folder) / "acme-prompts"
        clone.mkdir()
        for name in ("prompts", "evals", "promptops.yml"):
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, clone / name)
        git = ("git", "-c", "user.name=Demo", "-c", "user.email=demo@example.invalid", "-c", "commit.gpgsign=false")
        run(*git, "init", "-q", "-b", "main", cwd=clone)
        run(*git, "add", "-A", cwd=clone)
        run(*git, "commit", "-q", "-m", "Prompts as they are today", cwd=clone)

        say("1. A product manager edits the prompt that writes meeting summaries:")
        path = clone / PROMPT
        text = path.read_text("utf-8")
        if BEFORE not in text:
            raise SystemExit(f"the demo's line is no longer in {PROMPT}; mend BEFORE in .github/demo.py")
        path.write_text(text.replace(BEFORE, AFTER), "utf-8", newline="\n")
        sys.stdout.write(run(*git, "--no-pager", "diff", "-U1", cwd=clone))

        say("2. Lint reads the edit, as it would on the pull request:")
        sys.stdout.write(run(*promptops, "lint", PROMPT, cwd=clone, allowed=(0, 1)))

        say("3. The new version and the one before it answer the same cases (a small model, on this machine):")
        run(*promptops, "eval", "meeting-summary", "--base", "main", "--out", "results", cwd=clone, allowed=(0, 1))

        comment = run(*promptops, "report", "results", "--format", "markdown", cwd=clone)
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / "comment.md").write_text(comment, "utf-8")
        for name in ("report.html", "results.json"):
            shutil.copy(clone / "results" / "meeting-summary" / name, OUT / name)

    say("4. The comment on the pull request:")
    sys.stdout.write(comment.replace("<!-- promptops -->", "").strip() + "\n")
    say(f"Done in {time.monotonic() - start:.0f} s. Read the whole report: {os.path.relpath(OUT / 'report.html')}")
    sys.stdout.write(
        "The model is a weak one (135 million parameters) that runs on any laptop, and its judge is not checked\n"
        "against people: criteria it judges are for information. Point `models:` in promptops.yml at a better one.\n"
    )


if __name__ == "__main__":
    main()

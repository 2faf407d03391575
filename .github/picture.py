"""Draw the README's picture: the demo's comment as a pull request shows it, its first part, folded, in a real browser.

make demo && .venv/bin/python .github/picture.py
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from markdown_it import MarkdownIt
from playwright.sync_api import FloatRect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
COMMENT, PICTURE = ROOT / ".promptops" / "demo" / "comment.md", ROOT / ".github" / "comment.png"
SHOWN: FloatRect = {"x": 0, "y": 0, "width": 900, "height": 1140}
"""The part that decides, and the first case."""
STYLE = """
body { font: 14px/1.5 "Segoe UI", "Noto Sans", "DejaVu Sans", Arial, "Noto Color Emoji";
       color: #1f2328; margin: 16px; width: 860px; }
main { border: 1px solid #d1d9e0; border-radius: 6px; padding: 8px 16px; }
table { border-collapse: collapse; } th, td { border: 1px solid #d1d9e0; padding: 6px 13px; }
tr:nth-child(2n) { background: #f6f8fa; } h3 { font-size: 1.25em; margin: 12px 0; }
code { background: #eff1f3; border-radius: 6px; padding: .2em .4em; font-size: 85%; } details { margin: 10px 0; }
"""


def main() -> None:
    """Render the comment and take the picture."""
    page_text = MarkdownIt("commonmark", {"html": True}).enable("table").render(COMMENT.read_text("utf-8"))
    browser_path = next(path for name in ("chromium", "google-chrome") if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 900, "height": 600}, device_scale_factor=1.5)
        page.set_content(f"<style>{STYLE}</style><main>{page_text}</main>")
        page.screenshot(path=PICTURE, clip=SHOWN, full_page=True)
        browser.close()
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()

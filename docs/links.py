"""Finds dead links within the built pages: `python docs/links.py build/docs`."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """What one page links to, and what in it can be linked to."""

    def __init__(self, text: str) -> None:
        """Read the page."""
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take what matters of one tag."""
        facts = dict(attrs)
        self.anchors.update(filter(None, (facts.get("id"), facts.get("name"))))
        if tag == "a" and facts.get("href"):
            self.links.add(str(facts["href"]))


def dead(folder: Path) -> list[str]:
    """Return every link of every page that leads to no page, or to no place in one."""
    pages = {path.resolve(): Page(path.read_text("utf-8")) for path in folder.rglob("*.html")}
    found = []
    for path, page in sorted(pages.items()):
        for href in sorted(page.links):
            parts = urlsplit(href)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target not in pages:
                if not target.exists():
                    found.append(f"{path.relative_to(folder.resolve())}: no page {href}")
            elif parts.fragment and unquote(parts.fragment) not in pages[target].anchors:
                found.append(f"{path.relative_to(folder.resolve())}: no place {href}")
    return found


def main() -> int:
    """Print what is dead; 1 if anything is."""
    folder = Path(sys.argv[1])
    found = dead(folder)
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(list(folder.rglob('*.html')))} pages, {len(found)} dead links")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

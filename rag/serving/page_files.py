"""The page's own style sheets and scripts, and what of them stands in its head.

In: names. Out: responses. Knows nothing about what the files do.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse

from rag.serving.documents.pages import missing_page
from rag.serving.documents.routes import plain
from rag.styling import PALETTE

_STYLES = (
    *("palette.css", "style.css", "controls.css"),
    *("checking.css", "keeping.css", "answer.css"),
    *("library.css", "verifying.css", "evaluating.css"),
)
# In this order they hear of keys: what a key closes elsewhere is still open for `keeping.js`.
_SCRIPTS = ("narrowing.js", "keeping.js", "chat.js", "checking.js")
# Those that share no names with others.
_MODULES = ("answers.js", "library.js", "settings.js", "verifying.js", "evaluating.js")
_OF_PLAIN_PAGES = ("document.css", "programs.css", "icon.svg")

HEAD = "\n".join(
    [
        *(f'<link rel="stylesheet" href="/page/{name}">' for name in _STYLES),
        *(f'<script src="/page/{name}" defer></script>' for name in _SCRIPTS),
        *(f'<script type="module" src="/page/{name}"></script>' for name in _MODULES),
        '<meta name="color-scheme" content="light dark">',
    ]
)
"""What the chat page needs in its head."""

_FOLDER = Path(__file__).resolve().parent
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_NAMES = {*_STYLES, *_SCRIPTS, *_MODULES, *_OF_PLAIN_PAGES}
_SERVED = {path.name: path for path in _FOLDER.rglob("*.*") if path.name in _NAMES}
_SERVED[PALETTE.name] = PALETTE


def add_page_files(app: FastAPI) -> None:
    """Add the routes under `/page`, and the icon."""

    @app.get("/page/{name}", include_in_schema=False)
    def file(name: str) -> Response:
        return _file(name) if name in _SERVED else plain(missing_page(), status=404)

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> Response:
        return _file("icon.svg")


def _file(name: str) -> Response:
    path = _SERVED[name]
    return FileResponse(path, media_type=_TYPES[path.suffix], headers={"Cache-Control": "no-cache"})

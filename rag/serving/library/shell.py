"""The library tab before it is filled: what is searched, dropped, chosen and asked.

In: whether folders of this machine may be named. Out: HTML, filled by `library.js`.
"""

from __future__ import annotations

from rag.librarian import LARGEST, MOST_FILES
from rag.serving.library.listing import COLUMNS

_SORTS = "".join(
    f'<option value="{name}">{words}</option>'
    for name, words in {"path": "File", **COLUMNS}.items()
)

_TOOLS = (
    '<div class="tools"><label class="spoken" for="library-search">Search the library</label>'
    '<input id="library-search" type="search" data-part="search" autocomplete="off"'
    ' placeholder="Search title, publisher, file, reason">'
    '<label class="sort">Sort by <select data-part="sort">'
    f"{_SORTS}</select></label></div>"
)

_ADDING = (
    '<div class="adding"><section aria-labelledby="adding-title">'
    '<h2 id="adding-title">Add documents</h2>'
    '<div class="drop" data-part="drop"><p>Drop files or folders here, or</p><p class="acts">'
    '<button type="button" class="chief" data-choose="files">Choose files</button>'
    '<button type="button" data-choose="folder-files">Choose a folder</button></p>'
    '<input type="file" multiple hidden data-part="files" aria-label="Files to upload">'
    '<input type="file" multiple webkitdirectory hidden data-part="folder-files"'
    ' aria-label="Folder to upload">'
    f'<p class="hint">Up to {LARGEST // 1_000_000} MB a file. The library keeps copies of '
    "them.</p></div>"
    '<div data-part="sent" hidden>'
    '<ul class="lines" data-part="lines" aria-label="Uploads" tabindex="0"></ul>'
    '<button type="button" class="quiet" data-clear>Clear the list</button></div></section>'
    '<section aria-labelledby="indexing-title"><h2 id="indexing-title">Indexing</h2>'
    '<div data-part="job"></div>'
    '<button type="button" data-index data-part="reindex">Re-index now</button>'
    '<p class="hint">Reads what is new or changed in all folders. Questions are answered '
    "meanwhile.</p></section>"
    '<section aria-labelledby="folders-title"><h2 id="folders-title">Folders</h2>'
)

_ADD_FOLDER = (
    '<form class="folder" aria-label="Add a folder of this machine">'
    '<label for="library-folder">Folder of this machine</label><div class="row">'
    '<input id="library-folder" name="folder" required autocomplete="off" spellcheck="false"'
    ' placeholder="/home/ann/articles"><button type="submit">Add</button></div></form>'
)

_DIALOG = (
    '<dialog aria-labelledby="library-sure"><form method="dialog"><h3 id="library-sure"></h3>'
    '<p></p><div class="acts"><button value="yes" class="chief grave">Remove</button>'
    '<button value="no" autofocus>Cancel</button></div></form></dialog>'
)


def shell(*, local: bool) -> str:
    """Return the tab before it is filled; with `local` folders of this machine can be named."""
    return (
        f'<library-tab data-largest="{LARGEST}" data-most="{MOST_FILES}">'
        '<div class="shelf"><section class="catalogue" aria-labelledby="library-title">'
        '<h2 id="library-title">Library</h2>'
        '<p class="error" role="alert" data-part="error"></p>'
        f"{_TOOLS}"
        '<div data-part="list"></div></section>'
        f"{_ADDING}{_ADD_FOLDER if local else ''}"
        '<div data-part="folders"></div></section></div></div>'
        '<p class="spoken" role="status" data-part="told"></p>'
        '<p class="spoken" role="status" data-part="summary"></p>'
        f"{_DIALOG}</library-tab>"
    )

"""Pages that hold everything they need, from the templates in `page/`.

In: the name of a template and its values. Out: HTML. Knows nothing about what is shown.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rag.evaluating.reporting import plots, wording
from rag.styling import PALETTE

_PAGE = Path(__file__).parent / "page"


def page(template: str, **values: object) -> str:
    """Return a page; every value is escaped but `Markup`, and `style` holds the style sheet."""
    environment = Environment(
        loader=FileSystemLoader(_PAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["words"] = wording.one_line
    environment.globals |= {"wording": wording, "tones": plots.TONES}
    style = Markup(PALETTE.read_text(encoding="utf-8")) + own("report.css")
    return wording.encodable(environment.get_template(template).render(style=style, **values))


def own(name: str) -> Markup:
    """Return a file of `page/` as it is."""
    return Markup((_PAGE / name).read_text(encoding="utf-8"))

"""The settings in plain words: what each means, its value, and how to change it.

In: a description of what the program runs with. Out: HTML, and the routes that fetch and change
it. Settings change here only while the chat serves this machine alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from fastapi import FastAPI, Request, Response

from rag.addressing import is_address, notice
from rag.describing import Description, ModelInUse, Offer
from rag.errors import UsageError
from rag.serving.markup import attribute, escaped
from rag.serving.posting import fragment, posted, text
from rag.settings import NO_MODEL, UNSUPPORTED, variable_of

_JOBS = {
    "generator": ("Generator", "writes the answers"),
    "embedder": ("Embedder", "finds passages by meaning"),
    "late": ("Late interaction", "orders what was found, word by word"),
    "reranker": ("Reranker", "reads the best passages again, and checks sentences"),
}
_UNSUPPORTED = {
    "mark": "Mark them: the answer shows them, visibly doubted.",
    "drop": "Drop them: the answer is shown without them, once it was checked.",
    "regenerate": "Write the answer once more, and show it once it was checked.",
}

_STRICTNESS = (
    "Before it writes, the program estimates how likely the passages answer the question, from 0 "
    "to 1. Below this limit it refuses. Higher: fewer answers, more of them right."
)


class Configuring(Protocol):
    """What the page needs of what it runs with; each method raises RagError."""

    def description(self) -> Description:
        """Return everything as it is now."""
        ...

    def change(self, values: Mapping[str, str]) -> None:
        """Change settings for the next answer, and keep them; "" is the default again."""
        ...

    def choose(self, generator: str) -> None:
        """Take another generator from the next start on."""
        ...


def add_settings(app: FastAPI, settings: Configuring, *, local: bool) -> None:
    """Add the routes."""

    @app.get("/settings/page")
    def page() -> Response:
        return fragment(lambda: settings_html(settings.description(), local=local))

    @app.post("/api/settings")
    async def change(request: Request) -> Response:
        return await posted(request, lambda given: _change(settings, given, local=local))


def settings_html(told: Description, *, local: bool) -> str:
    """Return the whole tab; what can be changed is shown so only with `local`."""
    return (
        '<p class="error" role="alert" data-part="error"></p>'
        f"{_answers(told, local=local)}{_models(told)}{_generators(told, local=local)}"
        f"{_rest(told)}{_PROGRAMS}{_versions(told)}"
    )


def _change(settings: Configuring, given: dict, *, local: bool) -> dict:
    if not local:
        raise UsageError(
            "This chat serves other machines too: its settings are changed where it was started, "
            "in the environment."
        )
    if "generator" in given:
        settings.choose(text(given, "generator"))
    else:
        settings.change({name: text(given, name) for name in given})
    return {"done": True}


def _section(name: str, title: str, body: str, lead: str = "") -> str:
    told = f'<p class="lead">{lead}</p>' if lead else ""
    return (
        f'<section aria-labelledby="settings-{name}"><h2 id="settings-{name}">{title}</h2>'
        f"{told}{body}</section>"
    )


def _answers(told: Description, *, local: bool) -> str:
    """Return the form of what changes the next answer."""
    fixed = "" if local else " disabled"
    body = (
        f'<form data-settings aria-label="How answers are given">'
        f"{_strictness(told, fixed)}{_doubtful(told, fixed)}"
        f'<p class="acts"><button type="submit" class="chief"{fixed}>Apply</button>'
        '<span role="status"></span></p></form>'
    )
    lead = (
        "Applied to the next answer, recorded with it, and kept for the next start."
        if local
        else "They are changed where the chat was started, in the environment."
    )
    return _section("answers", "Answers", body, lead)


def _strictness(told: Description, fixed: str) -> str:
    value = told.settings.strictness
    own = "" if value is None else f"{value:g}"
    fitted = f"As fitted on data for these models ({told.fitted:.2f})"
    return (
        f'<fieldset><legend>Strictness of refusal</legend><p class="hint">{_STRICTNESS}</p>'
        f"{_radio('strictness', 'fitted', fitted, checked=value is None, fixed=fixed)}"
        '<div class="own">'
        f"{_radio('strictness', 'own', 'Own limit', checked=value is not None, fixed=fixed)}"
        '<label class="spoken" for="strictness-value">Limit from 0 to 1</label>'
        '<input id="strictness-value" name="limit" type="number" min="0" max="1" step="0.01"'
        f' inputmode="decimal" value="{own}"{fixed}></div>'
        f"{_fixed(told, 'strictness')}</fieldset>"
    )


def _doubtful(told: Description, fixed: str) -> str:
    choices = "".join(
        _radio(
            "unsupported",
            name,
            _UNSUPPORTED[name],
            checked=name == told.settings.unsupported,
            fixed=fixed,
        )
        for name in UNSUPPORTED
    )
    return (
        "<fieldset><legend>Sentences that their sources do not support</legend>"
        f"{choices}{_fixed(told, 'unsupported')}</fieldset>"
    )


def _radio(name: str, value: str, words: str, *, checked: bool, fixed: str) -> str:
    on = " checked" if checked else ""
    return (
        f'<label class="choice"><input type="radio" name="{name}" value="{value}"{on}{fixed}>'
        f"<span>{escaped(words)}</span></label>"
    )


def _fixed(told: Description, name: str) -> str:
    """Say that the environment will win at the next start, "" where it will not."""
    if name not in told.fixed:
        return ""
    return (
        f'<p class="hint"><code>{variable_of(name)}</code> is set in the environment, and counts '
        "at the next start.</p>"
    )


def _models(told: Description) -> str:
    rows = "".join(map(_model, told.models))
    away = any(is_address(one.name) for one in told.models)
    here = "All but the generator" if away else "All of them"
    return _section(
        "models",
        "Models in use",
        f'<ul class="models">{rows}</ul>',
        f"{here} run on this machine. The hash is of the bytes on the disk, checked when they "
        "were fetched.",
    )


def _model(model: ModelInUse) -> str:
    title, job = _JOBS[model.job]
    known = model.known
    if model.name == NO_MODEL:
        facts = "<p>None: turned off.</p>"
    elif is_address(model.name):
        facts = (
            f"<p><bdi>{escaped(model.name)}</bdi></p>"
            f"<p><strong>{escaped(notice(model.name))}</strong></p>"
        )
    else:
        size = _size(known.size) if known else ""
        told = [("Size", size), ("Licence", known.licence if known else "unknown")]
        told += [("Languages", known.languages if known else ""), ("Hash", model.fingerprint)]
        facts = f"<p><bdi>{escaped(model.name)}</bdi></p>{_pairs(told)}"
    return (
        f'<li><h3>{title}</h3><p class="hint">{job}</p>{facts}'
        f'<p class="how">Changed with <code>{variable_of(model.job)}</code></p></li>'
    )


def _generators(told: Description, *, local: bool) -> str:
    rows = "".join(_offer(one, told, local=local) for one in told.offers)
    lead = (
        f"A larger model writes better and slower. This machine has {_size(told.memory)} of "
        f"memory, {_size(told.free)} of it free now. A model that is chosen here is used from the "
        "next start on. Nothing is downloaded by this page."
    )
    pinned = _fixed(told, "generator")
    return _section(
        "generators", "Change the generator", f'{pinned}<ul class="models">{rows}</ul>', lead
    )


def _offer(offer: Offer, told: Description, *, local: bool) -> str:
    model = offer.model
    facts = [("Size", _size(model.size)), ("Licence", model.licence)]
    facts += [("Languages", model.languages), ("Memory", _memory(offer, told))]
    name = escaped(model.title)
    return (
        f'<li><h3><bdi>{name}</bdi></h3><p class="hint">{escaped(model.name)}</p>{_pairs(facts)}'
        f'<p class="how">{_way(offer, local=local)}</p></li>'
    )


def _way(offer: Offer, *, local: bool) -> str:
    """Return whether a generator is in use, else how to get to it."""
    name = offer.model.name
    if offer.on_disk != "yes":
        damaged = "Damaged on the disk. " if offer.on_disk == "damaged" else "Not on the disk. "
        return f"{damaged}Fetch it with <code>rag models fetch {escaped(name)}</code>"
    if offer.chosen:
        later = "In use" if offer.in_use else "Chosen: restart the program to use it"
        return f'<strong class="on">{later}</strong>'
    now = "In use until the next start. " if offer.in_use else "On the disk. "
    if not local:
        return f"{now}Chosen with <code>RAG_GENERATOR={escaped(name)}</code>"
    title = attribute(offer.model.title)
    return (
        f'{now}<button type="button" data-generator="{attribute(name)}"'
        f' aria-label="Use {title} from the next start on">Use from the next start on</button>'
    )


def _memory(offer: Offer, told: Description) -> str:
    need = offer.model.memory
    if not need:
        return "unknown"
    verdict = (
        "more than this machine has"
        if need > told.memory
        else "more than is free now"
        if need > told.free and not offer.in_use
        else "fits"
    )
    return f"{_size(need)} while running: {verdict}"


class _Row(NamedTuple):
    """A setting of the environment as it is told: the name of its field, and what it means."""

    title: str
    value: str
    name: str
    means: str


def _rest(told: Description) -> str:
    """Return the other settings that matter, each with what it means and how to change it."""
    listed = "".join(map(_row, (*_sizes(told), *_folders(told))))
    lead = (
        "Set in the environment before the start, as in <code>RAG_THREADS=4 python app.py</code>."
    )
    return _section("rest", "Other settings", f'<dl class="rest">{listed}</dl>', lead)


def _sizes(told: Description) -> tuple[_Row, ...]:
    """Return how much is used, read, written and cut at once."""
    settings = told.settings
    threads = f"{told.threads}{'' if settings.threads else ', one for each physical core'}"
    evidence, answer, passage = (
        f"{count:,} tokens"
        for count in (settings.evidence_tokens, settings.answer_tokens, settings.passage_tokens)
    )
    reads = "How much of the passages the generator reads. More of it, a later first word."
    seconds = f"{settings.reading_seconds} s" if settings.reading_seconds else "not limited"
    slower = "Where this machine would need longer for the evidence, the generator reads less."
    cut = "How documents are cut; a change reads them all again."
    ends = "Where an answer ends at the latest."
    return (
        _Row("Processor threads", threads, "threads", "How many the models use."),
        _Row("Room for evidence", evidence, "evidence_tokens", reads),
        _Row("Time for reading evidence", seconds, "reading_seconds", slower),
        _Row("Longest answer", answer, "answer_tokens", ends),
        _Row("Longest passage", passage, "passage_tokens", cut),
    )


def _folders(told: Description) -> tuple[_Row, ...]:
    """Return where things are kept."""
    holds = (
        f"Holds {told.documents:,} documents in {told.passages:,} passages, the log of answers "
        "and what was uploaded."
    )
    models = str(told.settings.models)
    return (
        _Row("Library folder", str(told.settings.library), "library", holds),
        _Row("Folder of models", models, "models", "Where models are kept."),
    )


def _row(row: _Row) -> str:
    return (
        f"<div><dt>{row.title}</dt><dd><bdi>{escaped(row.value)}</bdi>"
        f'<p class="hint">{escaped(row.means)} Changed with '
        f"<code>{variable_of(row.name)}</code>.</p></dd></div>"
    )


_PROGRAMS = _section(
    "programs",
    "For other programs",
    '<p><a href="/api" target="_blank" rel="noopener">Manual<span class="spoken">, in a new tab'
    '</span></a> · <a href="/openapi.json" target="_blank" rel="noopener">OpenAPI document'
    '<span class="spoken">, in a new tab</span></a></p>',
    "They search, ask and check here too: over HTTP, through OpenAI’s interface and as tools for "
    "assistants (MCP).",
)


def _versions(told: Description) -> str:
    return _section(
        "versions",
        "Versions",
        _pairs(list(told.versions.items())),
        "Part of the record of every answer.",
    )


def _pairs(pairs: list[tuple[str, str]]) -> str:
    rows = "".join(
        f"<div><dt>{escaped(name)}</dt><dd><bdi>{escaped(value)}</bdi></dd></div>"
        for name, value in pairs
        if value
    )
    return f'<dl class="pairs">{rows}</dl>'


def _size(number: float) -> str:
    """Return bytes as people write them."""
    return f"{number / 1e9:.1f} GB" if number >= 999_500_000 else f"{number / 1e6:.0f} MB"

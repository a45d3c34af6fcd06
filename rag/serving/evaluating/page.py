"""The Evaluate tab as HTML: what to run, how far the run is, the runs that are kept.

In: test sets, a job, rows of runs. Out: HTML strings. Knows nothing about how runs are made;
their figures are in `figures`.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from rag.evaluating.bench import Job
from rag.evaluating.listing import RunRow
from rag.evaluating.records import Problem, TestSet
from rag.evaluating.reporting.wording import metric_interval, metric_name, metric_value
from rag.serving.markup import attribute, counted, escaped
from rag.serving.pace import pace

_PROBLEMS = 20  # that are shown of one test set
_ENDED = {
    "done": "Done.",
    "stopped": "Stopped. What was answered is kept, and the run can go on.",
    "failed": "",
}


def section() -> str:
    """Return the whole tab; `evaluating.js` fills its parts when it is opened."""
    return """<evaluate-desk>
<section class="order" aria-labelledby="evaluate-order"><h2 id="evaluate-order">Run a test set</h2>
<form data-form><p class="hint">Every question of the set is asked, and each answer is compared with
what the set says is right. The chat goes on meanwhile: they take turns, a question each.</p>
<div class="fields"><p><label for="evaluate-set">Test set</label>
<select id="evaluate-set" data-sets aria-describedby="evaluate-about"></select></p>
<p><label for="evaluate-size">Cases</label><input id="evaluate-size" data-size inputmode="numeric"
 placeholder="all" autocomplete="off" aria-describedby="evaluate-sample"></p>
<p><button type="submit" class="go">Run</button></p></div>
<p class="hint" id="evaluate-sample">A smaller number takes the same cases every time.</p>
<p class="options"><label><input type="checkbox" data-search> Only search, no answers (fast)</label>
<label><input type="checkbox" data-again> Begin anew, even if it was run before</label></p></form>
<div class="about" id="evaluate-about" data-about></div>
<p class="error" role="alert" data-error></p></section>
<div data-job></div><p class="spoken" role="status" aria-live="polite" data-told></p>
<section data-runs aria-label="Runs"></section>
<section data-shown tabindex="-1" aria-label="Figures"></section></evaluate-desk>"""


def options(names: Sequence[str], folders: Sequence[str]) -> str:
    """Return the test sets to choose from, or one line that says where to put some."""
    if not names:
        return f"<option value=''>None yet: put one into {escaped(folders[-1])}</option>"
    return "".join(f'<option value="{attribute(name)}">{escaped(name)}</option>' for name in names)


def about(test_set: TestSet | None, problems: Sequence[Problem]) -> str:
    """Return what a test set holds, or what is wrong with it: file, line, remedy."""
    if test_set is None:
        more = len(problems) - _PROBLEMS
        listed = "".join(f"<li>{escaped(str(one))}</li>" for one in problems[:_PROBLEMS])
        listed += f"<li>{more:,} more</li>" if more > 0 else ""
        told = f"{counted(len(problems), 'problem')}: mend the file and choose it again."
        return f'<p class="error" role="alert">{told}</p><ul class="problems">{listed}</ul>'
    drafts = sum(case.draft for case in test_set.cases)
    cases = [case for case in test_set.cases if not case.draft]
    answerable = sum(case.answerable for case in cases)
    parts = [counted(len(cases), "case"), f"{answerable:,} with an answer in the documents"]
    parts += [f"{len(cases) - answerable:,} without one"]
    parts += [f"{counted(drafts, 'draft')} left out"] if drafts else []
    own = len(test_set.corpus)
    parts.append(
        f"asked over {counted(own, 'document')} of its own" if own else "asked over your library"
    )
    return f'<p class="hint">{escaped(" · ".join(parts))}</p>'


def job(found: Job | None) -> str:
    """Return how far a run is as HTML, "" when there was none since the program was started."""
    if found is None:
        return ""
    stop = '<button type="button" data-stop>Stop</button>' if found.is_open else ""
    shut = "" if found.is_open else '<button type="button" class="quiet" data-shut>Close</button>'
    error = f'<p class="error" role="alert">{escaped(found.error)}</p>' if found.error else ""
    see = ""
    if found.run and not found.is_open:
        see = f'<button type="button" data-show="{attribute(found.run)}">See the figures</button>'
    return (
        f'<section class="job {found.stage}" aria-label="Run of {attribute(found.test_set)}">'
        f'<h2>{_heading(found)}</h2><p class="how">{_bar(found)}{escaped(_far(found))}</p>'
        f'{error}<p class="tools">{stop}{see}{shut}</p></section>'
    )


def told(found: Job | None) -> str:
    """Return in one line what somebody who listens wants to know of a run."""
    if found is None:
        return ""
    if found.is_open:
        return f"{found.test_set} is being run."
    return f"{found.test_set}: {found.error or _ENDED[found.stage]}"


def runs(rows: Sequence[RunRow]) -> str:
    """Return the list of runs as a table, and the choice of two to compare."""
    if not rows:
        return '<h2>Runs</h2><p class="hint">There are none yet.</p>'
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Table of runs"><table>'
        "<caption>Runs, the latest first</caption><thead><tr>"
        '<th scope="col">Run</th><th scope="col">Set</th><th scope="col">Settings</th>'
        '<th scope="col" class="n">Cases</th><th scope="col">Figure</th>'
        '<th scope="col" class="n">Value</th><th scope="col" class="n">95 % interval</th>'
        f'<th scope="col">Open</th></tr></thead><tbody>{"".join(map(_run, rows))}</tbody></table>'
        f"</div>{_pair(rows)}"
    )


def report_address(run: str) -> str:
    """Return the address of a run's whole report."""
    return f"/evaluate/report/{quote(run, safe='')}"


def comparison_address(a: str, b: str) -> str:
    """Return the address of the whole page that compares two runs."""
    return f"/evaluate/comparison-page?a={quote(a, safe='')}&b={quote(b, safe='')}"


def _heading(found: Job) -> str:
    name = f"<bdi>{escaped(found.test_set)}</bdi>"
    stages = {
        "preparing": f"Preparing {name}",
        "building": f"Building a library of the documents of {name}",
        "asking": f"Running {name}",
        "stopping": f"Stopping {name} after this case",
    }
    if found.stage in stages:
        return stages[found.stage]
    return f"{name}: {_ENDED[found.stage] or 'It broke off.'}"


def _bar(found: Job) -> str:
    if not found.is_open:
        return ""
    value = f' value="{found.done}" max="{found.of}"' if found.of else ""
    return f'<progress aria-label="Cases done"{value}></progress>'


def _far(found: Job) -> str:
    if not found.of:
        return ""
    far = pace(found.done, found.of, "case", seconds=found.seconds, before=found.before)
    if not found.is_open:
        far = f"{found.done:,} of {counted(found.of, 'case')}"
    return f"{far} · {found.right:,} of {found.judged:,} right" if found.judged else far


def _run(one: RunRow) -> str:
    when = f'<time datetime="{one.when:%Y-%m-%dT%H:%M}">{one.when:%-d %b %Y, %H:%M}</time>'
    head = f'<th scope="row"><bdi>{escaped(one.name)}</bdi><small>{when}</small></th>'
    if one.trouble:
        return f'<tr>{head}<td colspan="7" class="error">{escaped(one.trouble)}</td></tr>'
    cells = ("–", "–", "–")
    if one.figure:
        name, metric = one.figure
        cells = (metric_name(name), metric_value(name, metric), metric_interval(name, metric))
    return (
        f'<tr>{head}<td data-name="Set"><bdi>{escaped(one.test_set)}</bdi></td>'
        f'<td data-name="Settings">{escaped(one.settings)}</td>'
        f'<td class="n" data-name="Cases">{_cases(one)}</td>'
        f'<td data-name="Figure">{escaped(cells[0])}</td>'
        f'<td class="n" data-name="Value"><strong>{cells[1]}</strong></td>'
        f'<td class="n" data-name="95 % interval">{cells[2]}</td>'
        f'<td class="tools">{_buttons(one)}</td></tr>'
    )


def _cases(one: RunRow) -> str:
    return f"{one.of:,}" if one.complete else f"{one.done:,} of {one.of:,}"


def _buttons(one: RunRow) -> str:
    name = attribute(one.name)
    spoken = f'<span class="spoken"> of {escaped(one.name)}</span>'
    shown = f'<button type="button" class="quiet" data-show="{name}">Figures{spoken}</button>'
    if one.complete:
        return shown
    return (
        f'{shown} <button type="button" class="quiet" data-go-on="{name}">Go on'
        f'<span class="spoken"> with {escaped(one.name)}</span></button>'
    )


def _pair(rows: Sequence[RunRow]) -> str:
    known = [one for one in rows if one.done]
    if len(known) < 2:
        return ""
    first, second = (
        "".join(
            f'<option value="{attribute(one.name)}"{" selected" if one is chosen else ""}>'
            f"{escaped(one.name)}</option>"
            for one in known
        )
        for chosen in (known[1], known[0])
    )
    return (
        '<form class="pair" data-pair><h2>Compare two runs</h2><div class="fields">'
        f'<p><label for="evaluate-a">Run A</label><select id="evaluate-a">{first}</select></p>'
        f'<p><label for="evaluate-b">Run B</label><select id="evaluate-b">{second}</select></p>'
        '<p><button type="submit">Compare</button></p></div>'
        '<p class="error" role="alert" data-pair-error></p></form>'
    )

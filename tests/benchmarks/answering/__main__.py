"""Whole answers of this program beside LlamaIndex, LangChain and txtai, on this machine.

    pip install -e ".[bench]"
    python -m tests.benchmarks.answering run --questions 50 --library seeds --library 2000
    python -m tests.benchmarks.answering report

All are given the same GGUF file (the default generator), the same embedder, threads, window and
longest answer, temperature 0, the same files, and the same questions of the bundled set, without
follow-ups and filters, for which the peers have no place. Each is set up as its own guide says;
what that is stands at the head of its module. All stream, and the first word is timed where a
reader would see it. Each runs in a process of its own, and they are asked in turns. Beforehand
each is started afresh for each of the first --cold questions. What was answered is kept in --out
and not asked again: a killed run goes on, and --questions may grow.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path

import click
import psutil

from rag.assembling import located
from rag.evaluating import journal, testsets
from rag.evaluating.records import Case, Outcome, RunInfo, TestSet
from rag.evaluating.sampling import sample
from rag.fetching import fingerprint
from rag.generating import physical_cores
from rag.identifying import program
from rag.settings import PROJECT, Settings
from tests.benchmarks.answering import keeping, libraries, reporting
from tests.benchmarks.answering.asking import asked_cold, asked_in_turns
from tests.benchmarks.answering.given import BATCH, CONTEXT, LIMIT, Given
from tests.benchmarks.processes import Worker, started

QUESTIONS = PROJECT / "tests" / "testsets" / "seeds.jsonl"
_LLAMAINDEX = ("llama-index-core", "llama-index-llms-llama-cpp")
PACKAGES: Mapping[str, Sequence[str]] = {
    "ours": (),
    "citation_engine": _LLAMAINDEX,
    "llamaindex": _LLAMAINDEX,
    "langchain_chain": ("langchain-core", "langchain-classic", "langchain-community"),
    "txtai_rag": ("txtai",),
}
"""The systems, and the packages whose versions say what each was."""
_ISA = ("avx", "f16c", "fma", "avx2", "avx512f", "avx512_vnni", "amx_tile", "asimd", "sve")
_BAR = "of this program's time; bar: under 10 % of a first answer"
_out = click.option(
    "--out", type=click.Path(path_type=Path), default=PROJECT / "index/benchmarks/answering"
)


@click.group(help=__doc__)
def main() -> None:
    """Run or report."""


@main.command()
@_out
@click.option("--data", type=click.Path(path_type=Path), default=PROJECT.parent / "shared/data")
@click.option("--library", "names", multiple=True, default=["seeds", "2000"], show_default=True)
@click.option("--systems", default=",".join(PACKAGES), help="Which, with commas.")
@click.option("--questions", default=50, help="So many of the bundled set.")
@click.option("--cold", default=3, help="So many of them in fresh processes too.")
@click.option("--threads", default=physical_cores(), help="For every system.")
def run(
    out: Path,
    data: Path,
    names: Sequence[str],
    systems: str,
    questions: int,
    cold: int,
    threads: int,
) -> None:
    """Ask what was not asked yet."""
    test_set = testsets.read(QUESTIONS)
    cases = sample(plain(test_set), questions)
    for name in names:
        files = libraries.folder(name, data, out)
        given = {one: _given(files, out / name / one, threads) for one in systems.split(",")}
        start = partial(_started, given)
        _build(given, start)
        for kind, ask, asked in (
            ("cold", asked_cold, cases[:cold]),
            ("turns", asked_in_turns, cases),
        ):
            infos = {one: _info(test_set, given[one], kind) for one in given}
            with keeping.opened(infos) as journals:
                ask(asked, start, journals)


@main.command()
@_out
def report(out: Path) -> None:
    """Print the tables of every library in --out."""
    click.echo("\n".join(machine()))
    for library in sorted(path.name for path in out.iterdir() if path.is_dir()):
        turns, cold = (_kept(out / library, kind) for kind in ("turns", "cold"))
        judged, first = keeping.common(turns), keeping.common(cold)
        ours = [judged.get(reporting.OURS, ()), first.get(reporting.OURS, ())]
        click.echo(f"\n### {library}\n\n{reporting.circumstances(judged)}\n")
        for title, lines in (
            ("Answers, asked in turns:", reporting.totals(judged)),
            ("Beside this program:", reporting.compared(judged)),
            ("First answers, since the process was started:", reporting.cold(first)),
            (f"What is not the generator ({_BAR}):", reporting.shares(*ours[::-1])),
        ):
            click.echo("\n".join([title, "", *lines, ""]))


def plain(test_set: TestSet) -> tuple[Case, ...]:
    """Return the cases that need neither a conversation nor filters."""
    return tuple(
        case
        for case in test_set.cases
        if not (case.history or case.filters or case.as_of or case.draft)
    )


def machine() -> list[str]:
    """Return the machine, the versions and the day, a line each."""
    cores, memory = psutil.cpu_count(logical=False), psutil.virtual_memory().total / 2**30
    packages = ["llama-cpp-python", "torch", *(p for names in PACKAGES.values() for p in names)]
    versions = ", ".join(f"{name} {version(name)}" for name in dict.fromkeys(packages))
    return [
        f"- {cores} cores, {platform.machine()}, {' '.join(_flags())}, {memory:.0f} GiB of memory",
        f"- this program {program()}, {versions}, Python {platform.python_version()}",
        f"- {date.today()}",
    ]


def _flags() -> list[str]:
    """Return the vector instructions that Linux says the processor has, none elsewhere."""
    told = Path("/proc/cpuinfo")
    known = set(told.read_text().split()) if told.is_file() else set()
    return [name for name in _ISA if name in known]


# --- below: what a run is a run of ---


def _given(files: Path, folder: Path, threads: int) -> Given:
    settings = Settings(models=Settings.from_environment().models)
    generator, embedder = (
        str(located(name, settings)) for name in (settings.generator, settings.embedder)
    )
    return Given(str(files), str(folder / "made"), generator, embedder, threads)


def _started(given: Mapping[str, Given], name: str) -> AbstractContextManager[Worker]:
    threads = given[name].threads
    return started(f"{__package__}.worker", name, given[name].to_json(), threads=threads)


def _build(given: Mapping[str, Given], start) -> None:
    """Let each system make what it keeps of the files, where that is not there yet."""
    for name, one in given.items():
        if not Path(one.made).is_dir():
            click.echo(f"{name}: reading {one.files}", err=True)
            Path(one.made).parent.mkdir(parents=True, exist_ok=True)
            with start(name):
                pass


def _info(test_set: TestSet, given: Given, kind: str) -> RunInfo:
    system = Path(given.made).parent
    versions = {name: version(name) for name in ("llama-cpp-python", *PACKAGES[system.name])}
    return RunInfo(
        name=system.name,
        folder=str(system / kind),
        test_set={"name": test_set.name, "sha256": test_set.sha256},
        settings={"threads": given.threads, "context": CONTEXT, "limit": LIMIT, "batch": BATCH},
        models={job: fingerprint(Path(getattr(given, job))) for job in ("generator", "embedder")},
        library=libraries.digest(Path(given.files)),
        program=", ".join(f"{name} {number}" for name, number in versions.items())
        + (f", this program {program()}" if system.name == reporting.OURS else ""),
        retrieval_only=False,
        cases=len(test_set.cases),
    )


def _kept(folder: Path, kind: str) -> dict[str, list[Outcome]]:
    """Return the replies of every system that gave any, in the order of the systems."""
    found = {name: journal.read(folder / name / kind) for name in PACKAGES}
    return {name: outcomes for name, outcomes in found.items() if outcomes}


if __name__ == "__main__":
    main()

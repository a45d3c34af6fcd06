"""Makes everything ready for a first start: models on disk, library in step with its folders."""

from __future__ import annotations

import sys

from rag.addressing import is_address, notice
from rag.assembling import Models, build
from rag.cli.progress import IndexBar, fetch_with_progress
from rag.errors import LibraryBusy
from rag.settings import Settings
from rag.storing import DATABASE


def prepare(settings: Settings, models: Models) -> None:
    """Fetch the models that are missing and bring the library up to date, showing progress.

    A library that another process is just writing to is used as it is. Where a server is to
    generate, what is sent there is said. Raises RagError.
    """
    if is_address(settings.generator):
        print(notice(settings.generator), file=sys.stderr)
    fetch_with_progress(settings.model_names, settings.models)
    print(f"Reading the documents into {settings.library}", file=sys.stderr)
    try:
        with IndexBar() as bar:
            report = build(settings, models=models, progress=bar.show)
    except LibraryBusy as error:
        if not (settings.library / DATABASE).is_file():
            raise
        print(f"{error} Using the library as it is.", file=sys.stderr)
        return
    print(
        f"The library holds {report.documents} documents, {report.passages} passages.",
        file=sys.stderr,
    )

"""What an answer depends on besides documents and models: code, libraries, prompt files.

In: this installation, a folder of prompts. Out: digests and versions that can be compared
with those of another day. Knows nothing about questions.
"""

from __future__ import annotations

import platform
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_KINDS = ("py", "json", "toml")
_NOT_ANSWERING = (
    *("cli", "serving", "page", "librarian", "describing.py", "people", "picturing.py"),
    *("evaluating", "replaying", "footnoting", "judging", "markdown.py", "benching"),
)
_LIBRARIES = (
    *("llama-cpp-python", "onnxruntime", "faiss-cpu", "numpy"),
    *("sentence-transformers", "tokenizers", "torch", "sentencex", "jinja2"),
)


@cache
def program() -> str:
    """Return a digest of the code that answers; how answers are judged does not change them."""
    package = Path(__file__).parent
    whole = sha256()
    for path in sorted(path for kind in _KINDS for path in package.rglob(f"*.{kind}")):
        relative = path.relative_to(package)
        if relative.parts[0] not in _NOT_ANSWERING:
            whole.update(relative.as_posix().encode() + path.read_bytes())
    return whole.hexdigest()[:12]


@cache
def libraries() -> dict[str, str]:
    """Return the versions of what computes answers, and the kind of machine that does."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


def prompts(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every prompt file of a folder, by the file's name."""
    return {
        path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.txt"))
    }

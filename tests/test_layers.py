"""Imports run one way, each heavy library has one owner, and nothing happens on import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from rag.settings import PROJECT

ROWS = [
    {"types", "errors"},
    {"settings", "splitting", "prompting", "citing", "rendering", "styling", "suggesting"}
    | {"preferences", "addressing"}
    | {"choosing", "checking", "rewriting", "running_onnx"}
    | {"months", "timewords", "filtering"}
    | {"keywords", "merging", "parting", "bridging", "guarding", "identifying", "markdown"}
    | {"differing", "resolving", "people", "sharing", "lasting"},
    {"loading", "embedding", "reranking", "storing", "indexing", "generating", "fetching"},
    {"retrieving", "verifying", "syncing", "recording"},
    {"answering", "factchecking", "footnoting", "picturing", "judging"},
    {"assembling"},
    {"evaluating", "replaying", "librarian", "describing", "benching"},
    {"cli", "serving", "__main__"},
    {"page"},  # above it stands app.py alone
]
# Modules of one row that use each other: the key may import the value.
WITHIN = {
    "settings": {"preferences", "addressing"},
    "prompting": {"settings", "guarding"},
    "choosing": {"splitting", "merging", "guarding"},
    "guarding": {"splitting"},
    "merging": {"guarding"},
    "citing": {"splitting"},
    "answering": {"factchecking"},
    "checking": {"keywords", "merging", "months", "splitting"},
    "differing": {"citing", "keywords", "months", "splitting"},
    "rewriting": {"splitting"},
    "indexing": {"storing"},
    "timewords": {"months"},
    "filtering": {"months"},
    "rendering": {"filtering", "resolving"},
    "resolving": {"checking", "months", "splitting"},
    "__main__": {"cli"},
    "cli": {"serving"},
}
OWNERS = {
    "sentence_transformers": "embedding",
    "torch": "embedding",
    "onnxruntime": "running_onnx",
    "faiss": "indexing",
    "sqlite3": "storing",
    "llama_cpp": "generating",
    "httpx": "generating",
    "huggingface_hub": "fetching",
    "gradio": "page",
    "mcp": "serving",
    "matplotlib": "evaluating",
    "Stemmer": "keywords",
    "pypdfium2": "loading",
    "trafilatura": "loading",
    "docx": {"loading", "footnoting"},  # read there, written here
    "pptx": "loading",
    "openpyxl": "loading",
}


def module_of(path: Path) -> str:
    return path.relative_to(PROJECT / "rag").with_suffix("").parts[0]


def sources() -> dict[Path, ast.Module]:
    return {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((PROJECT / "rag").rglob("*.py"))
        if path.name != "__init__.py" or path.parent != PROJECT / "rag"
    }


def imports(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "rag":
                found |= {f"rag.{alias.name}" for alias in node.names}
            else:
                found.add(node.module)
    return found


def row(module: str) -> int:
    return next(number for number, modules in enumerate(ROWS) if module in modules)


def test_every_module_has_a_row():
    assert {module_of(path) for path in sources()} == set().union(*ROWS)


def test_imports_run_one_way():
    wrong = []
    for path, tree in sources().items():
        module = module_of(path)
        for name in imports(tree):
            if not name.startswith("rag.") or name.split(".")[1].startswith("__"):
                continue
            other = name.split(".")[1]
            fine = other == module or row(other) < row(module) or other in WITHIN.get(module, ())
            if not fine:
                wrong.append(f"{path.name} imports {name}")
    assert wrong == []


def test_each_heavy_library_has_one_owner():
    trees = {module_of(path): [] for path in sources()}
    for path, tree in sources().items():
        trees[module_of(path)].append(tree)
    trees["app"] = [ast.parse((PROJECT / "app.py").read_text(encoding="utf-8"))]
    users = {library: set() for library in OWNERS}
    for module, parsed in trees.items():
        for name in set().union(*map(imports, parsed)):
            if name.split(".")[0] in OWNERS:
                users[name.split(".")[0]].add(module)
    owners = {one: {name} if isinstance(name, str) else name for one, name in OWNERS.items()}
    assert users == owners


def test_the_package_loads_nothing():
    loaded = subprocess.run(
        [sys.executable, "-c", "import rag, rag.cli, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=PROJECT,
    ).stdout.split()
    assert not set(OWNERS) - {"sqlite3"} & set(loaded)


def test_importing_changes_no_environment():
    # huggingface_hub, for one, reads HF_HUB_OFFLINE once: set by an import, it cuts the hub off.
    code = "import os; before = dict(os.environ); import rag.assembling, rag.cli.progress; "
    code += "assert not [k for k in os.environ if k.startswith('HF_') and k not in before]"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)

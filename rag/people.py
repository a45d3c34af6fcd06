"""Who may sign in: names with hashed passwords, and keys for their programs, in one file.

In: names, passwords, keys. Out: whether they are right. Knows nothing about the web. Passwords
are hashed with scrypt and a salt of their own; keys are 256 random bits, of which SHA-256 is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import filelock

from rag.errors import InputError

SHORTEST = 10
"""Characters of a password."""
LONGEST = 1000
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_COST = {"n": 2**15, "r": 8, "p": 1}
"""32 MB and some 0.1 s for each guess, as OWASP asks for (2023)."""
_MEMORY = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in: salt and hash of the password in hex, hashes of keys."""

    name: str
    salt: str
    password: str
    keys: tuple[str, ...] = ()


class People:
    """The people in a file, which is read again when it changes. Safe from several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._hashing = threading.Lock()
        self._seen: tuple[tuple[int, ...], dict[str, Person]] | None = None
        self._nobody = _hashed_anew("", secrets.token_hex(16))

    def names(self) -> list[str]:
        """Return all names in order; raises InputError for a file that cannot be read."""
        return sorted(self._known())

    def expect_somebody(self) -> None:
        """Raise InputError unless there is a file, and somebody in it."""
        if not self.path.is_file():
            raise InputError(f"There is no file {self.path}. {self._remedy()}")
        if not self._known():
            raise InputError(f"Nobody is in {self.path}. {self._remedy()}")

    def find(self, name: str) -> Person | None:
        """Return the person of this name, None where there is none."""
        return self._known().get(tidy(name))

    def signed_in(self, name: str, password: str) -> Person | None:
        """Return the person whose name and password these are, None for anything else.

        It takes as long for a name that is not known. One guess is weighed at a time, so that
        guessing cannot use up the machine.
        """
        found = self.find(name)
        with self._hashing:
            right = _is(password[: LONGEST + 1], found or self._nobody)
        return found if found and right else None

    def keyed(self, key: str) -> Person | None:
        """Return the person whose key this is, None for a key of nobody."""
        mark = _mark(key)
        owners = [
            person
            for person in self._known().values()
            for one in person.keys
            if hmac.compare_digest(one, mark)
        ]
        return owners[0] if owners else None

    def add(self, name: str, password: str) -> bool:
        """Set somebody's password; return whether they are new. Raises InputError."""
        name = tidy(name)
        if not _NAME.fullmatch(name):
            raise InputError(
                "A name has up to 64 letters a to z, digits and . _ @ -, and begins with a "
                "letter or digit."
            )
        if not SHORTEST <= len(password) <= LONGEST:
            raise InputError(f"A password has {SHORTEST} to {LONGEST:,} characters; take another.")
        with self._changed() as people:
            before = people.get(name)
            fresh = _hashed_anew(name, password)
            people[name] = replace(fresh, keys=before.keys if before else ())
        return before is None

    def remove(self, name: str) -> None:
        """Remove somebody, and with them their keys; raises InputError for nobody."""
        with self._changed() as people:
            if people.pop(tidy(name), None) is None:
                raise self._nobody_called(name)

    def new_key(self, name: str) -> str:
        """Return a new key for somebody's programs; it is not kept, and cannot be shown again."""
        key = secrets.token_urlsafe(32)
        with self._changed() as people:
            found = people.get(tidy(name))
            if found is None:
                raise self._nobody_called(name)
            people[found.name] = replace(found, keys=(*found.keys, _mark(key)))
        return key

    def drop_keys(self, name: str) -> int:
        """Make all of somebody's keys useless; return how many there were."""
        with self._changed() as people:
            found = people.get(tidy(name))
            if found is None:
                raise self._nobody_called(name)
            people[found.name] = replace(found, keys=())
        return len(found.keys)

    def _nobody_called(self, name: str) -> InputError:
        return InputError(
            f"Nobody in {self.path} is called {name[:64]!r}. "
            f"See who is: rag people list --auth {self.path}"
        )

    def _remedy(self) -> str:
        return f"Add somebody with: rag people add NAME --auth {self.path}"

    def _known(self) -> Mapping[str, Person]:
        """Return the people, read again where the file is another one than it was."""
        with self._lock:
            try:
                found = self.path.stat()
                now = (found.st_mtime_ns, found.st_size, found.st_ino)
                if self._seen is None or self._seen[0] != now:
                    self._seen = (now, _read(self.path))
            except FileNotFoundError:
                self._seen = None  # whoever takes the file away signs everybody out
                return {}
            except OSError as error:
                raise self._unusable(error) from None
            return self._seen[1]

    @contextmanager
    def _changed(self) -> Iterator[dict[str, Person]]:
        """Let the people be changed, and put them in place of the old file in one step."""
        try:
            with filelock.FileLock(f"{self.path}.lock", timeout=10, mode=0o600):
                people = _read(self.path) if self.path.exists() else {}
                yield people
                _write(self.path, people)
        except OSError as error:
            raise self._unusable(error) from None

    def _unusable(self, error: OSError) -> InputError:
        return InputError(
            f"{self.path} cannot be used ({error.strerror or error}): name another with --auth."
        )


def tidy(name: str) -> str:
    """Return a name as it is kept: without blanks around it, in lower case."""
    return name.strip().lower()


def _read(path: Path) -> dict[str, Person]:
    try:
        rows = json.loads(path.read_bytes())["people"]
        people = (Person(**{**row, "keys": tuple(row["keys"])}) for row in rows)
        return {one.name: one for one in people}
    except (ValueError, TypeError, KeyError):
        raise InputError(
            f"{path} is not a file that `rag people` wrote: name another one with --auth."
        ) from None


def _write(path: Path, people: Mapping[str, Person]) -> None:
    rows = [asdict(people[name]) for name in sorted(people)]
    # Made readable by its owner alone from the start, as temporary files are.
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"people": rows}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise


def _hashed_anew(name: str, password: str) -> Person:
    salt = secrets.token_bytes(16)
    return Person(name, salt.hex(), _hashed(password, salt))


def _hashed(password: str, salt: bytes) -> str:
    words = password.encode(errors="surrogatepass")
    return hashlib.scrypt(words, salt=salt, maxmem=_MEMORY, **_COST).hex()


def _is(password: str, person: Person) -> bool:
    return hmac.compare_digest(_hashed(password, bytes.fromhex(person.salt)), person.password)


def _mark(key: str) -> str:
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()

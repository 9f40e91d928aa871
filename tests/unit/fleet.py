# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet in one process: hosts with real files, and a dict in the store's place."""

import contextlib
import io
from datetime import UTC, datetime

from ptrgate.cli.frame import main
from ptrgate.fleet import keeper, status
from ptrgate.fleet.exemptions import Exemptions
from ptrgate.fleet.lessons import Lessons
from ptrgate.fleet.shelf import Away, number_of
from ptrgate.fleet.telling import Telling
from ptrgate.judge.policy import load
from ptrgate.judge.token import Keys
from ptrgate.shared.courtesy import Books
from ptrgate.shared.grants import EXEMPTIONS
from ptrgate.shared.overrides import Overrides

KEYS = Keys.read(f"1 {'ab' * 32}")
STRANGERS = Keys.read(f"1 {'cd' * 32}")
WHO = ["--owner", "jane", "--reason", "their ISP has promised a PTR"]


class Shelf:
    """What a store answers, with its words; `away` is why it does not."""

    def __init__(self):
        self.hash, self.stream, self.count, self.away = {}, [], None, ""

    def _here(self):
        if self.away:
            raise Away(self.away)

    def changes(self):
        self._here()
        return self.count

    def records(self):
        self._here()
        return dict(self.hash)

    def tell(self, records, gone):
        self._here()
        self.hash |= records
        for name in gone:
            self.hash.pop(name, None)
        self.count = str(int(self.count or 0) + 1).encode()

    def add(self, batch):
        self._here()
        self.stream.append((f"{len(self.stream) + 1}-0".encode(), batch))
        return self.stream[-1][0]

    def after(self, last):
        self._here()
        return [entry for entry in self.stream if number_of(entry[0]) > number_of(last)][:16]

    def reaches(self, last):
        self._here()
        return bool(self.stream) and number_of(self.stream[-1][0]) >= number_of(last)

    def close(self):
        pass

    def forget(self):
        """Begin anew, as a store without a disk does."""
        self.hash, self.stream, self.count = {}, [], None


class Host:
    """A host that shares."""

    def __init__(self, place, name, shelf, keys=KEYS, policy='help_url = "http://a.example/"\n'):
        self.name, self.shelf, self.keys, self.said = name, shelf, keys, []
        self.state = place / name
        self.state.mkdir()
        self.policy_file = place / f"{name}.toml"
        self.policy_file.write_text(policy)
        self.start()

    def start(self):
        """Begin with what is on the disk."""
        policy = load(self.policy_file.read_text(), source="policy")
        telling = Telling(lambda _level, words: self.said.append(words))
        exemptions = Exemptions(self.state, lambda: policy, self.keys, self.name, telling)
        lessons = Lessons(self.state, self.keys, telling)
        self.books = Books.open(policy, self.state, self.said.append)
        self.keeper = keeper.Keeper(
            self.shelf, exemptions, lessons, lambda: policy, telling,
            lambda _level, words: self.said.append(words), self.state / "status.json",
        )  # fmt: skip

    def once(self):
        """Live for one tick, however long it waits otherwise."""
        self.keeper._again = 0.0
        self.keeper.exemptions._again = 0.0
        self.keeper.lessons._again = 0.0
        self.keeper.once()

    def exempt(self, *words):
        """Call the verb; return its exit status."""
        paths = ["--policy", str(self.policy_file), "--state", str(self.state)]
        with contextlib.redirect_stdout(io.StringIO()):
            return main(["exempt", *words, *paths])

    def add(self, network, days="3", *words):
        assert self.exempt("add", network, "--days", days, *WHO, *words) == 0

    def lets_in(self):
        """Return the ids that a worker of this host would see now."""
        today = datetime.now(UTC).date()
        there = Overrides(self.state).exemptions()
        return {one.id for one in there if one.expires >= today}

    @property
    def file(self):
        return self.state / EXEMPTIONS

    @property
    def status(self):
        return status.read(self.state / "status.json")


def in_step(*hosts):
    """Let each live for some ticks: what one says the next hears."""
    for _ in range(3):
        for host in hosts:
            host.once()

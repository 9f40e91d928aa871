# SPDX-License-Identifier: GPL-3.0-or-later
"""The real supervisor, its workers and the door to DNS, on unix sockets."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from ptrgate.cli.frame import main
from ptrgate.milter import journal
from ptrgate.shared import layout
from ptrgate.shared.bulletin import Bulletin
from ptrgate.shared.tally import Tally
from tests.milter_client import Mta
from tests.unit import nameserver

SRC = Path(__file__).parents[2] / "src"
BAD, GOOD = "198.51.100.7", "198.51.100.10"
ZONE = {
    ("10.100.51.198.in-addr.arpa.", "PTR"): ["mx.example.com."],
    ("mx.example.com.", "A"): [GOOD],
}


def policy(server, *, workers=2, mode="enforce"):
    return f"""
mode = "{mode}"
help_url = "http://help.example.org"
[lookup]
nameservers = ["127.0.0.1:{server.address[1]}"]
[reachable]
domains = ["example.org"]
[milter]
workers = {workers}
"""


class Milter:
    """A supervisor under test: its files, its process and what it wrote."""

    def __init__(self, place, text):
        self.place, self.policy, self.path = place, place / "policy.toml", place / "milter.sock"
        self.state = place / "state"
        self.state.mkdir()
        (place / "token.keys").write_text("0 " + "ab" * 32)
        self.policy.write_text(text)
        self.written = []
        self.open_door()
        self.process = self.run(
            "__main__", "--socket", self.path, "--keys", place / "token.keys",
            "--door", place / "door.sock", "--state", self.state,
        )  # fmt: skip
        threading.Thread(target=self.read, daemon=True).start()

    def open_door(self):
        path = self.place / "door.sock"
        path.unlink(missing_ok=True)
        self.door = self.run("door", "--socket", path)
        self.wait(path.exists)

    def run(self, module, *arguments):
        program = (
            f"from ptrgate.milter import pulse, succession, {module};"
            f"pulse.STILL_PINGS, succession.DEAF_SECONDS = 2, 60; {module}.main()"
        )
        command = [sys.executable, "-P", "-c", program, "--policy", self.policy]
        environment = os.environ | {"PYTHONPATH": str(SRC)}
        return subprocess.Popen(
            [*command, *arguments], env=environment, stderr=subprocess.PIPE, text=True
        )

    def read(self):
        for line in self.process.stderr:
            self.written.append(line.rstrip("\n"))

    def wait(self, condition, seconds=10):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, self.written
            time.sleep(0.02)

    def wait_for(self, words, times=1):
        self.wait(lambda: sum(words in line for line in self.written) >= times)

    def workers(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def lines(self):
        found = [journal.parse(line.removeprefix("<6>")) for line in self.written]
        return [line for line in found if line]

    def reload(self, text):
        self.policy.write_text(text)
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        for process in (self.process, self.door):
            process.terminate()
            process.wait(timeout=10)


@pytest.fixture(scope="module")
def server():
    with nameserver.serving(nameserver.from_zone(ZONE)) as running:
        yield running


@pytest.fixture
def milter(tmp_path, server):
    running = Milter(tmp_path, policy(server))
    running.wait_for("2 workers")
    yield running
    running.stop()


def refused(mta):
    """Go on to RCPT and return the reply."""
    mta.helo()
    assert mta.mail() == b"c"
    return mta.rcpt()


def test_accepted_and_refused_and_one_line_each(milter):
    good = Mta(milter.path)
    assert good.connect(GOOD) == b"a"
    bad = Mta(milter.path)
    assert bad.connect(BAD) == b"c"
    assert refused(bad).startswith(b"y550 5.7.25 Relaying denied: 198.51.100.7 has no")
    assert bad.mail().startswith(b"y421 4.7.0 ")
    good.quit()
    bad.quit()
    milter.wait(lambda: len(milter.lines()) == 2)
    assert {line["address"]: line["action"] for line in milter.lines()} == {
        GOOD: "accept",
        BAD: "refuse",
    }


def test_a_bad_policy_changes_nothing_and_says_why(milter):
    before = milter.workers()
    milter.reload('mode = "perhaps"\n')
    milter.wait_for("the new policy does not hold")
    problem = f"{milter.policy}: mode: found 'perhaps'; allowed: \"observe\" or"
    assert any(problem in line for line in milter.written)
    milter.wait(lambda: problem in Bulletin.read(milter.state).refused)
    milter.wait(lambda: milter.workers() == before)
    mta = Mta(milter.path)
    mta.connect(BAD)
    assert refused(mta).startswith(b"y550")


def spoil(file, kind):
    """Put something in a file's place that is no text of settings."""
    file.unlink()
    match kind:
        case "directory":
            file.mkdir()
        case "pipe that nobody writes to":
            os.mkfifo(file)
        case "link to nothing":
            file.symlink_to("nothing")
        case "other octets":
            file.write_bytes(b"mode\xff" + os.urandom(99))
        case "endless":
            os.truncate(os.open(file, os.O_CREAT | os.O_WRONLY), 8 << 30)


SPOILT = {
    "directory": "Is a directory",
    "pipe that nobody writes to": "no regular file",
    "link to nothing": "No such file or directory",
    "other octets": "no UTF-8 from octet 5 on",
    "endless": "more than 4 MiB",
}


@pytest.mark.parametrize("kind", SPOILT)
@pytest.mark.parametrize("name", ["policy.toml", "token.keys"])
def test_what_is_no_file_of_settings_is_refused_in_one_sentence(milter, name, kind):
    file = milter.place / name
    spoil(file, kind)
    milter.process.send_signal(signal.SIGHUP)
    milter.wait_for(f"stays: {file}: the file: found {SPOILT[kind]}; allowed: a readable file")
    assert answers(milter) == {b"c"}


def test_a_policy_with_a_thousand_mistakes_is_refused_in_twenty(milter, server):
    mistakes = "".join(f"key_{number} = '{'x' * 99}'\n" for number in range(1000))
    milter.reload(mistakes + policy(server))
    milter.wait_for("and 980 more of that")  # which the supervisor says before it writes it down
    milter.wait(lambda: "key_19: found" in Bulletin.read(milter.state).refused)
    assert answers(milter) == {b"c"}


def test_keys_that_are_none_are_named(milter):
    (milter.place / "token.keys").write_text("0 ab")
    milter.process.send_signal(signal.SIGHUP)
    milter.wait_for("the keys of notices, line 1: the key must have at least 32 octets in hex"
                    " (role variable ptrgate_token_keys)")  # fmt: skip


@pytest.mark.parametrize(
    ("text", "status"), [('mode = "observe"', 0), ('mode = "perhaps"', 1), ("[", 1)]
)
def test_a_reload_tells_what_became_of_it(milter, text, status):
    milter.policy.write_text(text)
    command = [sys.executable, "-P", "-m", "ptrgate.milter.reload", str(milter.process.pid)]
    environment = os.environ | {"PYTHONPATH": str(SRC)}
    for _ in range(2):  # the second asks about the same files, and is told the same
        done = subprocess.run(
            [*command, "--state", milter.state], env=environment, timeout=30, check=False
        )
        assert done.returncode == status
    milter.wait_for("holds, " if status == 0 else "does not hold", times=2)


def test_a_new_policy_replaces_workers_and_no_session_is_lost(milter, server):
    before = milter.workers()
    idle = Mta(milter.path)  # negotiated, not yet connected: a session all the same
    opened = [Mta(milter.path) for _ in range(5)]
    for mta in opened:
        assert mta.connect(BAD) == b"c"
    milter.reload(policy(server, workers=3, mode="observe"))
    milter.wait_for("3 workers")
    for _ in range(10):
        new = Mta(milter.path)
        assert new.connect(BAD) == b"a"
        new.quit()
    for mta in opened:
        assert refused(mta).startswith(b"y550")
        mta.quit()
    assert idle.connect(BAD) == b"c"
    idle.quit()
    milter.wait(lambda: len(milter.workers()) == 3)
    assert not set(before) & set(milter.workers())


def test_reloads_that_come_faster_than_workers_start_are_one(milter, server):
    milter.policy.write_text(policy(server, workers=3))
    for _ in range(5):
        milter.process.send_signal(signal.SIGHUP)
        time.sleep(0.05)
    milter.wait_for("3 workers")
    assert not any("does not hold" in line for line in milter.written)


def test_a_new_policy_holds_only_when_no_old_worker_takes_clients(milter, server):
    for pid in milter.workers():
        os.kill(pid, signal.SIGSTOP)  # does not hear that it shall leave; is found to hang
    milter.reload(policy(server, workers=3))
    milter.wait_for("3 workers")
    said = [line for line in milter.written if "hangs" in line or "3 workers" in line]
    assert ["hangs" in line for line in said] == [True, True, False]


def verb(milter, *arguments):
    assert main([*arguments, "--state", str(milter.state)]) == 0


def answers(milter, address=BAD):
    """Return what each of several sessions is answered at connect; they meet both workers."""
    met = [Mta(milter.path) for _ in range(8)]
    said = {mta.connect(address) for mta in met}
    for mta in met:
        mta.quit()
    return said


def test_what_an_operator_grants_holds_in_every_worker_and_survives_a_reload(milter, server):
    grant = ["--owner", "jane", "--reason", "their ISP"]
    verb(milter, "exempt", "add", BAD, "--id", "partner", "--days", "1", *grant)
    milter.wait(lambda: answers(milter) == {b"a"}, seconds=2)
    milter.reload(policy(server, workers=3))
    milter.wait_for("3 workers")
    assert answers(milter) == {b"a"}
    verb(milter, "exempt", "remove", "partner")
    milter.wait(lambda: answers(milter) == {b"c"}, seconds=2)


def test_a_pause_holds_in_every_worker_and_ends_by_itself(milter):
    opened = Mta(milter.path)
    opened.connect(BAD)
    verb(milter, "pause", "--hours", "0.0015", "--reason", "the resolver lies")
    milter.wait_for("PAUSED until ")
    milter.wait(lambda: answers(milter) == {b"a"}, seconds=2)
    assert refused(opened).startswith(b"y550")  # it was judged before
    milter.wait_for("the pause has ended by itself")
    assert answers(milter) == {b"c"}
    opened.quit()
    lines = [line for line in milter.lines() if line["rule"] == "paused"]
    assert {(line["action"], line["would"]) for line in lines} == {("accept", "refuse")}


def test_dead_workers_are_replaced_even_if_the_policy_file_is_broken_by_then(milter):
    milter.policy.write_text("nonsense")
    for pid in milter.workers():
        os.kill(pid, signal.SIGKILL)
    milter.wait_for("another in", times=2)
    mta = Mta(milter.path)
    assert mta.connect(BAD) == b"c"
    mta.quit()


def test_hung_workers_are_killed_and_replaced_and_the_one_that_leaves_too(milter, server):
    leaving = Mta(milter.path)  # keeps its worker until it is told
    assert leaving.connect(BAD) == b"c"
    milter.reload(policy(server, workers=1))
    milter.wait(lambda: Bulletin.read(milter.state).leaving == 1)
    stopped = milter.workers()
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    milter.wait_for("hangs", times=2)
    mta = Mta(milter.path)
    assert mta.connect(BAD) == b"c"
    mta.quit()

    def told():
        said = Bulletin.read(milter.state)
        return said.hung, said.died, said.leaving, said.serving

    milter.wait(lambda: told() == (2, 1, 0, 1))
    assert not set(stopped) & set(milter.workers())


def counted(milter):
    return sum(Tally.read(milter.state).sessions.values())


def test_counters_are_the_lines_though_workers_die(milter):
    for number in range(30):
        mta = Mta(milter.path)
        mta.connect(GOOD if number % 3 else BAD)
        if not number % 3:
            refused(mta)
        mta.quit()
        if number % 10 == 9:
            # A session is counted right after its line; killed between the two it would differ.
            milter.wait(lambda number=number: counted(milter) > number)
            os.kill(milter.workers()[0], signal.SIGKILL)
    milter.wait(lambda: len(milter.lines()) == 30)
    kinds = Counter(layout.kind_of(line) for line in milter.lines())
    assert Tally.read(milter.state).sessions == kinds


def test_no_worker_outlives_its_supervisor(milter):
    workers = milter.workers()
    milter.process.kill()
    milter.wait(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    milter.path.stat()  # and nobody removed the socket


@pytest.mark.parametrize(
    ("text", "words"),
    [("mode = 1", "mode"), (None, "No such file")],
    ids=["bad policy", "no policy"],
)
def test_it_does_not_start_without_a_policy(tmp_path, text, words):
    (tmp_path / "token.keys").write_text("0 " + "ab" * 32)
    if text:
        (tmp_path / "policy.toml").write_text(text)
    done = subprocess.run(
        [
            sys.executable, "-P", "-m", "ptrgate.milter", "--policy", tmp_path / "policy.toml",
            "--keys", tmp_path / "token.keys", "--socket", tmp_path / "milter.sock",
        ],
        env=os.environ | {"PYTHONPATH": str(SRC)},
        stderr=subprocess.PIPE,
        text=True,
        timeout=20,
        check=False,
    )  # fmt: skip
    assert done.returncode == 78
    assert words in done.stderr


@pytest.mark.parametrize(
    "octets", [b"\xff\xfe.example", b"%s%n\r\n", b"x" * 900], ids=["no UTF-8", "format", "long"]
)
def test_octets_of_strangers_do_no_harm(milter, octets):
    mta = Mta(milter.path)
    assert mta.connect(BAD) == b"c"
    mta.helo(octets)
    assert mta.mail(octets) == b"c"
    assert mta.rcpt(octets).startswith(b"y550 5.7.25 ")
    mta.quit()
    milter.wait(milter.lines)
    good = Mta(milter.path)
    assert good.connect(GOOD) == b"a"


def test_a_helo_that_is_no_utf8_is_one_line_of_its_own(milter):
    mta = Mta(milter.path)
    mta.connect(BAD)
    mta.helo(b"\xff")
    assert mta.mail() == b"c"
    milter.wait_for("an argument that is no UTF-8: b'\\xff'")
    assert not any(line.startswith("UnicodeDecodeError") for line in milter.written)


def test_macros_that_are_no_utf8_are_none(milter):
    mta = Mta(milter.path)
    mta.say(b"DCj\0\xff\0", answered=False)
    assert mta.connect(BAD) == b"c"
    mta.say(b"DM{auth_authen}\0\xff\0", answered=False)
    assert refused(mta).startswith(b"y550 5.7.25 ")


def test_a_header_is_added_only_where_the_mta_lets_us(milter, server):
    milter.reload(policy(server, workers=1) + '[actions.no_ptr]\nv4 = "tag"\n')
    milter.wait_for("1 workers")
    mta = Mta(milter.path, actions=0x100)
    assert mta.connect(BAD) == b"c"
    assert refused(mta) == b"c"
    assert mta.say(b"E") == b"c"
    assert not any("error in" in line for line in milter.written)


def test_a_long_message_to_postmaster_is_counted_and_stopped(milter):
    mta = Mta(milter.path)
    mta.connect(BAD)
    mta.helo()
    assert (mta.mail(), mta.rcpt(b"postmaster@example.org")) == (b"c", b"c")
    answers = [mta.say(b"B" + b"x" * 60000) for _ in range(18)]
    assert answers[0] == b"c"
    assert answers[-1].startswith(b"y552 5.3.4 ")


def test_without_the_door_clients_are_deferred_and_with_it_judged_again(milter):
    milter.door.kill()
    milter.door.wait()
    without = Mta(milter.path)
    assert without.connect(BAD) == b"c"
    assert refused(without).startswith(b"y451 4.7.25 ")
    milter.open_door()

    def is_refused():
        again = Mta(milter.path)
        again.connect(BAD)
        return refused(again).startswith(b"y550 5.7.25 ")

    milter.wait(is_refused, seconds=30)


def test_a_tagged_message_gets_its_header(milter, server):
    milter.reload(policy(server, workers=1) + '[actions.no_ptr]\nv4 = "tag"\n')
    milter.wait_for("1 workers")
    mta = Mta(milter.path)
    assert mta.connect(BAD) == b"c"
    assert refused(mta) == b"c"
    header = mta.say(b"E")
    assert header[:1] + header[5:] == (
        b"iAuthentication-Results\0"
        + os.uname().nodename.encode()
        + b";\n\tiprev=permerror policy.iprev=198.51.100.7 (no_ptr)\0"
    )
    assert mta.hear() == b"c"


def test_the_door_opens_to_nameservers_only(milter):
    from ptrgate.milter.dialler import Dialler  # noqa: PLC0415

    dialler = Dialler(str(milter.place / "door.sock"))
    with pytest.raises(OSError, match="no nameserver"), dialler(("127.0.0.1", 25), 1, 1.0):
        pass

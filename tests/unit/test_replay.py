# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate replay: what a policy would have done to those who came, told by logs of every form."""

import gzip
import io
import json
import re

import pytest

from bench.replay.maillog import FORMS, Maillog
from ptrgate.cli.frame import main
from ptrgate.judge.terms import Policy
from ptrgate.logs.clients import Clients
from ptrgate.logs.cost import organisation
from ptrgate.logs.outcome import Judge
from ptrgate.logs.postfix import Reading
from ptrgate.logs.replaying import Replay
from ptrgate.logs.visits import Delivery, Visit
from tests.unit.nameserver import from_zone, serving

UNKNOWN, LINE = "unknown[192.0.2.7]", "dsl-192-0-2-8.isp.example[192.0.2.8]"
GOOD = "mail.example.org[192.0.2.9]"
END = "ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4"


def refusal(client, step="RCPT", to="jane@example.org"):
    words = f"NOQUEUE: milter-reject: {step} from {client}: 550 5.7.25 Relaying denied"
    return f"{words}; from=<a@b.example> to=<{to}> proto=ESMTP helo=<x>"


def said(address, finding, action="refuse", rule="default", name="-", to="c@example.org"):
    return (
        f"ref=- address={address} family=v4 iprev=- finding={finding} rule={rule} action={action}"
        f" would={action} stage=rcpt name={name} helo=x from=a@b.example to={to} source=dns"
        " queries=1 ms=3 policy=0123abcd worker=0"
    )


def session(client, *between, process=100, service="postfix/smtpd"):
    tag = f"{service}[{process}]"
    words = (f"connect from {client}", *between, f"disconnect from {client} {END}")
    return [f"{tag}: {text}" for text in words]


def message(client, queue_id="4Abc", process=100, to="jane@example.org", service="postfix/smtpd"):
    taken = session(client, f"{queue_id}: client={client}", process=process, service=service)
    return [
        *taken,
        f"postfix/qmgr[2]: {queue_id}: from=<a@b.example>, size=1, nrcpt=1 (queue active)",
        f"postfix/smtp[3]: {queue_id}: to=<{to}>, relay=x, dsn=2.0.0, status=sent (250 ok)",
        f"postfix/qmgr[2]: {queue_id}: removed",
    ]


def milter(*lines):
    return [f"ptrgate-milter[9]: {line}" for line in lines]


def stamped(lines, stamp="Nov 24 08:00:01"):
    return "".join(f"{stamp} mx {line}\n" for line in lines).encode()


def replayed(capsys, log, *arguments):
    status = main(["replay", "--json", *arguments, str(log)])
    return status, json.loads(capsys.readouterr().out)


def rows(found, policy=-1):
    """Return sessions and messages by finding and action."""
    return {
        (row["finding"], row["action"]): (row["sessions"], row["messages"])
        for row in found["outcomes"][policy]
    }


@pytest.fixture
def log(tmp_path):
    def write(lines, name="mail.log", stamp="Nov 24 08:00:01"):
        file = tmp_path / name
        file.write_bytes(stamped(lines, stamp))
        return file

    return write


OPEN = ("not_told_apart", "open")
RULES = [
    ("three lines of a refused session are one session",
     session(UNKNOWN, *(refusal(UNKNOWN, step) for step in ("CONNECT", "EHLO", "MAIL"))),
     {OPEN: (1, 0)}),
    ("sixty recipients refused are one session",
     session(UNKNOWN, *[refusal(UNKNOWN)] * 60), {OPEN: (1, 0)}),
    ("the same process takes one client after the other",
     session(UNKNOWN) + session(UNKNOWN), {OPEN: (2, 0)}),
    ("two processes at a time",
     session(UNKNOWN)[:1] + session(GOOD, process=7) + session(UNKNOWN)[1:],
     {OPEN: (1, 0), ("ok", "accept"): (1, 0)}),
    ("our line tells what unknown means",
     session(UNKNOWN) + milter(said("192.0.2.7", "no_ptr")), {("no_ptr", "refuse"): (1, 0)}),
    ("our line may stand first, in another file or an hour later",
     milter(said("192.0.2.7", "forged", name="mx.bank.example")) + session(UNKNOWN),
     {("forged", "refuse"): (1, 0)}),
    ("one line for two sessions tells one",
     session(UNKNOWN) * 2 + milter(said("192.0.2.7", "dns_failure")),
     {("dns_failure", "defer"): (1, 0), OPEN: (1, 0)}),
    ("our lines alone are enough",
     milter(*[said("192.0.2.7", "no_ptr")] * 3), {("no_ptr", "refuse"): (3, 0)}),
    ("a line's name that Postfix confirmed",
     session(LINE), {("dynamic", "refuse"): (1, 0)}),
    ("mail of a line that arrived is what refusing costs",
     message(LINE), {("dynamic", "refuse"): (1, 1)}),
    ("one message to many counts once",
     message(LINE) + message(LINE)[3:4] * 5, {("dynamic", "refuse"): (1, 1)}),
    ("mail that a filter threw away did not arrive",
     [line.replace("250 ok", "250 2.7.0 Ok, discarded, id=1 - spam") for line in message(LINE)],
     {("dynamic", "refuse"): (1, 0)}),
    ("own users on lines are never judged",
     message(LINE, service="postfix/submission/smtpd"), {}),
    ("nor where a user logs in on port 25",
     session(LINE, f"4Abc: client={LINE}, sasl_method=PLAIN, sasl_username=jane"),
     {("dynamic", "accept"): (1, 0)}),
    ("a private address is never judged",
     session("unknown[10.0.0.7]"), {("not_judged", "accept"): (1, 0)}),
    ("an instance of another name", session(UNKNOWN, service="postfix-in/smtpd"), {OPEN: (1, 0)}),
    ("a listener of another name", session(UNKNOWN, service="postfix/mx25/smtpd"), {OPEN: (1, 0)}),
    ("IPv6 without a name waits", milter(said("2001:db8::7", "no_ptr")),
     {("no_ptr", "defer"): (1, 0)}),
    ("postmaster is reachable", session(UNKNOWN) +
     milter(said("192.0.2.7", "no_ptr", to="postmaster@example.org")),
     {("no_ptr", "accept"): (1, 0)}),
    ("a remembered sender is deferred", milter(said("192.0.2.7", "no_ptr", rule="remembered")),
     {("no_ptr", "defer"): (1, 0)}),
    ("a log that begins in a session", session(UNKNOWN, refusal(UNKNOWN))[1:], {OPEN: (1, 0)}),
    ("a log that ends in a session", session(UNKNOWN, refusal(UNKNOWN))[:2], {OPEN: (1, 0)}),
    ("others' lines tell nothing",
     ["sshd[1]: connect from unknown[192.0.2.7]", "postfix/postscreen[1]: CONNECT from [192.0.2.7]",
      f"python3[9]: {said('192.0.2.7', 'no_ptr')}",
      "postfix/smtpd[1]: connect from unknown[unknown]", "postfix/smtpd[1]", "",
      "postfix/smtpd[1]: connect from unknown[1.2.3]"], {}),
]  # fmt: skip
POLICY = """
mode = "observe"
own.networks = ["203.0.113.0/28"]
reachable.domains = ["example.org"]
"""


@pytest.mark.parametrize("lines, found", [r[1:] for r in RULES], ids=[r[0] for r in RULES])
def test_what_a_log_tells(capsys, log, tmp_path, lines, found):
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    status, told = replayed(capsys, log(lines), "--policy", str(policy))
    assert rows(told) == found
    assert status == (0 if found else 1)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("packed", [False, True])
def test_counts_are_the_stated_mix(capsys, tmp_path, form, packed):
    made, file = Maillog(1500, seed=7, form=form), tmp_path / "mail.log.1"
    content = b"".join(line + b"\n" for line in made.lines())
    file.write_bytes(gzip.compress(content) if packed else content)
    told = replayed(capsys, file)[1]
    assert {row["finding"]: row["sessions"] for row in told["outcomes"][0]} == made.counted
    messages = {row["finding"]: row["messages"] for row in told["outcomes"][0]}
    assert {finding: n for finding, n in messages.items() if n} == made.arrived
    clients = {row["finding"]: row["clients"] for row in told["outcomes"][0]}
    assert clients == {finding: len(those) for finding, those in made.clients.items()}


def parts(line):
    tag, _, text = line.partition(": ")
    name, _, process = tag.removesuffix("]").partition("[")
    return name, process, text


def before(stamp):
    return lambda line: f"{stamp} {line}\n"


def of_5424(line, data="-", priority="<22>"):
    name, process, text = parts(line)
    return f"{priority}1 2026-11-24T08:00:01.123Z mx {name} {process} - {data} {text}\n"


def of_json(line, before=""):
    name, process, text = parts(line)
    entry = {"MESSAGE": text, "_HOSTNAME": "mx", "SYSLOG_IDENTIFIER": name, "_PID": process}
    return before + json.dumps(entry | {"__REALTIME_TIMESTAMP": "1795500000000000"}) + "\n"


def of_docker(line):
    entry = {"log": f"Nov 24 08:00:01 mx {line}\n", "stream": "stdout"}
    return json.dumps(entry | {"time": "2026-11-24T08:00:01.1Z"}) + "\n"


def of_export(line):
    name, process, text = parts(line)
    return f"MESSAGE={text}\n_PID={process}\nSYSLOG_IDENTIFIER={name}\n_HOSTNAME=mx\n\n"


# how logs of others begin a line
OTHERS = [
    ("traditional, first days of a month", before("Nov  4 08:00:01 mx")),
    ("rsyslog, high precision", before("2026-11-24T08:00:01.123456+01:00 mx.example.org")),
    ("journalctl short-iso", before("2026-11-24T08:00:01+0100 mx")),
    ("journalctl short-precise", before("Nov 24 08:00:01.123456 mx")),
    ("journalctl short-full", before("Tue 2026-11-24 08:00:01 CET mx")),
    ("journalctl short-unix", before("1795500000.123456 mx")),
    ("journalctl json", of_json),
    ("journalctl json-seq", lambda line: of_json(line, "\x1e")),
    ("an export in another order", of_export),
    ("RFC 5424", of_5424),
    ("RFC 5424, structured data", lambda line: of_5424(line, r'[a@1 b="c \] d"][e@1 f="g"]')),
    ("RFC 5424, no priority", lambda line: of_5424(line, priority="")),
    ("a priority before the stamp", lambda line: f"<22>Nov 24 08:00:01 mx {line}\n"),
    ("docker compose logs", lambda line: f"mail-1  | Nov 24 08:00:01 mx {line}\n"),
    ("Docker's json-file", of_docker),
    ("docker logs --timestamps", before("2026-11-24T08:00:01.123456789Z Nov 24 08:00:01 mx")),
    ("a facility of FreeBSD's", before("Nov 24 08:00:01 <mail.info> mx")),
    ("lines that end as in DOS", lambda line: f"Nov 24 08:00:01 mx {line}\r\n"),
    ("an instance", lambda line: f"Nov 24 08:00:01 mx {line}\n".replace("postfix/", "postfix-in/")),
    ("ports of clients", lambda line: f"Nov 24 08:00:01 mx {line}\n".replace("2.8]", "2.8]:41234")),
]  # fmt: skip
JUNK = b"\0\xff\xfe" * 50 + b"\n"


@pytest.mark.parametrize("written", [row[1] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_logs_of_every_form_tell_the_same(capsys, tmp_path, written):
    lines = message(LINE, "4bX1yZ2abcdz9Qk", process=7) + session(LINE) + session(UNKNOWN)
    content = "".join(map(written, lines)).encode()
    for number, whole in enumerate((content, content + content[:40])):
        file = tmp_path / f"{number}.log"
        file.write_bytes(whole)
        told = replayed(capsys, file)[1]
        assert rows(told) == {("dynamic", "refuse"): (2, 1), OPEN: (1, 0)}
        assert [day[:3] for day in told["days"]] in (["Nov"], ["202"], ["197"])


@pytest.mark.parametrize("first", [JUNK, b"\xef\xbb\xbf"])
def test_junk_before_and_after_lines_tells_nothing(capsys, tmp_path, first):
    file = tmp_path / "mail.log"
    file.write_bytes(first + stamped(session(LINE)) + b"\x80" * 100)
    assert rows(replayed(capsys, file)[1]) == {("dynamic", "refuse"): (1, 0)}


def test_what_cannot_be_unpacked_is_said(capsys, tmp_path):
    file = tmp_path / "mail.log.zst"
    file.write_bytes(b"\x28\xb5\x2f\xfd" + bytes(100))
    assert main(["replay", str(file)]) == 64
    assert "packed with zstd; unpack it first: zstdcat" in capsys.readouterr().err


def test_a_year_ends_between_two_files(capsys, log):
    whole = session(UNKNOWN)
    new = log(whole[1:], "a.log", stamp="Jan  1 00:00:01")
    old = log(whole[:1], "b.log", stamp="Dec 31 23:59:59")
    told = replayed(capsys, new, str(old))[1]
    assert list(told["days"]) == ["Dec 31"]


def test_files_are_read_in_the_order_of_time(capsys, log):
    whole = session(UNKNOWN, refusal(UNKNOWN))
    new = log(whole[1:], "mail.log", stamp="2026-11-24T00:00:01.5+01:00")
    old = log(whole[:1], "mail.log.1", stamp="2026-11-23T23:59:59.5+01:00")
    _, told = replayed(capsys, new, str(old))
    assert rows(told) == {OPEN: (1, 0)}
    assert list(told["days"]) == ["2026-11-23"]


def test_binary_fields_of_an_export_are_passed_over(capsys, tmp_path):
    fake = b"x\n\n__CURSOR=y\nSYSLOG_IDENTIFIER=postfix/smtpd\n_PID=1\nMESSAGE=connect from " + (
        UNKNOWN.encode()
    )
    entry = b"__CURSOR=1\n__REALTIME_TIMESTAMP=1795500000000000\nBLOB\n" + (
        len(fake).to_bytes(8, "little") + fake + b"\n"
    )
    entry += b"SYSLOG_IDENTIFIER=postfix/smtpd\n_PID=2\n_HOSTNAME=mx\n"
    file = tmp_path / "journal.export"
    file.write_bytes(b"".join(
        entry + b"MESSAGE=" + line.partition(": ")[2].encode() + b"\n\n" for line in session(LINE)
    ))  # fmt: skip
    assert rows(replayed(capsys, file)[1]) == {("dynamic", "refuse"): (1, 0)}


DAMAGED = [
    ("a line that is of no entry", b"mx kernel: something else\n"),
    ("zeros, as after a crash", bytes(3000) + b"\n"),
    ("a field that says it has more octets than there are", b"BLOB\n" + b"\xff" * 8 + b"x\n\n"),
    ("an entry that ends in its middle", b"__CURSOR=9\n_PI"),
    ("a time of many digits", b"__REALTIME_TIMESTAMP=" + b"9" * 5000 + b"\nMESSAGE=x\n\n"),
    ("empty lines", b"\n\n\n"),
    ("brackets without end", b'{"a":' * 50_000 + b"\n"),
    ("a line without end", b"{" + b"x" * 6_000_000),
]


@pytest.mark.parametrize("written", [of_export, of_json])
@pytest.mark.parametrize("damage", [row[1] for row in DAMAGED], ids=[row[0] for row in DAMAGED])
def test_a_damaged_export_is_read_on(capsys, tmp_path, written, damage):
    before, after = (
        "".join(map(written, session(LINE, process=n) + session(LINE, process=n))).encode()
        for n in (1, 2)
    )
    file = tmp_path / "journal"
    file.write_bytes(before + damage + b"\n" + after)
    assert rows(replayed(capsys, file)[1])["dynamic", "refuse"][0] in (3, 4)
    file.write_bytes(before[7:] + after)  # a piece of one
    assert rows(replayed(capsys, file)[1])["dynamic", "refuse"][0] in (3, 4)


def test_journal_in_json_and_standard_input(capsys, monkeypatch):
    fields = {"__REALTIME_TIMESTAMP": "1795500000000000", "_HOSTNAME": "mx", "_PID": "7"}
    fields["SYSLOG_IDENTIFIER"] = "postfix/smtpd"
    words = [line.partition(": ")[2] for line in session(LINE)]
    text = "".join(json.dumps(fields | {"MESSAGE": word}) + "\n" for word in words)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(text.encode()))))
    assert rows(replayed(capsys, "-")[1]) == {("dynamic", "refuse"): (1, 0)}


def test_worst_cost_comes_first_and_whom_we_write_to_is_said(capsys, log):
    cheap = message("adsl-192-0-2-20.cheap.example[192.0.2.20]", "4B")
    dear = [one for n in range(3) for one in message(LINE, f"4C{n}")]
    ours = message("pc.example.org[10.0.0.5]", "4D", to="joe@b.example")
    told = replayed(capsys, log([*cheap, *dear, *ours]))[1]
    first, second = told["organisations"]
    assert (first["name"], first["then"]["refuse"]["messages"]) == ("isp.example", 3)
    assert (second["name"], second["answered"]) == ("cheap.example", True)


def test_two_policies_are_compared(capsys, log, tmp_path):
    milder = tmp_path / "milder.toml"
    milder.write_text('mode = "observe"\n[actions]\ndynamic = "log"\n')
    stricter = tmp_path / "stricter.toml"
    stricter.write_text('mode = "observe"\n')
    lines = message(LINE) + session(UNKNOWN) + milter(said("192.0.2.7", "no_ptr"))
    told = replayed(capsys, log(lines), "--diff", str(milder), str(stricter))[1]
    (change,) = told["changes"]
    assert (change["finding"], change["action"], change["action_then"]) == (
        "dynamic", "log", "refuse",
    )  # fmt: skip
    assert [row["name"] for row in told["organisations"]] == ["isp.example"]
    assert main(["replay", "--diff", str(milder), str(stricter), str(log(lines))]) == 0
    assert "dynamic: log" in capsys.readouterr().out


def test_an_exemption_and_a_suffix_are_the_candidates_own(capsys, log, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text(
        'mode = "observe"\n[naming]\nservers = ["isp.example"]\n[[exemptions]]\nid = "partner"\n'
        'sender_domain = "b.example"\nspoofable = "accepted"\nreason = "x"\n'
    )
    lines = message(LINE) + session(UNKNOWN) + milter(said("192.0.2.7", "no_ptr"))
    told = replayed(capsys, log(lines), "--policy", str(policy))[1]
    assert rows(told) == {("ok", "accept"): (1, 1), ("no_ptr", "accept"): (1, 0)}


def test_dns_is_asked_only_if_ordered(capsys, log, tmp_path):
    zone = {("7.2.0.192.in-addr.arpa.", "PTR"): ["dsl-192-0-2-7.isp.example."],
            ("dsl-192-0-2-7.isp.example.", "A"): ["192.0.2.7"]}  # fmt: skip
    file = log(session(UNKNOWN))
    with serving(from_zone(zone)) as server:
        policy = tmp_path / "policy.toml"
        policy.write_text(
            'mode = "observe"\n[lookup]\nnameservers = ["{}:{}"]\n'.format(*server.address)
        )
        asked = replayed(capsys, file, "--policy", str(policy), "--resolve")[1]
    assert rows(asked) == {("dynamic", "refuse"): (1, 0)}
    assert "what DNS says now" in asked["notes"][0]
    assert "--resolve asks DNS" in replayed(capsys, file)[1]["notes"][0]


HOSTILE = "<script>alert(1)</script>\x1b[2J"


def test_what_strangers_wrote_runs_nowhere(capsys, log, tmp_path):
    lines = [line.replace("a@b.example", f"a@{HOSTILE.replace('>', '')}") for line in message(LINE)]
    assert main(["replay", "--report", str(tmp_path / "out"), str(log(lines))]) == 0
    text, page = capsys.readouterr().out, (tmp_path / "out/report.html").read_text()
    assert "\x1b" not in text + page
    assert "script" in text
    assert "<script" not in page
    assert not re.search(r"(src|href|url)\s*[=(]|@import", page)
    assert json.loads((tmp_path / "out/report.json").read_text())["sessions"] == 1
    assert (tmp_path / "out/report.txt").read_text() == text


def test_a_log_without_sessions_is_no_praise_of_the_policy(capsys, tmp_path):
    file = tmp_path / "mail.log"
    file.write_text(json.dumps({"MESSAGE": "connect from ..."}, indent=1))
    status, told = replayed(capsys, file)
    assert (status, "no session at port 25 was found" in told["notes"][0]) == (1, True)


def test_a_file_that_is_not_there_is_named(capsys, tmp_path):
    assert main(["replay", str(tmp_path / "no.log")]) == 64
    assert "no.log: No such file" in capsys.readouterr().err


def test_a_packed_file_that_breaks_off_is_read_as_far_as_it_goes(capsys, tmp_path):
    lines = stamped([one for n in range(2000) for one in session(LINE, process=n)])
    file = tmp_path / "mail.log.2.gz"
    packed = gzip.compress(lines)
    file.write_bytes(packed[: len(packed) // 2])
    status, told = replayed(capsys, file)
    assert "breaks off" in told["notes"][0]
    assert status == (0 if told["sessions"] else 1)


def test_memory_stays_bounded(monkeypatch):
    monkeypatch.setattr("ptrgate.logs.postfix.MAX_OPEN", 10)
    monkeypatch.setattr("ptrgate.logs.postfix.MAX_QUEUED", 10)
    monkeypatch.setattr("ptrgate.logs.replaying.MAX_ORGANISATIONS", 10)
    judge = Judge(Policy.default())
    reading, replay = Reading(judge.is_ours), Replay([judge], most_clients=10)
    for number in range(1000):
        client = f"unknown[192.0.{number % 256}.{number // 256}]"
        lines = session(client, f"4A{number}: client={client}", process=number)[:2]
        replay.take(reading.feed(stamped(lines).splitlines()))
        assert max(len(reading._open), len(reading._queued), len(replay.organisations)) <= 10
    replay.take(reading.end())
    replay.finish()
    assert sum(sums.sessions for sums in replay.cells.values()) == 1000


def test_who_comes_with_many_names_is_still_one_client():
    settled = []
    clients = Clients(lambda *_: False, settled.append)
    for number in range(200):
        clients.visit(Visit("Nov 24", "192.0.2.7", f"m{number}.example.org"))
        clients.delivery(Delivery("Nov 24", "192.0.2.7", f"m{number}.example.org", "a@b", "c@d"))
    clients.settle_all()
    assert len(settled[0].visits) <= 50
    assert sum(count for _, count in settled[0].sessions()) == 200
    assert settled[0].messages == 200


@pytest.mark.parametrize(
    "name, address, whose",
    [
        ("mail.example.co.uk", "192.0.2.7", "example.co.uk"),
        ("example.org", "192.0.2.7", "example.org"),
        ("", "192.0.2.7", "192.0.2.0/24"),
        ("", "2001:db8:1:2::7", "2001:0db8:0001::/48"),
        ("localhost", "192.0.2.7", "192.0.2.0/24"),
    ],
)
def test_organisation(name, address, whose):
    assert organisation(name, address) == whose

# SPDX-License-Identifier: GPL-3.0-or-later
"""What each client is answered, through pymilter's own stand-in for libmilter."""

from dataclasses import replace

import Milter
import pytest
from Milter import testctx

from ptrgate.judge import policy as policies
from ptrgate.judge import token
from ptrgate.judge.finding import judge
from ptrgate.judge.iprev import Answer, AnswerStatus
from ptrgate.milter import journal
from ptrgate.milter.lastresort import LastResort
from ptrgate.milter.session import Session
from ptrgate.milter.setting import Setting, Unknowing

KEYS = token.Keys.read("1 " + "ab" * 32)
BASE = """
mode = "enforce"
help_url = "http://help.example.org"
[reachable]
domains = ["example.org"]
"""

NAMELESS, FORGED, LAME, GOOD = "198.51.100.7", "198.51.100.8", "198.51.100.9", "198.51.100.10"
NAMES = {FORGED: "mx.example.net", GOOD: "mx.example.com"}


class Zone:
    """DNS as a dictionary; `LAME` does not answer."""

    def __init__(self, names):
        self.names = names

    def pointers(self, address):
        if str(address) == LAME:
            return Answer(AnswerStatus.FAILED, reason="SERVFAIL", queries=1)
        if str(address) not in self.names:
            return Answer(AnswerStatus.NXDOMAIN, queries=1)
        return Answer(AnswerStatus.OK, (self.names[str(address)],), queries=1)

    def addresses(self, name, version):
        if name == "mx.example.com" and version == 4:
            return Answer(AnswerStatus.OK, (GOOD,), queries=1)
        return Answer(AnswerStatus.OK, ("203.0.113.99",), queries=1)


class Client(testctx.TestCtx):
    """One SMTP client, as far as a milter sees it."""

    def __init__(self, address, policy=BASE, names=NAMES, judging=None, macros=(), **others):
        super().__init__()
        self.lines, self.errors = [], 0
        policy = policies.load(policy, source="test")
        zone = Zone(names)
        setting = Setting(
            policy=policy,
            keys=KEYS,
            judge=judging or (lambda address: judge(address, zone, policy)),
            worker="1",
            write=self.lines.append,
            clock=lambda: 0.0,
            now=lambda: 6000.0,
            **others,
        )
        Milter.factory = lambda: Session(setting, self.count_error)
        self._setsymval("j", "mx.example.org")
        for name, value in dict(macros).items():
            self._setsymval(name, value)
        self.connected = self._connect(host="somewhere", helo="client.example", ip=address)

    def count_error(self):
        self.errors += 1

    def mail(self, sender="author@example.net", *parameters):
        return self.said(self._envfrom(f"<{sender}>", *parameters))

    def rcpt(self, recipient="reader@example.org"):
        return self.said(self._envrcpt(f"<{recipient}>"))

    def said(self, code):
        reply, self._reply = self._reply, None
        return " ".join(reply) if reply else code

    def line(self):
        self._close()
        (line,) = self.lines
        return journal.parse(line)


def test_a_good_client_is_accepted_at_connect_and_its_line_written():
    client = Client(GOOD)
    assert client.connected == Milter.ACCEPT
    line = journal.parse(client.lines[0])
    assert (line["finding"], line["rule"], line["action"]) == ("ok", "default", "accept")
    assert (line["stage"], line["name"], line["iprev"]) == ("connect", "mx.example.com", "pass")
    assert "ref" not in line


@pytest.mark.parametrize(
    ("address", "start"),
    [
        pytest.param(NAMELESS, "550 5.7.25 Relaying denied: 198.51.100.7 has no", id="no PTR"),
        pytest.param(FORGED, "550 5.7.25 Relaying denied (may be forged): mx.", id="forged"),
        pytest.param(LAME, "451 4.7.25 Reverse DNS of 198.51.100.9 cannot be", id="no answer"),
    ],
)
def test_a_bad_client_is_told_at_each_recipient(address, start):
    client = Client(address)
    assert (client.connected, client.mail()) == (Milter.CONTINUE, Milter.CONTINUE)
    first, second = client.rcpt(), client.rcpt()
    assert first == second
    assert first.startswith(start)
    assert "\n" not in first


def test_the_url_is_a_notice_that_we_signed_and_the_line_has_its_start():
    client = Client(NAMELESS)
    client.mail()
    url = client.rcpt().split()[-1]
    notice = token.read(url.removeprefix("http://help.example.org/r/"), KEYS)
    assert (notice.address, notice.finding, notice.minute) == (NAMELESS, "no_ptr", 100)
    line = client.line()
    assert url.removeprefix("http://help.example.org/r/").startswith(line["ref"])
    assert line | {"ref": ""} == {
        "ref": "", "address": NAMELESS, "family": "v4", "iprev": "permerror", "finding": "no_ptr",
        "rule": "default", "action": "refuse", "would": "refuse", "stage": "rcpt",
        "helo": "client.example", "from": "author@example.net", "to": "reader@example.org",
        "source": "dns", "queries": "1", "ms": "0", "policy": line["policy"], "worker": "1",
    }  # fmt: skip


def test_a_hundred_recipients_are_refused_and_postmaster_is_accepted():
    client = Client(NAMELESS)
    client.mail()
    said = [client.rcpt(f"r{number}@example.org") for number in range(100)]
    assert all(str(one).startswith("550 5.7.25 ") for one in said)
    assert client.rcpt("postmaster@example.org") == Milter.CONTINUE
    assert client.mail() == Milter.CONTINUE
    line = client.line()
    assert journal.read_recipients(line["to"]) == ([f"r{n}@example.org" for n in range(5)], 96)
    assert line["action"] == "refuse"


def test_only_postmaster_named():
    client = Client(NAMELESS)
    client.mail("")
    assert client.rcpt("Postmaster") == Milter.CONTINUE
    line = client.line()
    assert (line["rule"], line["action"], line["would"]) == ("postmaster", "accept", "refuse")
    assert (line["from"], line["to"]) == ("<>", "Postmaster")
    assert "ref" not in line


def test_postmaster_is_no_open_door():
    client = Client(NAMELESS)
    client.mail()
    said = [client.rcpt("abuse@example.org") for _ in range(11)]
    assert said[:10] == [Milter.CONTINUE] * 10
    assert said[10].startswith("550 5.7.25 ")


LONG = 1 << 20


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        (f"SIZE={LONG}", Milter.CONTINUE),
        (f"SIZE={LONG + 1}", "552 5.3.4 A message to postmaster may have at most 1 MB"),
        (f"size={LONG + 1}", "552 5.3.4 A message to postmaster may have at most 1 MB"),
        ("SIZE=much", Milter.CONTINUE),
    ],
)
def test_postmaster_takes_no_announced_megabytes(parameter, said):
    client = Client(NAMELESS)
    client.mail("author@example.net", parameter)
    assert str(client.rcpt("postmaster@example.org")).startswith(str(said))
    assert str(client.rcpt()).startswith("550 5.7.25 ")


@pytest.mark.parametrize(("recipient", "taken"), [("postmaster", False), ("partner", True)])
def test_postmaster_takes_no_unannounced_megabytes(recipient, taken):
    exempt = EXEMPT + 'recipient = "partner@example.org"'
    client = Client(NAMELESS, BASE + exempt)
    client.mail()
    client.rcpt(f"{recipient}@example.org")
    session = client.getpriv()
    said = [client.said(session.body(b"x" * 65535)) for _ in range(17)]
    assert said[:16] == [Milter.CONTINUE] * 16
    assert (said[16] == Milter.CONTINUE) == taken


def test_every_message_to_postmaster_has_its_own_length():
    client = Client(NAMELESS)
    for _ in range(3):
        client.mail()
        client.rcpt("postmaster@example.org")
        assert client.said(client.getpriv().body(b"x" * (LONG - 1))) == Milter.CONTINUE


@pytest.mark.parametrize(
    ("addresses", "last", "admitted"),
    [
        pytest.param(["198.51.100.7"] * 60, "198.51.100.7", False, id="one address"),
        pytest.param(["198.51.100.7"] * 60, "198.51.100.8", True, id="and its neighbour"),
        pytest.param([f"198.51.100.{n}" for n in range(240)], "198.51.100.250", False, id="a /24"),
        pytest.param([f"2001:db8::{n:x}" for n in range(240)], "2001:db8::ffff", False, id="a /64"),
        pytest.param([f"2001:db8::{n:x}" for n in range(240)], "2001:db8:0:1::1", True, id="next"),
        pytest.param([f"2001:db8:{n:x}::1" for n in range(4000)], "198.51.100.7", False, id="all"),
    ],
)
def test_postmaster_is_reached_so_often_an_hour(addresses, last, admitted):
    time = [0.0]
    door = LastResort(lambda: time[0])
    assert all(door.admits(address) for address in addresses)
    assert door.admits(last) == admitted
    time[0] = 3600.0
    assert door.admits(last)


def test_after_a_transaction_without_a_recipient_the_next_mail_ends_the_session():
    client = Client(NAMELESS)
    client.mail()
    client.rcpt()
    assert client.mail().startswith("421 4.7.0 ")


def test_a_transaction_that_named_nobody_does_not_end_it():
    client = Client(NAMELESS)
    assert [client.mail(), client.mail()] == [Milter.CONTINUE] * 2


def test_refused_at_mail():
    client = Client(NAMELESS, 'refuse_at = "mail"\n' + BASE)
    assert client.mail().startswith("521 5.7.25 ")
    line = client.line()
    assert (line["stage"], line["action"]) == ("mail", "refuse")


def test_a_client_that_left_before_it_was_told():
    client = Client(NAMELESS)
    line = client.line()
    assert (line["stage"], line["action"]) == ("left", "refuse")
    assert "ref" not in line


def test_observe_accepts_and_says_what_would_have_been():
    client = Client(NAMELESS, BASE.replace("enforce", "observe"))
    assert client.connected == Milter.ACCEPT
    line = journal.parse(client.lines[0])
    assert (line["rule"], line["action"], line["would"]) == ("observe", "accept", "refuse")


def test_an_authenticated_client_is_accepted_at_mail():
    client = Client(NAMELESS)
    client._setsymval("{auth_authen}", "joe")
    assert client.mail() == Milter.ACCEPT
    line = client.line()
    assert (line["rule"], line["would"], line["stage"]) == ("authenticated", "refuse", "mail")


EXEMPT = '[[exemptions]]\nid = "partner"\nspoofable = "accepted"\n'


@pytest.mark.parametrize(
    ("condition", "stage"),
    [
        pytest.param('network = "198.51.100.0/28"', "connect", id="network"),
        pytest.param('sender_domain = "example.net"', "mail", id="sender"),
        pytest.param('recipient = "reader@example.org"', "rcpt", id="recipient"),
    ],
)
def test_an_exemption_applies_as_soon_as_it_can(condition, stage):
    client = Client(NAMELESS, BASE + EXEMPT + condition)
    if stage != "connect" and client.mail() == Milter.CONTINUE:
        assert client.rcpt() == Milter.CONTINUE
    if stage != "connect":
        client._close()
    line = journal.parse(client.lines[0])
    assert (line["rule"], line["action"], line["stage"]) == ("exemption:partner", "accept", stage)


@pytest.mark.parametrize("action", ["log", "accept"])
def test_a_finding_that_is_only_logged(action):
    client = Client(NAMELESS, BASE + f'[actions.no_ptr]\nv4 = "{action}"\n')
    assert client.connected == Milter.ACCEPT
    assert journal.parse(client.lines[0])["action"] == action


class Noting(Unknowing):
    """A host whose users wrote to example.net, and that notes whom it told."""

    def __init__(self):
        self.told = []

    def of_mail(self, circumstances, _judgement, sender):
        return replace(circumstances, written_to=sender.endswith("@example.net"))

    def warned(self, judgement):
        self.told.append(judgement.iprev.address)


@pytest.mark.parametrize(
    ("policy", "sender", "start", "rule"),
    [
        pytest.param("", "a@example.net", "451 4.7.25 Relaying denied: ", "written_to", id="ours"),
        pytest.param("", "a@other.example", "550 5.7.25 ", "default", id="a stranger"),
        pytest.param("[defer_hours]\nno_ptr = 1\n", "a@other.example", "451 4.7.25 ", "warned",
                     id="in its first hours"),
    ],
)  # fmt: skip
def test_who_is_deferred_first_is_noted_when_it_is_told(policy, sender, start, rule):
    standing = Noting()
    client = Client(NAMELESS, BASE + policy, standing=standing)
    client.mail(sender)
    assert client.rcpt("postmaster@example.org") == Milter.CONTINUE
    assert standing.told == []
    assert client.rcpt().startswith(start)
    assert standing.told == ([] if rule == "default" else [NAMELESS])
    assert client.line()["rule"] == rule


FAIL = "iprev=fail policy.iprev=198.51.100.8"
TAG = BASE + '[actions]\nno_ptr = "tag"\nforged = "tag"\ndns_failure = "tag"\n'


def tagged(address, policy=TAG, names=NAMES):
    """Send one message; return the client and the headers that were added to it."""
    client, added = Client(address, policy, names), []
    client.addheader = lambda *header: added.append(header)
    assert [client.mail(), client.rcpt()] == [Milter.CONTINUE] * 2
    client._eom()
    return client, added


@pytest.mark.parametrize(
    ("address", "name", "said"),
    [
        (NAMELESS, None, "iprev=permerror policy.iprev=198.51.100.7 (no_ptr)"),
        (FORGED, None, f"{FAIL} (forged: mx.example.net)"),
        (LAME, None, "iprev=temperror policy.iprev=198.51.100.9 (dns_failure)"),
        (FORGED, r"a)(\032b.example", rf"{FAIL} (forged: a\)\(\\032b.example)"),
        (FORGED, "x" * 99, f"{FAIL} (forged: {'x' * 57}...)"),
    ],
)
def test_a_tagged_message_gets_its_header(address, name, said):
    client, added = tagged(address, names=NAMES | ({address: name} if name else {}))
    assert added == [("Authentication-Results", f"mx.example.org;\n\t{said}", 0)]
    line = client.line()
    assert (line["action"], line["stage"]) == ("tag", "eom")


def test_an_ipv6_address_stands_in_quotes():
    _, added = tagged("2001:db8::7", BASE + '[actions.no_ptr]\nv6 = "tag"\n')
    assert 'iprev=permerror policy.iprev="2001:db8::7" (no_ptr)' in added[0][1]


def test_a_prober_on_this_host_leaves_no_line_unless_it_sends():
    assert Client("127.0.0.1").connected == Milter.CONTINUE
    prober = Client("127.0.0.1")
    prober._close()
    assert prober.lines == []
    sender = Client("127.0.0.1")
    assert sender.mail() == Milter.ACCEPT
    line = sender.line()
    assert (line["rule"], line["stage"]) == ("private_address", "mail")


@pytest.mark.parametrize(
    ("family", "address"),
    [(1, "/run/some.sock"), (0, None), (None, None), (2, None)],
)
def test_what_is_no_internet_address_is_one_of_ours(family, address):
    client = Client(GOOD)
    client.lines.clear()
    client._symlist = [None] * 7
    client._negotiate()
    assert client.getpriv().connect("localhost", family, address) == Milter.ACCEPT
    assert journal.parse(client.lines[0])["rule"] == "own_network"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("a\r\n250 OK\r\n.example", id="CR LF"),
        pytest.param("%s%n%%20.example", id="percent"),
        pytest.param(".".join(["x" * 63] * 3 + ["y" * 61]), id="255 octets"),
        pytest.param("\\000\\255\\013.example", id="DNS escapes"),
        pytest.param("xn--bcher-kva.example", id="IDNA"),
        pytest.param("bücher\udcff.example", id="not ASCII"),
        pytest.param("<script>alert(1)</script>.example", id="HTML"),
    ],
)
def test_a_hostile_name_harms_nothing(name):
    client = Client(FORGED, names={FORGED: name})
    client.mail()
    said = client.rcpt()
    assert said.startswith("550 5.7.25 ")
    assert said.isascii()
    assert said.isprintable()
    assert len(said) <= 400
    assert said.count("http") == 1
    assert "%" not in said.replace("%%", "")
    assert journal.parse(client.lines[0] if client.lines else journal.line(client.line()))


@pytest.mark.parametrize(
    ("on_error", "code"), [("accept", Milter.ACCEPT), ("defer", Milter.TEMPFAIL)]
)
def test_an_error_of_ours_concerns_one_session(on_error, code, capfd):
    def broken(_address):
        raise RuntimeError("what nobody expected")

    client = Client(NAMELESS, f'on_error = "{on_error}"\n' + BASE, judging=broken)
    assert client.connected == code
    assert client.errors == 1
    line = journal.parse(client.lines[0])
    assert (line["stage"], line["action"]) == ("error", on_error)
    said = capfd.readouterr().err
    assert "what nobody expected" in said
    assert all(part.startswith("<3>") for part in said.splitlines())


def test_an_error_at_a_recipient_ends_the_judging_of_this_client():
    client = Client(NAMELESS)
    client.mail()
    client.getpriv()._conversation._held.recipient = None
    assert client.rcpt() == Milter.ACCEPT
    assert client.mail() == Milter.ACCEPT
    assert client.line()["stage"] == "error"


def test_only_what_is_used_is_asked_for():
    client = Client(NAMELESS)
    unwanted = Milter.P_NODATA | Milter.P_NOHDRS | Milter.P_NOEOH
    assert client._protocol & unwanted == unwanted
    assert client._symlist[Milter.M_ENVFROM] == {b"{auth_authen}"}


@pytest.mark.parametrize("resolve, source", [("OK", "postfix"), ("FORGED", "dns"), ("FAIL", "dns")])
def test_a_yes_of_the_mail_server_is_believed_and_a_no_is_not(resolve, source):
    macros = {
        "{client_name}": "mx.example.com",
        "{client_resolve}": resolve,
        "{daemon_addr}": "203.0.113.42",
    }
    client = Client(GOOD, macros=macros)
    assert client.connected == Milter.ACCEPT
    assert journal.parse(client.lines[0])["source"] == source

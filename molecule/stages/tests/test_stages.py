# SPDX-License-Identifier: GPL-3.0-or-later
"""Tagged, told first, refused: what clients hear and readers see on the way."""

GOOD, NAMELESS, FORGED, LINE = "198.51.100.10", "198.51.100.20", "198.51.100.24", "198.51.100.30"
FORGERIES = [
    "Authentication-Results: {id}; iprev=pass policy.iprev=192.0.2.1",
    "AUTHENTICATION-results:{ID};iprev=pass",
    "Authentication-Results:\r\n\t{id};\r\n iprev=pass",
    "Authentication-Results: {id} 1; iprev=pass",
    'Authentication-Results: "{id}"; iprev=pass',
    'Authentication-Results: "{slashed}"; iprev=pass',
    "Authentication-Results: (of (course)) {id}; iprev=pass",
    "Authentication-Results:\r\n (of\r\n course)\r\n {id} (1) 1 ; iprev=pass",
    'Authentication-Results: (of (course) "{slashed}"; iprev=pass',
    "Authentication-Results: {id}.; none",
    "Authentication-Results : {id}; none",
]
KEPT = [
    "other.example; iprev=pass",
    "not-{id}; iprev=pass",
    "{id}.other.example; iprev=pass",
]
ATTACHED = "Authentication-Results: {id}; iprev=pass"
PARTS = """MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: message/rfc822

Subject: forwarded
{attached}

as it was
--b--
"""


def message(appliance):
    """Return a message with all forgeries, and what must be left of it."""
    own = appliance.authserv_id
    words = {"id": own, "ID": own.upper(), "slashed": "\\" + "\\".join(own)}
    lines = [line.format(**words) for line in FORGERIES]
    kept = [line.format(**words) for line in KEPT]
    lines += [f"Authentication-Results: {line}" for line in kept]
    parts = PARTS.format(attached=ATTACHED.format(**words)).replace("\n", "\r\n")
    return "\r\n".join([*lines, parts]), kept


def results(arrived):
    return [" ".join(value.split()) for value in arrived.get_all("Authentication-Results", [])]


def test_tagged_mail_has_our_header_on_top_and_no_other_in_our_name(staged):
    text, kept = message(staged)
    said = f"{staged.authserv_id}; iprev=fail policy.iprev={FORGED} (forged: mx.bank.example)"
    arrived = staged.arrives(text, FORGED)
    assert results(arrived) == [said, *kept]
    known = {"address": FORGED, "from": "a@senders.example"}
    staged.wait_for_line(action="tag", stage="eom", **known)


def test_accepted_mail_has_no_header_of_ours_and_none_in_our_name(staged):
    text, kept = message(staged)
    assert results(staged.arrives(text, GOOD)) == kept


def test_what_is_attached_stays_as_it_is(staged):
    text, _ = message(staged)
    attached = staged.arrives(text, FORGED).get_payload(0).get_payload(0)
    assert results(attached) == [f"{staged.authserv_id}; iprev=pass"]


def test_a_nameless_client_is_deferred_first_and_refused_after_its_hours(staged):
    staged.sql("DELETE FROM warned4")
    assert staged.ptrgate(f"check {NAMELESS}", status=2)["rule"] == "warned"
    for _ in range(2):
        reply = staged.reply(NAMELESS)
        assert reply.startswith(f"451 4.7.25 Relaying denied: {NAMELESS} has no reverse DNS")
        assert "/r/" in reply
    staged.wait_for_line(address=NAMELESS, rule="warned", action="defer", would="refuse")
    staged.until(staged.notes)
    staged.sql("UPDATE warned4 SET seen = seen - 3601")
    assert staged.reply(NAMELESS).startswith("550 5.7.25 ")
    assert staged.ptrgate(f"check {NAMELESS}", status=1)["rule"] == "default"


def test_whom_own_users_wrote_to_is_told_first(staged, host):
    staged.sql("DELETE FROM warned4")
    assert staged.reply(LINE, "jane@senders.example").startswith("550 5.7.1 ")
    letter = "sendmail -f user@company.example jane@senders.example <<'.'\nSubject: hello\n\n.\n"
    host.check_output(letter)

    def learned():
        host.check_output("systemctl start ptrgate-learn.service")
        return staged.ptrgate("learn")["known"]

    staged.until(learned)
    assert staged.reply(LINE, "jane@senders.example").startswith("451 4.7.1 ")
    staged.wait_for_line(address=LINE, rule="written_to", action="defer", would="refuse")
    assert staged.reply(LINE, "jane@other.example").startswith("550 5.7.1 ")


def test_preview_tells_the_stages_and_what_comes_next(staged):
    told = staged.ptrgate("preview --days 1")
    rows = {(one["finding"], one["family"]): one for one in told["findings"]}
    assert rows["forged", "v4"]["stage"] == "tag"
    assert rows["forged", "v4"]["sessions"] > 0
    assert (rows["no_ptr", "v4"]["stage"], rows["no_ptr", "v4"]["next"]) == ("defer", "refuse")
    assert rows["dynamic", "v4"]["next"] is None

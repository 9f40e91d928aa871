# SPDX-License-Identifier: GPL-3.0-or-later
"""Every sender of the inventory gets what the inventory says, on both Debians."""

import re
from urllib.request import urlopen

import pytest
import yaml

from lab.mail import MAILBOXES, ROOT, inside
from ptrgate.milter.journal import KEYS, parse

SENDERS = yaml.safe_load((ROOT / "inventory/lab/group_vars/lab/senders.yml").read_text())["senders"]
REFUSED = [sender for sender in SENDERS if sender["must"]["code"] != 250]
SENTENCES = {
    "no_ptr": "Relaying denied: {address} has no reverse DNS name (PTR). See ",
    "forged": "Relaying denied (may be forged): {name} does not lead back to {address}. See ",
    "dynamic": "Relaying denied: the name of {address} is that of a DSL, dial-up or dynamic line."
    " Use your provider's mail relay. See ",
    "dns_failure": "Reverse DNS of {address} cannot be checked now, please try again. See ",
}
ENHANCED = {"dynamic": "7.1"}


def named(senders):
    return [pytest.param(sender, id=f"{sender['name']}: {sender['says']}") for sender in senders]


@pytest.fixture
def fate(host, fates, sender):
    return fates[sender["name"], host.check_output("hostname")]


@pytest.mark.parametrize("sender", named(SENDERS))
def test_mail_ends_where_the_inventory_says(fate):
    assert fate.differences() == [], fate


@pytest.mark.parametrize("sender", named(REFUSED))
def test_refusal_is_the_documented_sentence_and_a_url(fate):
    must, address = fate.sender["must"], fate.sender["address"][0]
    enhanced = f"{str(must['code'])[0]}.{ENHANCED.get(must['finding'], '7.25')}"
    sentence = SENTENCES[must["finding"]].format(address=address, name=r"\S+")
    if must["finding"] != "forged":
        sentence = re.escape(sentence)
    else:
        sentence = sentence.replace("(may be forged)", r"\(may be forged\)")
    pattern = rf"{must['code']} {enhanced} {sentence}http://help\.company\.example/r/[0-9A-Z]+"
    assert re.fullmatch(pattern, fate.reply)
    assert len(fate.reply) <= 400


@pytest.mark.parametrize("sender", named(REFUSED))
def test_url_of_the_refusal_opens_the_page_of_that_refusal(host, fate):
    opened = page(host, fate.reply.rsplit(" ", 1)[1])
    general = page(host, f"http://help.company.example/{fate.sender['must']['finding']}")
    assert f"<code>{fate.sender['address'][0]}</code>" in opened
    assert heading(opened) == heading(general)


@pytest.mark.parametrize(
    "sender", named([sender for sender in SENDERS if sender["must"]["ends"] == "dsn"])
)
def test_author_reads_the_url_unbroken_on_one_line(fate):
    url = fate.reply.rsplit(" ", 1)[1]
    folder = f"{MAILBOXES}/senders.example/{fate.sender['name']}"
    lines = inside("internet", "grep", "-rhF", url, folder).splitlines()
    assert any(line.rstrip().endswith(url) for line in lines)


def test_every_mail_left_one_line_with_the_named_keys(host, fates):
    raw = host.check_output("journalctl -u ptrgate-milter -o cat --grep '^ref='").splitlines()
    keys = [[pair.split("=", 1)[0] for pair in line.split(" ")] for line in raw]
    assert all(found == list(KEYS) for found in keys)
    # A token counts minutes: sessions of one address share it for one; our mails' senders differ.
    seen = [(line.get("ref"), line.get("from")) for line in map(parse, raw)]
    for fate in fates.values():
        if "ref" in fate.line and fate.host == host.check_output("hostname"):
            assert seen.count((fate.line["ref"], fate.envelope)) == 1


@pytest.mark.parametrize("sender", named(REFUSED))
def test_line_leads_from_the_url_to_the_session(fate):
    assert fate.reply.rsplit("/", 1)[1].startswith(fate.line["ref"])
    assert fate.line["from"] == fate.envelope
    assert fate.line["to"] == fate.recipient


def page(host, url):
    address = next(one for one in host.check_output("hostname -I").split() if ":" not in one)
    with urlopen(url.replace("help.company.example", address)) as answer:  # noqa: S310 -- http
        return answer.read().decode()


def heading(text):
    return re.search("<h1>(.*?)</h1>", text)[1]

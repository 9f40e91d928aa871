# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/findings.md says what the code says: the rows are made from the code and compared."""

from pathlib import Path

import pytest

from ptrgate.diagnosis.advice import About
from ptrgate.diagnosis.remedies import remedy
from ptrgate.judge.finding import judge
from ptrgate.judge.policy import Policy
from ptrgate.judge.refusal import goodbye, reply
from ptrgate.judge.terms import DEFAULT_ACTIONS
from ptrgate.judge.words import Action, Diagnosis, Finding, RefuseAt, Rule
from ptrgate.outbound.verdict import VERDICTS
from ptrgate.page.causes import CAUSES
from tests.unit.zone import FAILS, Zone

DOCUMENT = (Path(__file__).parents[2] / "docs/findings.md").read_text()
ADDRESS, NAME, LINE = "192.0.2.7", "mx.example.net", "dsl-192-0-2-7.isp.example"
SPOKEN = [finding for finding in Finding if finding is not Finding.OK]

# what DNS says of the address, for each finding
ANSWERS = {
    Finding.OK: {ADDRESS: [NAME], NAME: [ADDRESS]},
    Finding.NO_PTR: {},
    Finding.FORGED: {ADDRESS: [NAME], NAME: ["192.0.2.99"]},
    Finding.DYNAMIC: {ADDRESS: [LINE], LINE: [ADDRESS]},
    Finding.DNS_FAILURE: {ADDRESS: FAILS},
}
# what the examples of these diagnoses are about
ADDRESSES = {Diagnosis.IPV6_WITHOUT_PTR: "2001:db8::7", Diagnosis.NOT_PUBLIC: "10.0.0.7"}
NAMES = {Diagnosis.JUNK_NAME: "localhost", Diagnosis.DYNAMIC_NAME: LINE}
REFINED = {
    Diagnosis.OK: "`ok`",
    Diagnosis.IPV6_WITHOUT_PTR: "`no_ptr`, over IPv6",
    Diagnosis.NOT_PUBLIC: "none, said of this host's own addresses only",
}


def section(title):
    """Return what stands under a heading, up to the next one."""
    _, _, rest = DOCUMENT.partition(f"\n{title}\n")
    return rest.split("\n#")[0].strip()


def rows(title):
    """Return the rows of the table under a heading, without its head."""
    return [line for line in section(title).splitlines() if line.startswith("|")][2:]


def judged(finding):
    judgement = judge(ADDRESS, Zone(ANSWERS[finding]), Policy.default())
    assert judgement.finding is finding
    return judgement.iprev.result.value


def said(finding, action=Action.REFUSE, refuse_at=RefuseAt.RCPT):
    return reply(finding, action=action, address=ADDRESS, name=NAME, url="URL", refuse_at=refuse_at)


def codes(answer):
    return f"{answer.code} {answer.enhanced}"


def treatment(finding):
    actions = [DEFAULT_ACTIONS[finding][version].value for version in (4, 6)]
    return "| " + " | ".join([f"`{finding}`", judged(finding), *actions]) + " |"


def spoken(finding):
    at_rcpt, at_mail = said(finding), said(finding, refuse_at=RefuseAt.MAIL)
    later = said(finding, Action.DEFER)
    assert at_rcpt.text == at_mail.text == later.text
    told = [codes(answer) for answer in (at_rcpt, at_mail, later)]
    return "| " + " | ".join([f"`{finding}`", *told, f"`{at_rcpt.text}`"]) + " |"


def refines(diagnosis):
    found = [f"`{finding}`" for finding, causes in CAUSES.items() if diagnosis in causes]
    return REFINED.get(diagnosis) or " or ".join(found)


def explained(diagnosis):
    address, name = ADDRESSES.get(diagnosis, ADDRESS), NAMES.get(diagnosis, NAME)
    words = remedy(diagnosis, address=address, name=name)
    return (
        f"**{words.title}.** {words.meaning}\n\n"
        f"- Finding: {refines(diagnosis)}. For this host's own mail: {VERDICTS[diagnosis]}.\n"
        f"- Who must act: {words.who}.\n"
        f"- What to ask for: {words.ask}"
    )


def test_what_is_done_about_each_finding():
    assert rows("## What is done") == [treatment(finding) for finding in Finding]


def test_what_is_said_about_each_finding():
    assert rows("## What is said") == [spoken(finding) for finding in SPOKEN]


def test_how_a_session_ends():
    assert f"`{goodbye('URL')}`" in section("## What is said")


@pytest.mark.parametrize("diagnosis", Diagnosis)
def test_diagnosis_is_explained_in_the_same_words(diagnosis):
    assert section(f"### `{diagnosis}`") == explained(diagnosis)


def test_no_other_diagnosis_is_explained():
    titles = [line for line in DOCUMENT.splitlines() if line.startswith("### ")]
    assert titles == [f"### `{diagnosis}`" for diagnosis in Diagnosis]


def test_every_rule_is_explained():
    named = [row.split("|")[1].strip() for row in rows("## Why somebody was treated otherwise")]
    assert named == ["`exemption:ID`", *(f"`{rule}`" for rule in Rule)]


def test_the_table_of_verdicts_is_the_codes():
    told = [row.split("|")[1:3] for row in rows("## What exactly is wrong")]
    assert [(word.strip(), verdict.strip()) for word, verdict in told] == [
        (f"`{diagnosis}`", VERDICTS[diagnosis].value) for diagnosis in Diagnosis
    ]


def test_every_advice_is_named():
    assert [
        about for about in About if f"`{about}`" not in section("## What exactly is wrong")
    ] == []

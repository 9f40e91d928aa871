# SPDX-License-Identifier: GPL-3.0-or-later
"""Each egress address of the table ends on its rung, and says whom to ask for what."""

import json
from pathlib import Path

import pytest
import yaml

from lab.mail import ROOT

TABLE = yaml.safe_load((ROOT / "inventory/lab/group_vars/lab/egress.yml").read_text())["egress"]
NOBODY = {"ok", "dns_failure", "not_public"}
PROOFS = Path(__file__).parents[1] / "proofs.py"

every = pytest.mark.parametrize("row", TABLE, ids=lambda row: row["name"])
broken = pytest.mark.parametrize(
    "row",
    [row for row in TABLE if row["must"]["diagnosis"] not in NOBODY],
    ids=lambda row: row["name"],
)


@pytest.fixture(scope="module")
def told(engine):
    """Return what each row of the table came to."""
    words = json.dumps({row["name"]: row["address"] for row in TABLE})
    return json.loads(engine("mx-trixie", PROOFS, words=words))


def judged(told, row):
    """Return the proof of the address that decides."""
    return told[row["name"]]["rows"][-1]


@every
def test_diagnosis_and_rung(told, row):
    found, must = judged(told, row), row["must"]
    assert (found["diagnosis"], found["verdict"]) == (must["diagnosis"], must["verdict"])
    assert told[row["name"]]["rung"] == must["rung"]


@every
def test_with_a_smarthost_nothing_is_held(told, row):
    rung = row["must"]["rung"]
    assert told[row["name"]]["relayed"] == ("smarthost" if rung == "hold" else rung)


@broken
def test_whoever_must_act_is_told_which_record_in_which_zone(told, row):
    found, must = judged(told, row), row["must"]
    assert found["zone"]["zone"] == must["zone"]
    assert must["record"] in found["records"]
    assert f"Record: {must['record']}" in found["letter"]
    assert found["ask"] in found["letter"]


def test_who_is_behind_an_address_translation_declares_the_public_one(told):
    found = told["translated"]["rows"][0]
    assert (found["who"], found["letter"]) == ("The operator of the mail server", "")
    assert "ptrgate_egress_addresses" in found["ask"]

# SPDX-License-Identifier: GPL-3.0-or-later
"""A mistake stops the deployment with a sentence, before anything is touched on any host."""


def test_deployment_stops(outcomes, mistake):
    assert outcomes["runs"][mistake["id"]].status != 0


def test_sentence_says_what_is_and_what_should_be(outcomes, mistake):
    said = outcomes["runs"][mistake["id"]].said
    assert [words for words in mistake["says"] if words not in said] == [], said


def test_secret_is_not_shown(outcomes, mistake):
    assert mistake.get("not", "a secret") not in outcomes["runs"][mistake["id"]].output


def test_no_task_changed_anything(outcomes, mistake):
    assert outcomes["runs"][mistake["id"]].changed == []


def test_hosts_are_as_they_were(outcomes, hosts):
    for host in hosts:
        assert outcomes["after"][host] ^ outcomes["before"][host] == set()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Own users submit mail with TLS and a password, wherever they are; nobody else does."""

import json

import pytest

FAR = "RCPT TO:<anyone@destination.example>"
NEAR = "RCPT TO:<user@company.example>"
ANNA = "MAIL FROM:<anna@company.example>"
SCANNER = "MAIL FROM:<scanner@company.example>"
WAYS = [
    pytest.param({"port": 587, "tls": "starttls"}, id="587"),
    pytest.param({"port": 465, "tls": "wrapped"}, id="465"),
]


@pytest.mark.parametrize("way", WAYS)
def test_user_without_ptr_submits_unjudged(submit, login, token, arrived, judged, way):
    before = judged()
    said = submit(ANNA, FAR, NEAR, f"DATA {token}", user=login("anna@company.example"), **way)
    assert said[1].startswith("235 2.7.0")
    assert said[-1].startswith("250 2.0.0 Ok: queued as")
    assert arrived("internet", token)
    assert arrived("inner", token)
    assert judged() == before


def test_port_25_refuses_the_same_client_and_the_milter_says_so(submit, judged):
    before = len(judged())
    said = submit(ANNA, NEAR, "QUIT", port=25, tls="none")
    assert said[2].startswith("550 5.7.25")
    assert len(judged(before + 1)) == before + 1


@pytest.mark.parametrize("way", WAYS)
def test_wrong_password_is_refused(submit, way):
    said = submit(ANNA, FAR, user="anna@company.example:guessed-guessed", **way)
    assert said[1].startswith("535 5.7.8")
    assert said[3].startswith("554 5.7.1")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("recipient", [FAR, NEAR], ids=["far", "near"])
def test_nobody_submits_without_a_password(submit, way, recipient):
    assert submit(ANNA, recipient, **way)[2].startswith("554 5.7.1")


def test_nothing_is_taken_without_tls(submit, login):
    said = submit(ANNA, tls="none", user=login("anna@company.example"))
    assert "AUTH" not in said[0]
    assert said[1].startswith(("530 5.7.0", "503 5.5.1"))
    assert said[2].startswith("530 5.7.0")


def test_account_of_the_host_is_no_user(submit, host):
    host.check_output("useradd --system stranger && echo stranger:stranger-stranger | chpasswd")
    try:
        assert submit(user="stranger:stranger-stranger")[1].startswith("535")
    finally:
        host.check_output("userdel stranger")


@pytest.mark.parametrize("sender", ["user@company.example", "anna@elsewhere.example"])
def test_user_writes_as_himself_alone(submit, login, sender):
    said = submit(f"MAIL FROM:<{sender}>", FAR, user=login("anna@company.example"))
    assert said[3].startswith("553 5.7.1")


def test_limit_is_for_one_user_alone(submit, login, nothing_counted):  # noqa: ARG001
    def wrote(sender, name):
        said = submit(sender, FAR, "DATA limited", user=login(name))
        return next((reply[:9] for reply in said[1:] if reply[0] in "45"), "250")

    counted = [wrote(SCANNER, "scanner") for _ in range(4)]
    assert counted == ["250", "250", "250", "450 4.7.1"]
    assert wrote(ANNA, "anna@company.example") == "250"


def test_world_learns_neither_address_nor_name_of_the_client(submit, login, token, arrived):
    submit(ANNA, FAR, f"DATA {token}", user=login("anna@company.example"))
    text = arrived("internet", token)
    assert "198.51.100.20" not in text
    assert "client.example" not in text
    assert "with ESMTPSA id" in text
    assert "\nMessage-Id: <" in text
    assert "\nFrom: anna@company.example" in text


def test_mail_leaves_through_the_gate(submit, login, token, host):
    said = submit(ANNA, FAR, f"DATA {token}", user=login("anna@company.example"))
    queue_id = said[-1].rpartition(" ")[2]
    script = f"journalctl -o cat -t postfix/internet/smtp | grep {queue_id}"
    sent = host.check_output(f"timeout 30 sh -c 'until {script}; do sleep 0.3; done'")
    assert "status=sent" in sent


def test_mail_waits_while_the_gate_is_closed(submit, login, token, arrived, host):
    host.check_output("ptrgate gate override hold --hours 1 --reason 'own users write'")
    try:
        said = submit(ANNA, FAR, f"DATA {token}", user=login("anna@company.example"))
        waits = f"postqueue -j | grep {said[-1].rpartition(' ')[2]} | grep deferred"
        host.check_output(f"timeout 30 sh -c 'until {waits}; do sleep 0.3; done'")
        host.check_output("postqueue -f")
        assert not arrived("internet", token, seconds=3)
    finally:
        host.check_output("ptrgate gate override --end")
    assert arrived("internet", token, seconds=100)


@pytest.fixture
def removed(host):
    """Anna is no user any more."""
    file = "/etc/postfix/sasl/ptrgate.passwd"
    host.check_output(f"cp -p {file} /root/passwd && sed -i /^anna@/d {file}")
    yield
    host.check_output(f"mv /root/passwd {file}")


def test_removed_user_is_out_at_once(submit, login, removed):  # noqa: ARG001
    assert submit(user=login("anna@company.example"))[1].startswith("535")


def test_hashes_are_for_those_alone_who_check_them(host):
    file = host.file("/etc/postfix/sasl/ptrgate.passwd")
    assert (file.user, file.group, file.mode) == ("root", "ptrgate-auth", 0o640)
    assert all(line.split(":")[1].startswith("$y$") for line in file.content_string.split())


def test_host_finds_nothing_wrong_with_it(host):
    checks = json.loads(host.check_output("ptrgate selftest --set submission --json"))["checks"]
    assert {check["where"].rpartition(":")[2] for check in checks} == {"587", "465"}
    assert [check for check in checks if check["verdict"] != "ok"] == []

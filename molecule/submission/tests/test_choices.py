# SPDX-License-Identifier: GPL-3.0-or-later
"""Dovecot keeps the passwords; a machine needs none; nobody submits any more; all as it was.

Each chapter is a deployment to both appliances. The Dovecot is Debian's, set up as
docs/operating.md tells an operator.
"""

import re
import subprocess

import pytest
import testinfra
import yaml

from lab.deployments import deploy
from lab.fingerprint import fingerprint
from lab.mail import ROOT, inside

HOSTS = ["mx-bookworm", "mx-trixie"]
FAR = "RCPT TO:<anyone@destination.example>"
DORA = "dora@company.example"
MACHINE, OTHER = "198.51.100.21", "198.51.100.20"
SOCKET = "/var/spool/postfix/private/auth"
DOVECOTS = {
    "submission_dovecot_socket": SOCKET,
    "ptrgate_submission_users": [{"name": DORA, "limits": {"day": 100}}],
    "ptrgate_submission_networks": [f"{MACHINE}/32"],
}
# Who Dovecot's users are, in the words of 2.3 and of 2.4.
USERS = {
    "mx-bookworm": "passdb {\n  driver = passwd-file\n  args = /etc/dovecot/users\n}\n",
    "mx-trixie": "passdb passwd-file {\n  passwd_file_path = /etc/dovecot/users\n}\n",
}
INSTALL = "DEBIAN_FRONTEND=noninteractive apt-get -qy --no-download --no-install-recommends install"
TRACES = re.compile(r"submission|ptrgate-(auth|limit)|ptrgate_(limits|senders|submitted)|/sasl/")
OURS = ("user ", "package ", "content usr/lib/ptrgate", "mode usr/lib/ptrgate")


@pytest.fixture(params=HOSTS)
def host(request):
    """One appliance after the other, chapter by chapter."""
    return testinfra.get_host(f"podman://{request.param}")


@pytest.fixture
def name(host):
    """Return the appliance's name."""
    return host.backend.name


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """Return the function that deploys to both with these variables; it tells no password."""
    place = tmp_path_factory.mktemp("choices")
    secret = (ROOT / "build/lab/password").read_text().split()[0]

    def deployed(**variables):
        overlay = place / "overlay.yml"
        overlay.write_text(yaml.safe_dump({"ptrgate": {"hosts": dict.fromkeys(HOSTS, variables)}}))
        tags = ["-vvv", "--tags", "submission,postfix"]
        done = deploy("-i", ROOT / "inventory/lab", "-i", overlay, *tags, place=place)
        assert done.status == 0, done.said
        assert secret not in done.output

    return deployed


@pytest.fixture(scope="module")
def dovecots():
    """Install Debian's Dovecot as an operator would; return its password. Away afterwards."""
    listening = re.search(
        r"^service auth \{.*?^```",
        (ROOT / "docs/operating.md").read_text(),
        re.DOTALL | re.MULTILINE,
    )[0].removesuffix("```")
    before = {name: packages(name) for name in HOSTS}
    on_both(f"{INSTALL} dovecot-core")
    for name in HOSTS:
        inside(name, "sh", "-c", "cat > /etc/dovecot/local.conf", words=listening + USERS[name])
    word = inside("mx-trixie", "openssl", "rand", "-hex", "12").strip()
    on_both(
        f"echo '{DORA}:'$(doveadm pw -s SHA512-CRYPT -p {word}) > /etc/dovecot/users"
        f" && systemctl restart dovecot && test -S {SOCKET}"
    )
    yield word
    for name in HOSTS:
        added = " ".join(packages(name) - before[name])
        inside(name, "sh", "-c", f"apt-get -qy purge {added} && rm -rf /etc/dovecot {SOCKET}")
    assert {name: packages(name) for name in HOSTS} == before


def packages(name):
    """Return what is installed."""
    return set(inside(name, "dpkg-query", "-W", "-f", "${Package}\n").split())


def on_both(script):
    """Run a script on both appliances at once."""
    running = [
        subprocess.Popen(["podman", "exec", name, "sh", "-c", script], stdout=subprocess.DEVNULL)
        for name in HOSTS
    ]
    assert [one.wait() for one in running] == [0, 0]


@pytest.fixture(scope="module")
def attached(dovecots, deployed):
    """Return the password of a user of Dovecot's, to whom both appliances listen."""
    before = {name: seen(name) for name in HOSTS}
    deployed(**DOVECOTS)
    yield dovecots
    deployed()
    assert {name: seen(name) ^ before[name] for name in HOSTS} == {name: set() for name in HOSTS}


def seen(name):
    """Return what is to be seen of an appliance, whatever release a unit was enabled from.

    Who comes back has a new hash of his password.
    """
    return {
        re.sub("(?<=/releases/)[0-9a-f]{12}(?=/units/)", "HASH", one)
        for one in fingerprint(name)
        if "content etc/postfix/sasl/ptrgate.passwd" not in one
    }


def test_a_user_of_dovecots_sends(attached, submit, token, arrived):
    said = submit(f"MAIL FROM:<{DORA}>", FAR, f"DATA {token}", user=f"{DORA}:{attached}")
    assert said[1].startswith("235 2.7.0")
    assert arrived("internet", token)


def test_a_user_of_dovecots_writes_as_himself_alone(attached, submit):
    said = submit("MAIL FROM:<user@company.example>", FAR, user=f"{DORA}:{attached}")
    assert said[3].startswith("553 5.7.1")


def test_where_dovecot_keeps_them_we_keep_no_password(attached, host):  # noqa: ARG001
    assert not host.file("/etc/postfix/sasl/ptrgate.passwd").exists


def test_a_machine_without_a_password_sends_with_tls(attached, submit, token, arrived):  # noqa: ARG001
    said = submit("MAIL FROM:<scanner@company.example>", FAR, f"DATA {token}", source=MACHINE)
    assert said[-1].startswith("250 2.0.0 Ok: queued as")
    assert arrived("internet", token)


@pytest.mark.parametrize(("source", "tls"), [(OTHER, "starttls"), (MACHINE, "none")])
def test_only_that_machine_and_only_with_tls(attached, submit, source, tls):  # noqa: ARG001
    said = submit("MAIL FROM:<scanner@company.example>", FAR, source=source, tls=tls)
    assert said[-1].startswith(("554 5.7.1", "530 5.7.0"))


# Last in the chapter: who failed waits for Dovecot, longer each time.
def test_who_had_a_password_of_ours_is_nobody_to_dovecot(attached, submit, login):  # noqa: ARG001
    assert submit(user=login("anna@company.example"))[1].startswith("535 5.7.8")


@pytest.fixture(scope="module")
def switched_off(attached, deployed):  # noqa: ARG001
    """Return what is to be seen of each appliance whose users do not submit."""
    deployed(ptrgate_submission=False)
    return {name: fingerprint(name) for name in HOSTS}


def test_switched_off_nothing_of_it_is_left(switched_off, name):
    left = [one for one in switched_off[name] if not one.startswith(OURS)]
    assert [one for one in left if TRACES.search(one) and "ssl" not in one] == []


def test_switched_off_nobody_listens(switched_off, host):  # noqa: ARG001
    ports = {one.rpartition(":")[2] for one in host.check_output("ss -Hltn").split()}
    assert "25" in ports
    assert not ports & {"587", "465"}
    assert host.run("ls -d /var/spool/postfix/ptrgate-auth /var/spool/postfix/ptrgate-limit").rc

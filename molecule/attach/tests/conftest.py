# SPDX-License-Identifier: GPL-3.0-or-later
"""Two Debians, Postfix configured by hand, with OpenDKIM, rspamd and lookups in SQL."""

import re
import subprocess
from pathlib import Path

import pytest
import testinfra
import yaml

from lab.deployments import deploy
from lab.fingerprint import fingerprint
from lab.mail import ROOT, inside

HOSTS = ["mx-bookworm", "mx-trixie"]
HERE = Path(__file__).parent
INSTALL = (
    "DEBIAN_FRONTEND=noninteractive apt-get -qy --no-download --no-install-recommends install"
    " opendkim postfix-sqlite rspamd 2>&1"
)
PURGE = (
    "DEBIAN_FRONTEND=noninteractive apt-get -qy purge opendkim postfix-sqlite rspamd 2>&1;"
    " DEBIAN_FRONTEND=noninteractive apt-get -qy -o APT::AutoRemove::RecommendsImportant=false"
    " -o APT::AutoRemove::SuggestsImportant=false autoremove --purge 2>&1;"
    " rm -rf /etc/byhand /etc/rspamd /var/lib/rspamd /var/mail/byhand /var/spool/postfix/byhand.db"
)
# What differs and may: what is made anew (a certificate that signs itself, a password's salt), what
# tells of earlier runs, and what Debian's milters leave (an account, libraries in another order).
MOVES = re.compile(
    r"ptrgate_certificate|ptrgate\.passwd|ptrgate/history|postfix-previous/|opendkim|rspamd|"
    r"content etc/(g?shadow|group|passwd)-? |content etc/ld\.so\.cache "
)
# Taken off, Unbound is Debian's again, and asks the Internet's root: in the lab, that is a lie, and
# whatever of ours starts before it is told of the lab's root would believe it.
SILENT = "systemctl stop unbound"


def on_both(script, words=""):
    """Run a script on both hosts at once."""
    command = ["sh", "-ec", script]
    running = [
        subprocess.Popen(["podman", "exec", "-i", name, *command], text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for name in HOSTS
    ]  # fmt: skip
    said = [one.communicate(words)[0] for one in running]
    assert [one.returncode for one in running] == [0, 0], said


def files(name):
    """Return main.cf, master.cf and what postconf reads from them."""
    script = "cat /etc/postfix/main.cf; echo ---; cat /etc/postfix/master.cf; echo ---; postconf -n"
    return inside(name, "sh", "-c", script)


@pytest.fixture(scope="session")
def play(tmp_path_factory):
    """Run a playbook on both hosts, with variables of its own; it must succeed."""
    place = tmp_path_factory.mktemp("attach")

    def run(playbook, *arguments, **variables):
        overlay = place / "overlay.yml"
        overlay.write_text(yaml.safe_dump({"ptrgate": {"hosts": dict.fromkeys(HOSTS, variables)}}))
        inventories = ("-i", ROOT / "inventory/lab", "-i", overlay)
        done = deploy(*inventories, *arguments, place=place / "runs", playbook=playbook)
        assert done.status == 0, done.said or done.output
        return done

    return run


@pytest.fixture(scope="session")
def byhand(play):
    """Take the appliances off, configure both by hand; whole appliances again in the end."""
    before = {name: fingerprint(name) for name in HOSTS}
    play("playbooks/detach.yml")
    detached = {name: fingerprint(name) for name in HOSTS}
    on_both(SILENT)
    on_both(INSTALL)
    on_both((HERE / "byhand.sh").read_text())
    yield detached
    on_both(SILENT)
    on_both("cp -a /etc/byhand/was/main.cf /etc/byhand/was/master.cf /etc/postfix/")
    on_both(PURGE)
    play("site.yml")
    differ = {one for name in HOSTS for one in fingerprint(name) ^ before[name]}
    assert "\n".join(one for one in sorted(differ) if not MOVES.search(one)) == ""


@pytest.fixture(scope="session")
def attached(byhand, play):  # noqa: ARG001 - configured by hand before
    """Attach; return each host's files before, and the run."""
    before = {name: files(name) for name in HOSTS}
    variables = {
        "ptrgate_attach": True,
        "ptrgate_hostname": "byhand.example",
        "ptrgate_relay_networks": ["198.51.100.128/29"],
    }
    return before, play("site.yml", "--diff", **variables), variables


@pytest.fixture(params=HOSTS)
def host(request, attached):  # noqa: ARG001 - nothing is tested before it is attached
    """One host after the other."""
    return testinfra.get_host(f"podman://{request.param}")

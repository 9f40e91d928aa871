# SPDX-License-Identifier: GPL-3.0-or-later
"""mx-trixie as a host with a second address: what it sends, what waits, what arrived."""

import json
import re
import time
import uuid
from collections import Counter

from lab.mail import inside

HOST, EGRESS, INTERNET = "mx-trixie", "198.18.113.10", "203.0.113.20"
SMARTHOST = f"[{INTERNET}]:587"
SETTINGS = "/etc/ptrgate/gate.toml"
ROUTE = f"{INTERNET}/32 dev eth0 src {EGRESS}"
WAIT = 90
SERVICE = "587/inet"
FOUND = "/root/postfix-found"
OPTIONS = {
    "smtpd_tls_security_level": "encrypt",
    "smtpd_tls_cert_file": "/etc/postfix/lab-smarthost.pem",
    "smtpd_tls_key_file": "/etc/postfix/lab-smarthost.pem",
}
CERTIFICATE = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    " -subj /CN=smarthost.example"
    " -keyout /etc/postfix/lab-smarthost.pem -out /etc/postfix/lab-smarthost.crt 2>/dev/null"
    " && cat /etc/postfix/lab-smarthost.crt >> /etc/postfix/lab-smarthost.pem"
)


class Story:
    """The host, the Internet's mailboxes and smarthost, and the books of what was submitted."""

    def __init__(self) -> None:
        """Begin with empty books."""
        self.tokens: list[str] = []
        self.settings = self.run("cat", SETTINGS)
        self.since = self.run("date", "+%Y-%m-%d %H:%M:%S").strip()
        self.lost: list[str] = []

    def run(self, *command: str, words: str = "") -> str:
        """Run a command on the appliance."""
        return inside(HOST, *command, words=words)

    def internet(self, *command: str, words: str = "") -> str:
        """Run a command on the host that is the Internet."""
        return inside("internet", *command, words=words)

    def begin(self) -> None:
        """Have mail leave from the second address, and a peer say so; the smarthost is down."""
        self.run("systemctl", "stop", "ptrgate-gate.timer")
        self.run("sh", "-c", f"ip route replace {ROUTE}")
        keep = f"mkdir -p {FOUND} && cp -p /etc/postfix/ma*.cf {FOUND}"
        self.internet("sh", "-c", f"{keep} && {CERTIFICATE}")
        self.internet("postconf", "-e", r"smtpd_reject_footer = \c. You are $client_address")
        self.internet("postfix", "reload")
        assert self.wait_for(lambda: not self.waiting())
        self.settle(smarthost=SMARTHOST)

    def end(self) -> None:
        """Leave everything as it was."""
        self.run("sh", "-c", f"ip route del {ROUTE} || true")
        self.run("sh", "-c", f"cat > {SETTINGS}", words=self.settings)
        put_back = f"cp -p {FOUND}/* /etc/postfix && rm -r {FOUND} /etc/postfix/lab-smarthost.*"
        self.internet("sh", "-c", put_back)
        self.internet("postfix", "reload")
        self.regain_ptr()
        self.prove_until("direct")
        self.run("systemctl", "start", "ptrgate-gate.timer")
        self.wait_for(lambda: not self.waiting())

    def settle(self, smarthost: str) -> None:
        """Tell the gate whom to ask where mail comes from, and of a smarthost."""
        changed = {"egress_addresses": [], "peers": [INTERNET], "smarthost": smarthost}
        lines = [line for line in self.settings.splitlines() if line.split(" = ")[0] not in changed]
        lines += [f"{key} = {json.dumps(value)}" for key, value in changed.items()]
        self.run("sh", "-c", f"cat > {SETTINGS}", words="\n".join(lines) + "\n")

    def smarthost(self, *, up: bool) -> None:
        """Start or stop the Internet's smarthost."""
        if up:
            self.internet("postconf", "-M", f"{SERVICE}=587 inet n - n - - smtpd")
            self.internet("postconf", "-P", *(f"{SERVICE}/{k}={v}" for k, v in OPTIONS.items()))
        else:
            self.internet("postconf", "-MX", SERVICE)
        self.internet("postfix", "reload")
        open_now = "ss -Hltn 'sport = :587' | grep -q ."
        wanted = open_now if up else f"! {open_now}"
        self.internet("sh", "-c", f"until {wanted}; do sleep 0.2; done")

    def gate(self) -> dict:
        """Return what the gate says of itself."""
        return json.loads(self.run("ptrgate", "gate", "status", "--json"))

    def prove_until(self, rung: str) -> bool:
        """Prove as the timer would, two seconds apart, until the gate reaches the rung."""
        for _ in range(15):
            self.run("ptrgate", "gate", "prove")
            if self.gate()["rung"] == rung:
                return True
            time.sleep(2.1)
        return False

    def lose_ptr(self) -> None:
        """Take away the PTR records of all addresses that mail leaves from."""
        self.lost = [row["address"] for row in self.gate()["proofs"]]
        inside("dns", "lab-dns", "remove", *self.lost)

    def regain_ptr(self) -> None:
        """Give them back."""
        if self.lost:
            inside("dns", "lab-dns", "restore", *self.lost)
            self.lost = []

    def send(self, number: int) -> None:
        """Submit so many messages to the Internet, each with a token of its own."""
        script = ""
        for _ in range(number):
            self.tokens.append(f"token-{uuid.uuid4().hex}")
            text = f"Subject: {self.tokens[-1]}\n\n{self.tokens[-1]}\n"
            script += f"sendmail -f a@company.example anyone@destination.example <<'.'\n{text}.\n"
        self.run("sh", words=script)

    def copies(self) -> dict[str, int]:
        """Return how often each message lies in the Internet's mailboxes."""
        found = self.internet(
            "sh", "-c", "grep -rhao '^Subject: token-[0-9a-f]*' /var/mail/lab || true"
        )
        counted = Counter(line.removeprefix("Subject: ") for line in found.splitlines())
        return {token: counted[token] for token in self.tokens}

    def waiting(self) -> list[dict]:
        """Return what waits in the queue."""
        return [json.loads(line) for line in self.run("postqueue", "-j").splitlines()]

    def books(self) -> tuple[int, int]:
        """Return how many copies were delivered and how many messages wait."""
        return sum(self.copies().values()), len(self.waiting())

    def refused(self) -> int:
        """Return how many wait because the smarthost takes no connections."""
        reasons = [one["recipients"][0].get("delay_reason", "") for one in self.waiting()]
        return sum(
            f"connect to {INTERNET}[{INTERNET}]:587: Connection refused" in r for r in reasons
        )

    def through_smarthost(self) -> int:
        """Return how many messages the smarthost took."""
        tag = ["-t", "postfix/smarthost/smtp"]
        log = self.run("journalctl", "-o", "cat", "--since", self.since, *tag).splitlines()
        relay = f"relay={INTERNET}[{INTERNET}]:587"
        return sum(relay in line and "status=sent" in line for line in log)

    def origins(self) -> set[str]:
        """Return the addresses that our messages came to the Internet from."""
        files = f"grep -rlE '{'|'.join(self.tokens)}' /var/mail/lab"
        lines = self.internet("sh", "-c", f"{files} | xargs grep -hE '^Received: from {HOST}'")
        return set(re.findall(r"\[(?:IPv6:)?([0-9a-f.:]+)\]\)", lines))

    def bounces(self) -> str:
        """Return the lines of this story that tell of a bounce."""
        log = self.run("journalctl", "-o", "cat", "--since", self.since, "--no-pager")
        return "\n".join(
            line
            for line in log.splitlines()
            if "status=bounced" in line or "status=expired" in line
        )

    @staticmethod
    def wait_for(condition, seconds: float = WAIT) -> bool:
        """Wait until the condition holds; tell whether it does."""
        ends = time.monotonic() + seconds
        while not condition() and time.monotonic() < ends:
            time.sleep(0.5)
        return condition()

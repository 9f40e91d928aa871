# SPDX-License-Identifier: GPL-3.0-or-later
"""A provider's relay: takes mail only over TLS and from whom it knows; writes a line for each.

Called as ``relay.py CERTIFICATE-WITH-KEY FILE``; listens at ports 587 (STARTTLS) and 465 (TLS). The
first label of an address says what is refused; with a third argument, that is its answer to EHLO.
"""

import base64
import json
import socketserver
import ssl
import sys
import threading

CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
KNOWN = b"\0us\0it's a secret"
REFUSED = {
    "suspended": "550 5.7.1 your account is suspended",
    "denied": "554 5.7.1 relay access denied",
    "plain": "550 relay not permitted",
    "forged": "550 5.1.0 Sender address rejected: User unknown",
    "unknown": "550 5.1.1 no such user",
    "unrouted": "550 Unrouteable address",
    "quota": "554 5.7.1 you have sent too much today",
    "malformed": "554 5.6.0 what a message",
}


class Relay(socketserver.StreamRequestHandler):
    """One session."""

    tls = known = False

    def handle(self):
        self.say("220 smarthost.example ESMTP")
        while line := self.rfile.readline():
            verb, _, rest = line.decode("ascii", "replace").strip().partition(" ")
            getattr(self, f"on_{verb.lower()}", self.on_other)(rest)

    def say(self, *lines):
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
        self.wfile.flush()

    def refuses(self, path):
        """Refuse an address that asks for it."""
        words = REFUSED.get(path.partition("<")[2].partition("@")[0])
        if words:
            self.say(words)
        return bool(words)

    def on_ehlo(self, _rest):
        if sys.argv[3:]:
            return self.say(sys.argv[3])
        return self.say("250-smarthost.example", "250 AUTH PLAIN" if self.tls else "250 STARTTLS")

    def on_starttls(self, _rest):
        self.say("220 go on")
        self.request = CONTEXT.wrap_socket(self.request, server_side=True)
        self.tls = True
        self.setup()

    def on_auth(self, rest):
        self.known = self.tls and base64.b64decode(rest.partition(" ")[2]) == KNOWN
        self.say("235 welcome" if self.known else "535 5.7.8 no")

    def on_helo(self, rest):
        self.on_ehlo(rest)

    def on_mail(self, rest):
        self.sender = rest.partition("<late-")[2]
        if not self.refuses(rest):
            self.say("250 2.1.0 yes" if self.known else "530 5.7.0 who are you?")

    def on_rcpt(self, rest):
        if not self.refuses(rest):
            self.say("250 2.1.5 yes")

    def on_data(self, _rest):
        self.say("354 go on")
        lines = iter(self.rfile.readline, b".\r\n")
        subjects = [line.decode().strip() for line in lines if line.startswith(b"Subject: ")]
        if self.refuses(f"<{self.sender}"):
            return
        with open(sys.argv[2], "a", encoding="utf-8") as file:  # noqa: PTH123 - as short as it gets
            file.write(json.dumps(subjects[0].removeprefix("Subject: ")) + "\n")
        self.say("250 2.0.0 taken")

    def on_quit(self, _rest):
        self.say("221 bye")

    def on_other(self, _rest):
        self.say("250 2.0.0 yes")


class Wrapped(Relay):
    """One session at port 465."""

    def setup(self):
        self.request = CONTEXT.wrap_socket(self.request, server_side=True)
        self.tls = True
        super().setup()


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    CONTEXT.load_cert_chain(sys.argv[1])
    wrapped = Server(("0.0.0.0", 465), Wrapped)  # noqa: S104 - the lab's own network
    threading.Thread(target=wrapped.serve_forever, daemon=True).start()
    Server(("0.0.0.0", 587), Relay).serve_forever()  # noqa: S104 - the lab's own network

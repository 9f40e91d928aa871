# SPDX-License-Identifier: GPL-3.0-or-later
"""Submit mail from an address of ours, and print the replies as JSON.

Runs on the lab host `internet`: submit.py SOURCE TARGET PORT TLS LOGIN LINE ...
TLS is none, starttls or wrapped; LOGIN is NAME:PASSWORD, or empty. A line `DATA SUBJECT` is
followed by a message. Prints a list of [line, reply], beginning with what EHLO and the login were
answered.
"""

import base64
import json
import smtplib
import socket
import ssl
import sys


def main(source: str, target: str, port: str, tls: str, login: str, *lines: str) -> None:
    """Connect, log in, say every line."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    stream = socket.create_connection((target, int(port)), 30, (source, 0))
    session = smtplib.SMTP()
    session.sock = context.wrap_socket(stream) if tls == "wrapped" else stream
    said = [["", reply(session.getreply())], ["EHLO", reply(session.ehlo("client.example"))]]
    if tls == "starttls":
        session._host = target  # what starttls() shows as the server's name
        session.starttls(context=context)
        said[-1][1] = reply(session.ehlo("client.example"))
    if login:
        name, _, password = login.partition(":")
        words = base64.b64encode(f"\0{name}\0{password}".encode()).decode()
        said.append(["AUTH", reply(session.docmd("AUTH PLAIN", words))])
    for line in lines:
        word, _, subject = line.partition(" ")
        if word == "DATA":
            code, text = session.docmd("DATA")
            if code == 354:
                session.send(f"Subject: {subject}\r\n\r\nhello\r\n.\r\n".encode())
                code, text = session.getreply()
            said.append([line, reply((code, text))])
        else:
            said.append([line, reply(session.docmd(line))])
    json.dump(said, sys.stdout)


def reply(heard: tuple[int, bytes]) -> str:
    """Return code and text of a reply."""
    return f"{heard[0]} {heard[1].decode('ascii', 'replace')}"


main(*sys.argv[1:])

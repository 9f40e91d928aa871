# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deployment could have changed on a host, in lines that can be compared."""

from __future__ import annotations

from lab.mail import inside

# Postfix's two files may differ in form alone (and so how we left them): what postconf reads from
# them is compared instead.
# The gate's state and what the milter's workers share move by themselves; the page comes when it
# is called and leaves when it is idle.
SCRIPT = r"""
cd /
files() {
    find etc usr/lib/ptrgate usr/bin/ptrgate var/lib/ptrgate var/spool/postfix/ptrgate \
        var/spool/postfix/etc/resolv.conf \
        -not -path '*/__pycache__*' -not -name 'gate*.json*' \
        -not -path 'var/lib/ptrgate/milter/*' -not -path 'etc/resolv.conf.*~' \
        -not -path 'var/lib/ptrgate/postfix-previous/left.json' "$@" 2> /dev/null
}
files -type f -not -path etc/postfix/main.cf -not -path etc/postfix/master.cf -print0 |
    xargs -0 sha256sum | awk '{print "content", $2, substr($1, 1, 16)}'
files -printf 'mode %p %y%m %u:%g %l\n'
for kind in -n -M -P; do postconf $kind 2> /dev/null | sed "s/^/postconf $kind /"; done
systemctl list-unit-files --no-legend --no-pager 'ptrgate*' 'postfix*' 'unbound*' 'nginx*' |
    sed 's/^/unit /'
systemctl list-units --all --plain --no-legend --no-pager --type service,socket,timer \
    'ptrgate-[dmp]*' ptrgate-gate.timer 'postfix*' 'unbound*' 'nginx*' |
    awk '$1 !~ /^ptrgate-(page|metrics).service$/ {print "runs", $1, $2, $3}'
dpkg-query --show --showformat 'package ${Package} ${Version}\n'
cut -d: -f1 etc/passwd | sed 's/^/user /'
"""


def fingerprint(host: str) -> set[str]:
    """Return the lines of one host of the lab."""
    return {" ".join(line.split()) for line in inside(host, "sh", words=SCRIPT).splitlines()}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Exit statuses: what check decided, probe found or why knows, otherwise sysexits(3)."""

ACCEPT = GOOD = 0
REFUSE = BAD = NOTHING = 1
DEFER = UNKNOWN = 2
USAGE = 64
FAILURE = 70
BAD_POLICY = 78
INTERRUPTED = 130

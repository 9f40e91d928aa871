# SPDX-License-Identifier: GPL-3.0-or-later
"""Exit statuses: what check decided, otherwise sysexits(3)."""

ACCEPT = 0
REFUSE = 1
DEFER = 2
USAGE = 64
FAILURE = 70
BAD_POLICY = 78
INTERRUPTED = 130

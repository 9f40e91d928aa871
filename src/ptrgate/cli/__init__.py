# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: one file a verb, found through the table in frame.py."""

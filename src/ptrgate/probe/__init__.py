# SPDX-License-Identifier: GPL-3.0-or-later
"""What strangers can do with a mail server: tried from outside, and never more than tried.

Tables of what is said and what must be answered, and one edge that speaks SMTP (dialogue.py).
"""

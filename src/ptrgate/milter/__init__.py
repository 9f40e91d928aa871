# SPDX-License-Identifier: GPL-3.0-or-later
"""The face that speaks to Postfix: judges at connect, refuses at RCPT or MAIL (design 5 and 6)."""

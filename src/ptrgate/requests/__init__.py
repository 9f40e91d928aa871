# SPDX-License-Identifier: GPL-3.0-or-later
"""Exceptions that refused administrators ask for on the page, until the operator has decided."""

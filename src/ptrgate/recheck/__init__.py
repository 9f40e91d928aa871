# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at an address again, now and past all caches, for the page, which has no network."""

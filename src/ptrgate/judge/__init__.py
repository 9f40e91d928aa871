# SPDX-License-Identifier: GPL-3.0-or-later
"""The judgement of a client address: pure functions, standard library only."""

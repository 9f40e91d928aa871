# SPDX-License-Identifier: GPL-3.0-or-later
"""PTRgate: reverse DNS checked, refusals explained, its own name proved."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""The page a refused sender lands on; the only place that imports flask."""

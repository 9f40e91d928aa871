# SPDX-License-Identifier: GPL-3.0-or-later
"""What the workers of a host share and remember, in one directory (design 6)."""

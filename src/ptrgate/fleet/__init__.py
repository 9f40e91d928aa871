# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts of a fleet tell each other through a store that nobody has to trust (design 9)."""

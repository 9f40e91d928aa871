# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be looked at with rights that the metrics have not: queue and certificates."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""The DNS edge: the only place that imports dnspython."""

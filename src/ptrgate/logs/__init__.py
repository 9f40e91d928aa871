# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened on this host, read from its journal."""

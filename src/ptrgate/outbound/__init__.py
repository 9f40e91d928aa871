# SPDX-License-Identifier: GPL-3.0-or-later
"""The outbound gate: mail leaves directly only where the host's own reverse DNS is proved."""

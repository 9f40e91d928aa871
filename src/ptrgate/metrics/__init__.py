# SPDX-License-Identifier: GPL-3.0-or-later
"""What this host counts and knows, for people, scripts and Prometheus (design 6)."""

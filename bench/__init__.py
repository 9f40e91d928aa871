# SPDX-License-Identifier: GPL-3.0-or-later
"""Measurements and endurance: what takes minutes and is recorded, not run at every change."""

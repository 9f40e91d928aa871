# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile inputs by the million for everything that reads what strangers write."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

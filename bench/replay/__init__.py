# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast logs are replayed, and that what is found is what was written."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line as a module: python3 -m ptrgate."""

import sys

from .cli.frame import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

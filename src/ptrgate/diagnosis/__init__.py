# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found, in the words that page, CLI and module say."""

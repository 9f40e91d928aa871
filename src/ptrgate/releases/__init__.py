# SPDX-License-Identifier: GPL-3.0-or-later
"""The releases of this host: what each one says, which one is in use, and the way back."""

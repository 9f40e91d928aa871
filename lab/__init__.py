# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab: a small Internet with senders, name servers and two blank Debians."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""What every fault begins and ends with: empty books, and both appliances in good health."""

import pytest

from lab import mail
from tests.outage import HEALTHY, Books, all_well, on_all, wait_for


@pytest.fixture
def books():
    """Return empty books."""
    mail.inside("inner", "sh", "-c", f"rm -rf {mail.MAILBOXES}/*")
    return Books()


@pytest.fixture(autouse=True)
def hosts():
    """Demand that all is well again after every test."""
    yield
    on_all(f"systemctl start {HEALTHY}")
    assert wait_for(all_well, 40), on_all("systemctl status ptrgate-milter --no-pager || true")

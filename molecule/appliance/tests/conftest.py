# SPDX-License-Identifier: GPL-3.0-or-later
"""Who the appliances are."""

import pytest

from lab import mail


@pytest.fixture
def name(host):
    """Return the appliance's name in the inventory."""
    return host.backend.name


@pytest.fixture(scope="session")
def inventory():
    """Return all variables of the inventory, by host."""
    return mail.inventory()["_meta"]["hostvars"]

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host knows besides the policy and DNS, composed from the files of its state directory."""

from ..judge.finding import Judgement
from ..judge.policy import Circumstances, Exemption
from .overrides import Overrides


class HostStanding:
    """The standing of this host, for many threads; never raises."""

    def __init__(self, overrides: Overrides) -> None:
        """Compose what the operator said at run time."""
        self._overrides = overrides

    def exemptions(self) -> tuple[Exemption, ...]:
        """Return the exemptions made at run time."""
        return self._overrides.exemptions()

    def of(self, _judgement: Judgement) -> Circumstances:
        """Return what holds for a client that was just judged."""
        return Circumstances(
            paused=self._overrides.paused() is not None, exemptions=self.exemptions()
        )

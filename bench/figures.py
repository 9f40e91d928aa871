# SPDX-License-Identifier: GPL-3.0-or-later
"""From passes to figures: medians, ratios of what was measured side by side, and the targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from bench.passes import Pass

# what is compared -> clients, whether they send a message
KINDS: dict[str, tuple[tuple[str, ...], bool]] = {
    "accepted": (("good",), True),
    "accepted, no message": (("good",), False),
    "refused": (("no_ptr", "forged"), False),
    "dynamic": (("dynamic",), False),
    "mixed": ((), False),
}
TEMPERATURES = ("cold", "warm")
SETTINGS = ("none", "postfix", "oracle", "ptrgate")


@dataclass(frozen=True)
class Trial:
    """One pass and when it was: its round, what met it, and how warm the caches were."""

    round: int
    kind: str
    temperature: str
    measured: Pass


@dataclass(frozen=True)
class Spread:
    """A median, and the least and most of what it is the median of."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        """Write it for a table."""
        return f"{self.median:.2f} ({self.least:.2f}-{self.most:.2f})"


@dataclass(frozen=True)
class Target:
    """One thing to reach: the figure, its bound, and on which side of it is well."""

    what: str
    bound: float
    figure: float
    at_least: bool = False

    @property
    def reached(self) -> bool:
        """Tell whether it is reached."""
        return self.figure >= self.bound if self.at_least else self.figure <= self.bound


def spread(numbers: Iterable[float]) -> Spread:
    """Return the median and the bounds of some numbers."""
    every = sorted(numbers)
    return Spread(median(every), every[0], every[-1])


def chosen(trials: Iterable[Trial], kind: str, temperature: str, setting: str) -> list[Pass]:
    """Return the passes of one kind, in the order of their rounds."""
    wanted = (kind, temperature, setting)
    return [
        trial.measured
        for trial in sorted(trials, key=lambda trial: trial.round)
        if (trial.kind, trial.temperature, trial.measured.setting) == wanted
    ]


def ratio(
    trials: Sequence[Trial],
    kind: str,
    temperature: str,
    figure: Callable[[Pass], float],
    setting: str = "ptrgate",
) -> Spread:
    """Return a setting's by Postfix's own check, each from the same round and clients."""
    ours = chosen(trials, kind, temperature, setting)
    theirs = chosen(trials, kind, temperature, "postfix")
    return spread(figure(a) / figure(b) for a, b in zip(ours, theirs, strict=True))


def total(measured: Pass) -> float:
    """Return processor milliseconds a session in all."""
    return measured.cpu["total"]


def milter(measured: Pass) -> float:
    """Return processor milliseconds a session of the milter's processes."""
    return measured.cpu["milter"]


def targets(trials: Sequence[Trial]) -> list[Target]:
    """Return what is to be reached by the rounds."""
    found = []
    for temperature in TEMPERATURES:
        for kind, most in (("accepted", 1.10), ("accepted, no message", 1.10), ("refused", 1.25)):
            reached = ratio(trials, kind, temperature, total).median
            found.append(Target(f"total CPU, {kind}, {temperature}: ratio", most, reached))
        most = 0.6 if temperature == "cold" else 0.3
        for kind in ("accepted", "refused", "dynamic"):
            alone = spread(map(milter, chosen(trials, kind, temperature, "ptrgate"))).median
            found.append(Target(f"milter, {kind}, {temperature}: ms a session", most, alone))
        rate = ratio(trials, "mixed", temperature, lambda measured: measured.rate).median
        found.append(Target(f"sessions a second, mixed, {temperature}: ratio", 0.9, rate, True))
    return found


def table(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """Return one row for each kind, temperature and setting, of medians."""
    rows = []
    for kind in KINDS:
        for temperature in TEMPERATURES:
            for setting in SETTINGS:
                if passes := chosen(trials, kind, temperature, setting):
                    row = {"kind": kind, "temperature": temperature, "setting": setting}
                    rows.append(row | _medians(passes))
    return rows


def _medians(passes: Sequence[Pass]) -> dict[str, Any]:
    names = ("rate", "p50", "p99", "octets", "questions")
    whole: dict[str, Any] = {name: median(asdict(one)[name] for one in passes) for name in names}
    whole["cpu"] = {name: median(one.cpu[name] for one in passes) for name in passes[0].cpu}
    whole["wrong"] = sum(sum(one.wrong.values()) for one in passes)
    whole["sessions"] = sum(one.sessions for one in passes)
    return whole

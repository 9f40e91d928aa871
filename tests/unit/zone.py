# SPDX-License-Identifier: GPL-3.0-or-later
"""A Lookup that is a dict: what DNS answers, without DNS. An exception-free stand-in."""

from ptrgate.judge.answers import Answer, AnswerStatus

FAILS = "fails"


class Zone:
    """``{address: [names], name: [addresses]}``; FAILS instead of a list is a failed lookup."""

    def __init__(self, records):
        self.records = records
        self.asked = []

    def pointers(self, address):
        return self._answer(str(address), str(address))

    def addresses(self, name, version):
        return self._answer(name, f"{name} {version}", version)

    def _answer(self, key, question, version=None):
        self.asked.append(question)
        values = self.records.get(key, [])
        if values == FAILS:
            return Answer(AnswerStatus.FAILED, reason="SERVFAIL from 127.0.0.1:53", queries=1)
        if version is not None:
            values = [v for v in values if (":" in v) == (version == 6)]
        status = AnswerStatus.OK if values else AnswerStatus.NODATA
        return Answer(status, tuple(values), queries=1)

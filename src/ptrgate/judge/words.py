# SPDX-License-Identifier: GPL-3.0-or-later
"""The closed vocabulary: every word that travels in logs, replies, JSON and pages."""

from enum import StrEnum


class IprevResult(StrEnum):
    """The result of RFC 8601 section 2.7.3; there is no "none"."""

    PASS = "pass"  # noqa: S105 (a result of RFC 8601, not a secret)
    FAIL = "fail"
    PERMERROR = "permerror"
    TEMPERROR = "temperror"


class Finding(StrEnum):
    """What the address is."""

    OK = "ok"
    NO_PTR = "no_ptr"
    FORGED = "forged"
    DYNAMIC = "dynamic"
    DNS_FAILURE = "dns_failure"


class Action(StrEnum):
    """How a client is treated, mildest first."""

    ACCEPT = "accept"
    LOG = "log"
    TAG = "tag"
    DEFER = "defer"
    REFUSE = "refuse"


EXEMPTION = "exemption"  # the start of the rule "exemption:ID"


class Rule(StrEnum):
    """Why a client was treated so; exemptions are the text "exemption:ID" instead."""

    DEFAULT = "default"
    OWN_NETWORK = "own_network"
    AUTHENTICATED = "authenticated"
    POSTMASTER = "postmaster"
    REMEMBERED = "remembered"
    WARNED = "warned"
    WRITTEN_TO = "written_to"
    BREAKER = "breaker"
    PRIVATE_ADDRESS = "private_address"
    OBSERVE = "observe"
    PAUSED = "paused"


class Source(StrEnum):
    """Where the answer about a client came from."""

    NONE = "none"
    POSTFIX = "postfix"
    DNS = "dns"
    CACHE = "cache"


class Diagnosis(StrEnum):
    """What exactly is wrong: refines a finding, and decides who must repair what."""

    OK = "ok"
    NO_PTR = "no_ptr"
    PTR_NOT_DELEGATED = "ptr_not_delegated"
    LAME_DELEGATION = "lame_delegation"
    BROKEN_CLASSLESS_DELEGATION = "broken_classless_delegation"
    FORWARD_MISSING = "forward_missing"
    FORWARD_MISMATCH = "forward_mismatch"
    JUNK_NAME = "junk_name"
    DYNAMIC_NAME = "dynamic_name"
    DNS_FAILURE = "dns_failure"
    NOT_PUBLIC = "not_public"
    IPV6_WITHOUT_PTR = "ipv6_without_ptr"


class NameResult(StrEnum):
    """What came of one name of the address."""

    CONFIRMED = "confirmed"
    MISMATCH = "mismatch"
    NO_ADDRESS = "no_address"
    FAILED = "failed"
    JUNK = "junk"
    NOT_ASKED = "not_asked"


class Mode(StrEnum):
    """Whether the policy acts or only watches."""

    OBSERVE = "observe"
    ENFORCE = "enforce"


class RefuseAt(StrEnum):
    """The SMTP command whose answer carries the refusal."""

    RCPT = "rcpt"
    MAIL = "mail"


class Stage(StrEnum):
    """Where in its session a client was told, or treated, as the journal's line says."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    EOM = "eom"
    LEFT = "left"  # before anything was said
    ERROR = "error"  # of ours


class Family(StrEnum):
    """The IP version of a client."""

    V4 = "v4"
    V6 = "v6"


class Point(StrEnum):
    """How sure one must be that a name is a line's before it counts as one."""

    STRICT = "strict"
    BALANCED = "balanced"
    CAUTIOUS = "cautious"

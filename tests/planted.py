# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of a release that `postfix check` lets pass, for the trial and for whole rollouts."""

WHERE = ("smtpd_relay_restrictions", "smtpd_recipient_restrictions")
OPEN = "check_client_access static:OK, reject_unauth_destination"
# name -> what Postfix would be told, and words that must be in what is wrong
FAULTS = {
    "an open relay": ([f"{name}={OPEN}" for name in WHERE], "relaying"),
    "an unknown restriction": (["smtpd_relay_restrictions=permit_all"], "permit_all"),
    "no milter there": (["smtpd_milters=unix:/nowhere.sock"], "nowhere.sock"),
    "a missing table": (["relay_recipient_maps=hash:/etc/postfix/nowhere"], "nowhere"),
    "an expression that is none": (["header_checks=pcre:{ {/(/ IGNORE} }"], "pcre"),
    "a network that is none":
        (["smtpd_client_restrictions=check_client_access cidr:{ {192.0.2.1/99 OK} }"], "cidr"),
    "a missing certificate": (["smtpd_tls_chain_files=/etc/postfix/nowhere.pem"], "nowhere.pem"),
    "a certificate without its key":
        (["smtpd_tls_chain_files=/etc/ssl/certs/ssl-cert-snakeoil.pem"], "TLS"),
    "a protocol that is none": (["smtpd_tls_protocols=>=TLSv9"], "TLSv9"),
    "a time that is none": (["smtpd_timeout=5x"], "5x"),
    "no TLS": (["smtpd_tls_security_level=none"], "STARTTLS"),
    "everybody is refused": (["smtpd_sender_restrictions=reject"], "Access denied"),
    "no message fits": (["message_size_limit=10"], "a message"),
    "a daemon that is not there": (["cleanup_service_name=nowhere"], "nowhere"),
    "a number that is none": (["default_process_limit=many"], "does not start"),
    "no such group in an expression":
        (["virtual_alias_maps=regexp:{ {/^postmaster@/ $$2} }"], "regexp"),
    "own domains forgotten": (["relay_domains="], "user@company.example"),
    "nobody exists": (["relay_recipient_maps=inline:{ {nobody@company.example=x} }"],
                      "user@company.example"),
    "a content filter that is not there": (["content_filter=nowhere:[127.0.0.1]:9"], "nowhere"),
    "all mail is thrown away": (["transport_maps=static:discard:"], "thrown away"),
    "own mail is thrown away": (["relay_transport=discard"], "user@company.example is thrown away"),
    "mail is kept": (["defer_transports=nexthop, local, smtp"], "deferred transport"),
    "mail is sent back": (["transport_maps=inline:{ {company.example=error:5.7.0 gone} }"], "gone"),
    "a transport that is not there": (["relay_transport=nowhere"], "nowhere"),
    "a policy service that is not there":
        (["smtpd_recipient_restrictions=check_policy_service unix:private/nowhere"], "nowhere"),
}  # fmt: skip

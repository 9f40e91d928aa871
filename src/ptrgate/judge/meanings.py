# SPDX-License-Identifier: GPL-3.0-or-later
"""What each rule of evidence.py means, in words for whoever asks why."""

_BESIDE = {
    ".access": ", beside words of an access network",
    ".alone": ", without any number",
    ".deep": ", below a network's own label",
}
_MEANINGS = {
    "address.whole": "the whole address",
    "address.run": "the whole address in one piece",
    "address.hex": "the whole address in hexadecimal",
    "address.three": "three octets of the address",
    "address.hexthree": "three octets of the address in hexadecimal",
    "address.six": "the IPv6 address, or the half that tells hosts or networks apart",
    "address.sixpart": "a part of the IPv6 address: the customer's network, or its end",
    "address.two": "the last two octets of the address",
    "address.joined": "the last two octets of the address in one piece",
    "address.hexpair": "the last two octets of the address in hexadecimal",
    "address.other": "two octets of the address",
    "address.last": "the last octet of the address",
    "address.padded": "the last octet of the address at the end of a number",
    "address.wrapped": "the last octet of the address amid letters that are no word",
    "word.dynamic": "a word for addresses that are given out",
    "word.line": "a word for a kind of line",
    "word.customer": "a word for customers",
    "word.mobile": "a word for mobile or radio access",
    "word.plain": "a word for any address",
    "word.fixed": "a word for fixed addresses or companies",
    "word.hosted": "a word for hosting",
    "word.mail": "a word for mail servers",
    "word.service": "a word for a server of another kind",
    "domain.line": "the domain's owner speaks of lines",
    "domain.provider": "the domain's owner speaks of telecommunications",
    "domain.hosted": "the domain's owner speaks of hosting",
    "domain.mail": "the domain's owner speaks of mail",
    "domain.fixed": "the domain's owner speaks of companies",
    "idiom.mac": "a hardware address",
    "idiom.exchange": "a port and an exchange, as providers number lines",
    "idiom.port": "an access server and its port",
    "idiom.number": "a long running number, as of customers",
    "idiom.serial": "a running number",
    "placeholder": "a name that nobody chose",
    "unnamed": "a host that nobody gave a name",
    "school": "a domain of schools, universities or authorities",
    "operator.server": "this host's policy: a server's",
    "operator.line": "this host's policy: a line's",
}


def meaning(rule: str) -> str:
    """Return what a rule saw."""
    for ending, words in _BESIDE.items():
        if rule.endswith(ending):
            return _MEANINGS[rule.removesuffix(ending)] + words
    return _MEANINGS[rule]

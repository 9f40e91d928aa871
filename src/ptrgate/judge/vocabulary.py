# SPDX-License-Identifier: GPL-3.0-or-later
"""What words in a host's name speak of, in the languages in which providers name their lines.

A word is a run of letters. Whole words first; of a longer one the part that tells
("modemcable", "staticnet", "kundenserver") counts as the class in which it stands below.
"""

import re
from functools import lru_cache

# how a line gets its address; what it is made of; whose it is; that it moves
ACCESS = ("dynamic", "line", "customer", "mobile")

# also what people call their servers: they speak of a line only beside the client's address
MISTAKABLE = frozenset(
    """banda bb bras cab chello cm dip dup gigabit hispeed home homes hotspot internet kabel modem
    modems nas personal pool pools priv private public radio ras res roaming rtc speedy stud student
    sub subs user users velocity""".split()  # noqa: SIM905 (a list of words is read as one)
)

# also codes of places and networks: they speak of hosting only where nothing speaks of a line
CODES = frozenset({"app", "dc", "ec", "vm"})

_WORDS = {
    "dynamic": """dyn dynamic dynamicip dynip dynamics dinamico dinamica dinamic dynamique
        dynamisch dinamik dynamicka dhcp ipoe ipoefx einwahl ppp pppoe pptp dial dialup dialin
        dialer dip dup ras rtc modem modems isdn pool pools pooles pooled poolip cgn cgnat
        roaming""",
    "line": """adsl xdsl vdsl sdsl hdsl shdsl dsl dslb dslc dsld dsls cable catv docsis cm cmts hsd
        hfc cab chello kabel ftth fttb fttp fttx fttc pon gpon fiber fibre fibra fios bb bng
        broadband broadbands bband breitband bredband breedband banda internet speedy velocity
        lightspeed gigabit hispeed neoplus dslam bras nas kablo
        kablonet laajakaista""",
    "customer": """cust customer customers client clients cliente clientes clienti klient klienci
        kunde kunden user users usr home homes res resi residential subscriber subs sub abo abonent
        cpe priv private personal public consumer household dom domowy stud student dorm kund
        klant zakaznik ugyfel musteri assinante usuario usuarios abonado abonados utente utenti
        abonne abonnes teilnehmer""",
    "mobile": """mob mobile umts gprs lte cdma evdo wireless wifi wlan wimax hspa radio hotspot""",
    "plain": """ip ipv host h addr address net node hst pc rev reverse ptr inaddr range red rede
        subnet network unassigned unallocated unknown unused norev noptr rdns unspecified""",
    # not "fixed" itself: it is what operators with radio networks call their lines
    "fixed": """static sta stat statisch statique estatico estatica statik staticip staticip stip
        fix fixip fixedip fixo fijo fija ipfix stc dedicated ded dedi dia leased permanent
        business biz corp corporate enterprise company office sme""",
    "hosted": """server servers srv serv vps vm vmi vmd vds xen kvm vserver virtual machine root
        rootserver cloud compute colo coloc colocation hosting hosted webhosting members rack
        dc datacenter instance ec ecs droplet lightsail shared reseller cpanel plesk
        cluster app apps""",
    "mail": """m mail mails mailer mbox mta mtas mx mxs mxa mxb newsletter news list lists lyris out
        outbound outgoing post postfix posta poczta correo correio courrier courriel relay relays
        relais sender send smtp smtps exchange exim qmail email webmail bounce bounces delivery
        deliver mailing zimbra imap pop owa msg notes lotus domino antispam spam spamfilter filter
        filters barracuda ironport mimecast mm kerio esa enews""",
    # what a server does, if its first label says so; elsewhere the name of a network
    "service": "web www ns dns gw gate gateway fw firewall proxy router vpn",
}
_CLASSES = {word: name for name, words in _WORDS.items() for word in words.split()}

_PARTS = {
    "mail": "mail|smtp|mxout|outbound|^mx|mx$|relay|mta|newslet|postmast|spam",
    "fixed": "static|estatic|dedicat|business|fixip|corporat|colocat",
    "hosted": "server|hosting|cloud|vps|^vm|compute|datacent|webhost|srv$|^srv",
    "dynamic": "dynam|dinam|^dyn|dyn$|dhcp|pppo|^ppp|dialup|dialin|dialip|^dial(?!og)|^pool|ippool"
    "|dynpool|dslpool|natpool|pools$",
    "line": "dsl|cable|broadb|bredb|kabel|modem|catv|fiber|fibra|ftth|wimax|hsdp|breitb|^cmts",
    "customer": "custom|subscr|client|resident|klient|kunde|^cust|abonen",
    "mobile": "mobil|wireles|umts|gprs",
}
_PART = re.compile("|".join(f"(?P<{name}>{parts})" for name, parts in _PARTS.items()))
_LEAST_PARTED = 4  # letters

# what the registered domain's own label says of its owner
_OWNERS = {
    "mail": "mail|smtp|mx|messag|post|newslet|^send|sender",
    "hosted": "host|server|cloud|web|vps|colo|data|serv|rack|domain|dns",
    "fixed": "business|static",
    "line": "dsl|cable|kabel|broadb|catv|bredb|fiber|fibra|wireless|wifi|ppp|dial(?!og)|dyn|modem"
    "|(?<!liver)pool|dhcp|hsd$",
    "provider": "telecom|telek|telef|tele|tel$|^tel|phone|comm|mobil|inter|online|^isp|isp$|connect"
    "|link",
}
_OWNER = {name: re.compile(parts) for name, parts in _OWNERS.items()}

SCHOOLS = frozenset({"ac", "edu", "gov", "mil"})  # second or top level


@lru_cache(4096)
def speaks_of(word: str) -> str:
    """Return the class of a word in lower case, or "" if it says nothing."""
    known = _CLASSES.get(word, "")
    if known or len(word) < _LEAST_PARTED:
        return known
    match = _PART.search(word)
    return match.lastgroup or "" if match else ""


@lru_cache(4096)
def owner(label: str) -> tuple[tuple[str, tuple[int, int]], ...]:
    """Return what the registered domain's first label speaks of, each with where it says so."""
    found = ((name, pattern.search(label)) for name, pattern in _OWNER.items())
    return tuple((name, match.span()) for name, match in found if match)

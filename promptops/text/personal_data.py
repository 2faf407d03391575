"""E-mail addresses, telephone numbers, accounts, cards and national numbers of people in a text.

Only what is certain: numbers must carry their check digits, or the word that says what they are. What is set aside
for examples (example.org, 555-0100, the cards and accounts of test systems) is nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain

from promptops.text.check_digits import is_card_number, is_codice_fiscale, is_cpf, is_iban, is_resident_id
from promptops.text.text_match import TextMatch, without_overlaps

_AT = r"@((?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,6}[A-Za-z]{2,24})(?![\w@-])"
_REVERSED_NAME = r"[\w.%+'-]{0,63}[A-Za-z0-9_](?![\w.%+/@-])"
_ROLES = """
    info support noreply no-reply donotreply do-not-reply hello hi contact sales admin help helpdesk office team press
    media privacy security billing invoices accounting finance jobs careers hr legal service services kontakt contacto
    marketing feedback abuse postmaster webmaster hostmaster dpo enquiries inquiries orders order news newsletter git
    bot bots notifications customer customerservice customercare care returns shipping reservations bookings events
    partners community root user users username you your youremail yourname name someone somebody me myname test tester
    testuser foo bar email mail person recipient sender author
"""
_NOBODY = """
    johndoe john.doe janedoe jane.doe jdoe john jane john.smith jane.smith max.mustermann erika.mustermann alice bob
    firstname.lastname first.last
"""
_DOMAINS = """
    example test invalid localhost local company yourcompany mycompany domain yourdomain mydomain email mail acme
    website yoursite site contoso fabrikam northwind foo bar corp internal placeholder sample dummy users client
    customer business startup yourapp myapp
"""
_PRIVATE = """
    gmail googlemail gmx outlook hotmail live msn yahoo icloud proton protonmail aol web t-online freenet posteo mailbox
    orange free laposte wanadoo libero yandex qq 163 126 naver comcast verizon btinternet rediffmail uol bol
"""
_FILES = "png jpg jpeg gif svg webp js ts py json yml yaml md txt html css csv pdf xml sh"

_TABLE = 20_000
"""Characters of one line with nothing but numbers among a few letters: measurements, not letters of people."""
_DIGITS = r"\d(?:[^\d\n]{0,6}\d){6,}+"
_GROUPED = r"[ ()./-]{0,2}"
_PLUS = rf"(?<![\w+/=.*-])\+[1-9](?:{_GROUPED}\d){{8,14}}+(?![\d%])"
_LOCAL = r"(?<![\w+/=.-])(?:(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}|0\d{2,4}[-/ ](?:[ -]?\d){5,9}+)(?![\w-])"
_CALLS = r"(?i)(?:phone|\btel\b|\bmobile|\bcell\b|\bcall\b|telefon|téléphone|teléfono|\bhandy\b|\bmobil)[^\d\n]{0,20}$"
_FICTION = re.compile(  # numbers for films, country by country
    r"1?\d{3}555\d{4}|1?555\d{7}|1?8(?:00|33|44|55|66|77|88)\d{7}|\d{0,3}555\d{4}"
    r"|(?:\d{1,3}|0)800\d{6,8}"  # hotlines
    r"|(?:44|0)(?:7700900|207946|1632960|1134960|1214960|1614960|8081570)\d{3,4}"
    r"|(?:49|0)(?:3023125|6990009|4066969|2214710|8999998|1713920|17604069)\d{2,3}"
    r"|(?:33|0)(?:1|2|3|4|5)(?:9900|6191|5301|6571|3649)\d{4}|(?:33|0)63998\d{4}"
    r"|(?:61|0)(?:[2378](?:5550|7010)|491570)\d{3,4}"
)
_DUMMY = re.compile(r"(\d)\1{4}|(\d)\2\2(\d)\3\3|0987|12345|23456|34567|45678|56789|98765|(\d\d)\4{3}")

_IBAN = r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])"
_CARD = r"(?<![\w.+-])\d{4}[ -]?\d{4,6}[ -]?\d{4,5}(?:[ -]?\d{1,4})?(?![\w-]|\.\d)"
_PAYS = r"(?i)(?:card|visa|mastercard|amex|american express|credit|debit|karte|tarjeta|carte|cartão)[^\d\n]{0,20}$"
_SSN = r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])"
_SOCIAL = r"(?i)(?:\bssn\b|social security|social-security)[^\d\n]{0,24}$"
_CPF = r"(?<![\w.-])\d{3}\.\d{3}\.\d{3}-\d{2}(?![\w-])"
_FISCAL = r"(?<![A-Za-z0-9])[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?![A-Za-z0-9])"
_RESIDENT = r"(?<![\w.+-])[1-9]\d{5}(?:19|20)\d{9}[\dX](?![\w-])"


def find_personal_data(text: str) -> Iterator[TextMatch]:
    """Every datum of a person, in no order; no two overlap."""
    return without_overlaps(chain(_emails(text), _numbers(text)))


def _emails(text: str) -> Iterator[TextMatch]:
    roles, domains, files = frozenset(_ROLES.split()), frozenset(_DOMAINS.split()), frozenset(_FILES.split())
    nobody, private = frozenset(_NOBODY.split()), frozenset(_PRIVATE.split())
    for found in re.finditer(_AT, text) if "@" in text else ():
        # Backwards, so that long words are not tried from each of their letters.
        name = re.match(_REVERSED_NAME, text[max(0, found.start() - 80) : found.start()][::-1])
        if name is None:
            continue
        start, end = found.start() - name.end(), found.end()
        local, labels = text[start : found.start()].lower(), found[1].lower().split(".")
        made_up = labels[-1] in files or any("example" in one or one in domains for one in labels)
        role = any(part in roles for part in re.split(r"[-_.+\d]", local)) or local in nobody
        # `orders@`, `reservas@`, a bot's: who answers at a firm is certain only of a first and a last name.
        personal = labels[0] in private or re.match(r"[a-z]+[._][a-z]{2,}", local)
        in_address = "://" in text[max(0, start - 100) : start].rpartition(" ")[2].rpartition("\n")[2]
        if personal and not (made_up or role or in_address or local == found[1].lower()):
            yield TextMatch(start, end, "an e-mail address")


def _numbers(text: str) -> Iterator[TextMatch]:
    for cluster in re.finditer(_DIGITS, text):
        if cluster.end() - cluster.start() > _TABLE:
            continue
        begin, stop = max(0, cluster.start() - 6), cluster.end() + 8
        for what, pattern, judge in _NUMBERS:
            for found in re.compile(pattern).finditer(text, begin, stop):
                if judge(found[0], text[max(0, found.start() - 40) : found.start()]):
                    yield TextMatch(*found.span(), what)


def _is_foreign_call(number: str, before: str) -> bool:
    digits = re.sub(r"\D", "", number)
    # `+12345678` may be a sum: without spaces it must be as long as numbers are, or be called one.
    spoken = len(digits) < len(number) - 1 or len(digits) >= 11 or re.search(_CALLS, before) is not None
    return spoken and not _is_fiction(digits)


def _is_local_call(number: str, before: str) -> bool:
    return not _is_fiction(re.sub(r"\D", "", number)) and re.search(_CALLS, before) is not None


def _is_fiction(digits: str) -> bool:
    return _DUMMY.search(digits) is not None or _FICTION.fullmatch(digits) is not None


def _is_card(number: str, before: str) -> bool:
    digits = re.sub(r"\D", "", number)
    named = len(digits) < len(number) or re.search(_PAYS, before) is not None
    return named and is_card_number(digits) and not re.search(r"(\d)\1{4}", digits)


def _is_ssn(number: str, before: str) -> bool:
    known = ("078-05-1120", "219-09-9999", "123-45-6789", "111-22-3333")
    return number not in known and not _DUMMY.search(number.replace("-", "")) and bool(re.search(_SOCIAL, before))


# What it is, its form, and what makes it certain, from the number and the words before it.
_NUMBERS: tuple[tuple[str, str, Callable[[str, str], bool]], ...] = (
    ("an account number (IBAN)", _IBAN, lambda number, _: is_iban(number.replace(" ", ""))),
    ("a payment card's number", _CARD, _is_card),
    ("a telephone number", _PLUS, _is_foreign_call),
    ("a telephone number", _LOCAL, _is_local_call),
    ("a social security number", _SSN, _is_ssn),
    ("a Brazilian CPF number", _CPF, lambda number, _: is_cpf(number)),
    ("an Italian tax number", _FISCAL, lambda number, _: is_codice_fiscale(number)),
    ("a Chinese identity number", _RESIDENT, lambda number, _: is_resident_id(number)),
)

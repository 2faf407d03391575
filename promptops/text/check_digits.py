"""Numbers that prove themselves: IBAN, payment cards, and national numbers with check digits.

None of these is true for the numbers that banks and manuals print as examples.
"""

from __future__ import annotations

import re

# Country and length (the registry of ISO 13616). A country that is not here is not judged.
_IBAN_LENGTHS = (
    "AD24 AE23 AL28 AT20 BA20 BE16 BG22 BR29 CH21 CY28 CZ28 DE22 DK18 EE20 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18"
    " GR27 HR21 HU28 IE22 IL23 IS26 IT27 KW30 KZ20 LB28 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MT31 NL18 NO15 PK24"
    " PL28 PT25 QA29 RO24 RS22 SA24 SE24 SI19 SK24 SM27 TN24 TR26 UA29"
)
_IBAN_EXAMPLES = """
    DE89370400440532013000 DE75512108001245126199 DE02120300000000202051 GB29NWBK60161331926819 GB82WEST12345698765432
    GB33BUKB20201555555555 FR1420041010050500013M02606 FR7630006000011234567890189 NL91ABNA0417164300
    ES9121000418450200051332 IT60X0542811101000000123456 CH9300762011623852957 AT611904300234573201 BE68539007547034
    PL61109010140000071219812874 IE29AIBK93115212345678 LU280019400644750000 DK5000400440116243 NO9386011117947
    SE4550000000058398257466 FI2112345600000785 PT50000201231234567890154 CZ6508000000192000145399
    BE71096123456769 ES7921000813610123456789 NL02ABNA0123456789 PL10105000997603123456789123 SE7280000810340009783242
    FI1410093000123458 IE64IRCE92050112345678 LU120010001234567891 NO8330001234567 PT50002700000001234567833
    AT483200000012345864 CH5604835012345678009 CZ5508000000001234567899 DE91100000000123456789 DK9520000123456789
    FR7630006000011234567890189 GB98MIDL07009312345678 IT60X0542811101000000123456 AE070331234567890123456
"""
_CARD_EXAMPLES = """
    4242424242424242 4000056655665556 4012888888881881 4111111111111111 4444333322221111 4917610000000000
    4917300800000000 4005550000000001 4007000000027 4012000033330026 4222222222222 4532015112830366
    5555555555554444 5105105105105100 5200828282828210 5454545454545454 5424000000000015 5425233430109903
    2223003122003222 2222420000001113 2223000048410010 5431111111111111 5204740009900014 5500000000000004
    378282246310005 371449635398431 378734493671000 340000000000009 370000000000002 374245455400126
    6011111111111117 6011000990139424 6011000000000004 6011981111111113 30569309025904 38520000023237 36227206271667
    3056930009020004 36700102000000 3530111333300000 3566002020360505 3088000000000009 6205500000000000004
"""


def is_iban(value: str) -> bool:
    """ISO 13616: with the first four characters at the end, letters as 10 to 35, the rest of a division by 97 is 1."""
    if f"{value[:2]}{len(value)}" not in _IBAN_LENGTHS or value in _IBAN_EXAMPLES or "00000000" in value:
        return False
    return int("".join(str(int(char, 36)) for char in value[4:] + value[:4])) % 97 == 1


_BRANDS = {
    "Visa": r"4(?:\d{12}|\d{15}|\d{18})",
    "Mastercard": r"(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}",
    "American Express": r"3[47]\d{13}",
    "Discover": r"(?:6011|64[4-9]\d|65\d\d)\d{12}",
    "JCB": r"35(?:2[89]|[3-8]\d)\d{12}",
    "Diners Club": r"3(?:[68]\d\d|0[0-5]\d)\d{10}",
}


def is_card_number(digits: str) -> bool:
    """ISO/IEC 7812: a payment card's number of a known brand, whose last digit fits (Luhn)."""
    digits = "".join(str(int(digit)) for digit in digits)  # of any script
    # Payment services keep 4000 00… for their tests.
    example = f" {digits} " in _CARD_EXAMPLES.replace("\n", " ") or digits.startswith("400000")
    return re.fullmatch("|".join(_BRANDS.values()), digits) is not None and _luhn(digits) and not example


def _luhn(digits: str) -> bool:
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(int(digit) for digit in digits[-1::-2])) % 10 == 0


def is_cpf(value: str) -> bool:
    """Brazil's `111.444.777-35`: two check digits, each the weighted sum of the digits before it, modulo 11."""
    digits = [int(char) for char in value if char.isdigit()]
    if len(set(digits)) < 4 or digits[:9] in ([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 1, 4, 4, 4, 7, 7, 7]):
        return False
    for size in (9, 10):
        total = sum(digit * (size + 1 - place) for place, digit in enumerate(digits[:size]))
        if total * 10 % 11 % 10 != digits[size]:
            return False
    return True


_ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12,
                 14, 16, 10, 22, 25, 24, 23), strict=True))  # fmt: skip


def is_codice_fiscale(value: str) -> bool:
    """Italy's 16 characters; the last is a sum of the others. Mario Rossi (RSSMRA…) is everybody's example."""
    even = sum(int(char) if char.isdigit() else ord(char) - ord("A") for char in value[1:15:2])
    fits = chr((even + sum(_ODD[char] for char in value[0:15:2])) % 26 + ord("A")) == value[15]
    return fits and not value.startswith("RSSMRA")


def is_resident_id(value: str) -> bool:
    """China's 18 characters (GB 11643): a date of birth, and a last character modulo 11."""
    month, day = int(value[10:12]), int(value[12:14])
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(value[:17]))
    example = value in ("11010519491231002X", "110101199003077775", "440524188001010014")
    return 1 <= month <= 12 and 1 <= day <= 31 and "10X98765432"[total % 11] == value[17] and not example

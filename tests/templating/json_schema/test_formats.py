from __future__ import annotations

import pytest

from promptops.templating.json_schema.validator import compile_schema

ACCEPTED = {
    "date": ["2024-02-29"],
    "time": ["9:30", "09:30", "09:30:15", "09:30:15.5Z", "23:59:60+02:00"],
    "date-time": ["2024-01-01T09:30:15Z", "2024-01-01t09:30:15.123456789+0200", "2024-01-01T09:30:60z"],
    "email": ["a@b.de", "ä@b.de", "a@ä.de", "a b@c.de"],
    "idn-email": ["ä@ö.de"],
    "hostname": ["a", "a-b.de", "xn--a"],
    "ipv4": ["1.2.3.4"],
    "ipv6": ["::1"],
    "uri": ["https://de.wikipedia.org/wiki/Straße", "urn:a:b", "http://a.de/{x}"],
    "uri-reference": ["", "/x", "ä", "x#a"],
    "iri": ["http://a.de/ä"],
    "uri-template": ["http://a/{x}"],
    "json-pointer": ["", "/a~0b"],
    "relative-json-pointer": ["1/a"],
    "regex": [r"a\Z", r"\p{L}", "(?P<n>a)"],
    "uuid": ["123E4567-e89b-12d3-a456-426614174000"],
    "duration": ["P1Y1D", "PT1H"],
    "unknown": ["anything"],
}
REFUSED = {
    "date": ["2024-02-30", "1.2.2024", "2024-01-01\n"],
    "time": ["24:00", "half past", "09:30:15+2"],
    "date-time": ["2024-02-30T00:00:00Z", "2024-01-01 09:30:15Z", "2024-01-01T09:30:15"],
    "email": ["a@b", "a..b@c.de", ".a@b.de", "a@@b.de", "", "@b.de"],
    "idn-email": ["ä@ö"],
    "hostname": ["-a", "a..b", "x" * 64, "a_b"],
    "ipv4": ["256.1.1.1", "1.2.3"],
    "uri": ["/x", "http://a b", "x"],
    "uri-reference": ["a b", "\\x"],
    "regex": ["("],
    "uuid": ["123e4567"],
    "duration": ["P", "1 day", "PT"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in ACCEPTED for value in ACCEPTED[name]])
def test_a_format_takes_what_it_always_took(name: str, value: str) -> None:
    assert compile_schema({"format": name}).mismatch(value) is None


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in REFUSED for value in REFUSED[name]])
def test_a_format_refuses_what_it_always_refused(name: str, value: str) -> None:
    found = compile_schema({"format": name}).mismatch(value)
    assert found is not None
    assert found.message == f"must be {name}"


@pytest.mark.parametrize("name", ACCEPTED)
@pytest.mark.parametrize("piece", ["a", ".", "a.", "@", "1", ":", "1:", "%", "(", "P1", "{", "-", "/~0", "a@.", "#"])
def test_a_long_text_has_an_answer_in_every_format(name: str, piece: str) -> None:
    compile_schema({"format": name}).mismatch(piece * 20_000)

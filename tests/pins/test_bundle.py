"""A bundle is read back exactly as it was written, or not at all (case 32)."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.errors import PinError, SourceError
from promptops.model.canonical_json import canonical_json
from promptops.model.chat.message_template import text_message
from promptops.model.config import ModelSpec
from promptops.model.environment import Pin, Rollout
from promptops.model.prompt import Input, Prompt
from promptops.model.sealed_prompt import SealedPrompt, content_digest, template_digests, text_digest
from promptops.pins.bundle import Bundle, load_bundle, read_bundle, write_bundle
from promptops.pins.sealing import seal_closure
from promptops.templating.closure import Closure

MODEL = ModelSpec("small", "local", "m")
STYLE = "Be kind.\nNo “quotes”.\n"
ONE, TWO = "1" * 40, "2" * 40


def sealed(text: str, templates: dict[str, str] | None = None) -> SealedPrompt:
    """A prompt of one message."""
    names = {name: f"prompts/{name}" for name in templates or {}}
    prompt = Prompt(
        id="any",
        path=PurePosixPath("prompts/any.prompt.yml"),
        messages=(text_message("user", text),),
        inputs=(Input("who", {"type": "string"}, False, None),),
    )
    texts = {names[name]: body for name, body in (templates or {}).items()}
    return seal_closure(Closure(prompt, texts, {"": names} if names else {}), MODEL)


def bundle_of(pins: dict[str, Pin], versions: list[SealedPrompt], environment: str = "prod") -> Bundle:
    contents = {each.digest: each.content for each in versions}
    texts = {key: text for each in versions for key, text in each.texts.items()}
    return Bundle(environment, "4" * 40, pins, contents, texts)


HELLO = sealed("Hello {{ who }}. {% include 'style.j2' %}", {"style.j2": STYLE})
GREET = sealed("Grüße {{ who }} ☕ {% include 'style.j2' %}", {"style.j2": STYLE})
BYE = sealed("Bye {{ who }}")
PINS = {
    "hello": Pin("hello", ONE, HELLO.digest, Rollout(TWO, GREET.digest, 12.5)),
    "legal/bye": Pin("legal/bye", ONE, BYE.digest),
}
BUNDLE = bundle_of(PINS, [HELLO, GREET, BYE])
DATA = write_bundle(BUNDLE)
READ = BUNDLE._replace(digest="sha256:" + sha256(DATA[: DATA.rindex(b"sha256:")]).hexdigest())


def lines() -> list[bytes]:
    """The lines of the file but the last, each with its end."""
    return DATA.splitlines(keepends=True)[:-1]


def closed(body: bytes) -> bytes:
    """The body with the checksum that belongs to it: what an attacker would write."""
    return body + f"{content_digest(body)}\n".encode()


def with_header(change: Callable[[dict[str, Any]], object]) -> bytes:
    head, *rest = lines()
    header = json.loads(head)
    change(header)
    return closed(canonical_json(header) + b"\n" + b"".join(rest))


def refused(data: bytes) -> PinError:
    with pytest.raises(PinError) as caught:
        read_bundle(data, "a.bundle")
    assert caught.value.where == "a.bundle"
    assert caught.value.hint
    return caught.value


def test_what_was_written_is_read_back() -> None:
    assert read_bundle(DATA, "a.bundle") == READ
    assert READ.sealed(HELLO.digest).content == HELLO.content


def test_it_is_text_of_whole_lines_that_ends_with_its_own_digest() -> None:
    text = DATA.decode("utf-8")
    assert text.endswith(f"\n{READ.digest}\n")
    assert json.loads(text.splitlines()[0])["format"] == "promptops bundle 1"
    assert "Grüße" in text


def test_any_single_byte_changed_is_refused() -> None:
    for place in range(len(DATA)):
        for other in {DATA[place] ^ 1, DATA[place] ^ 0x20, 0, 10} - {DATA[place]}:
            with pytest.raises(PinError):
                read_bundle(DATA[:place] + bytes([other]) + DATA[place + 1 :], "a.bundle")


def test_a_byte_left_out_or_put_in_anywhere_is_refused() -> None:
    for place in range(len(DATA)):
        for changed in (DATA[:place] + DATA[place + 1 :], DATA[:place] + b"\n" + DATA[place:]):
            if changed != DATA:
                with pytest.raises(PinError):
                    read_bundle(changed, "a.bundle")


def test_cut_at_any_length_it_is_refused() -> None:
    for length in range(len(DATA)):
        with pytest.raises(PinError):
            read_bundle(DATA[:length], "a.bundle")


def test_lines_removed_doubled_or_swapped_are_refused() -> None:
    every = DATA.splitlines(keepends=True)
    for place in range(len(every)):
        refused(b"".join(every[:place] + every[place + 1 :]))
        refused(b"".join([*every[: place + 1], *every[place:]]))
        for other in range(place):
            swapped = list(every)
            swapped[place], swapped[other] = swapped[other], swapped[place]
            refused(b"".join(swapped))


@pytest.mark.parametrize(
    "changed",
    [
        DATA.replace(b"\n", b"\r\n"),
        DATA + b"\n",
        DATA + b" ",
        DATA + DATA,
        b"\xef\xbb\xbf" + DATA,
        b"",
        b"\n",
        b"{",
        DATA[:-1],
        closed(b""),
        closed(b"{}\n"),
        DATA.decode().encode("utf-16"),
    ],
)
def test_what_editors_and_transfers_do_to_a_file_is_refused(changed: bytes) -> None:
    refused(changed)


@given(st.binary(max_size=200), st.integers(0, len(DATA)), st.integers(0, len(DATA)))
def test_whatever_is_spliced_in_it_is_refused_or_the_very_same(piece: bytes, start: int, end: int) -> None:
    changed = DATA[: min(start, end)] + piece + DATA[max(start, end) :]
    try:
        assert read_bundle(changed, "a.bundle") == READ
        assert changed == DATA
    except PinError:
        assert changed != DATA


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    refused(data)
    refused(closed(data))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300)
@given(st.data())
def test_a_header_with_anything_in_it_and_a_right_checksum_serves_only_what_its_digests_cover(
    data: st.DataObject,
) -> None:
    def change(header: dict[str, Any]) -> None:
        place: Any = header
        while isinstance(place, dict) and place:
            key = data.draw(st.sampled_from(sorted(place)))
            if not isinstance(place[key], dict) or data.draw(st.booleans()):
                place[key] = data.draw(_json)
                return
            place = place[key]

    try:
        found = read_bundle(with_header(change), "a.bundle")
    except PinError:
        return
    _covered(found)


@given(st.permutations(range(len(lines()) - 1)), st.lists(st.integers(0, len(lines()) - 2), max_size=2))
def test_lines_in_any_order_with_a_right_checksum_serve_only_what_their_digests_cover(
    order: list[int], left_out: list[int]
) -> None:
    head, *rest = lines()
    data = closed(head + b"".join(rest[place] for place in order if place not in left_out))
    if left_out:
        refused(data)
    else:
        found = read_bundle(data, "a.bundle")
        _covered(found)
        assert found._replace(digest=READ.digest) == READ


def _covered(found: Bundle) -> None:
    for pin in found.pins.values():
        for arm in (pin, pin.rollout) if pin.rollout else (pin,):
            one = found.sealed(arm.digest)
            assert content_digest(one.content) == arm.digest
            for each in template_digests(one.content):
                assert text_digest(one.texts[each]) == each


@pytest.mark.parametrize("other", [BYE.digest, "sha256:" + "0" * 64, "sha256:", "", HELLO.digest.upper()])
def test_a_header_that_names_another_digest_is_refused_though_its_checksum_is_right(other: str) -> None:
    data = with_header(lambda header: header["pins"]["hello"].update(digest=other))
    assert "not what its pins name" in str(refused(data))


@pytest.mark.parametrize("percent", [10**400, float("nan"), float("inf"), -1, 101, True, "7", None, [1]])
def test_a_share_that_is_none_is_refused_though_the_checksum_is_right(percent: object) -> None:
    refused(with_header(lambda header: header["pins"]["hello"]["rollout"].update(percent=percent)))


@pytest.mark.parametrize("commit", ["", "1234567", "--output=x", "main", "A" * 40, 5, ["1" * 40]])
def test_an_id_that_is_no_full_id_is_refused_though_the_checksum_is_right(commit: object) -> None:
    refused(with_header(lambda header: header.update(commit=commit)))
    refused(with_header(lambda header: header["pins"]["hello"].update(commit=commit)))


def test_a_header_that_says_more_or_says_it_otherwise_is_refused_though_the_checksum_is_right() -> None:
    refused(with_header(lambda header: header.update(more=1)))
    refused(with_header(lambda header: header.update(environment=["prod"])))
    head, *rest = lines()
    refused(closed(b"".join([head.replace(b'"environment":', b'"environment": '), *rest])))


def test_a_header_that_names_a_digest_the_content_really_has_is_another_bundle() -> None:
    """Nobody can tell it from one that was meant: that is what `from_bundle(digest=…)` and `verify` are for."""
    swapped = {
        "hello": Pin("hello", ONE, GREET.digest, Rollout(TWO, HELLO.digest, 12.5)),
        "legal/bye": PINS["legal/bye"],
    }
    data = with_header(
        lambda header: (
            header["pins"]["hello"].update(digest=GREET.digest),
            header["pins"]["hello"]["rollout"].update(digest=HELLO.digest),
        )
    )
    found = read_bundle(data, "a.bundle")
    assert found.pins == swapped
    assert found.digest != READ.digest


def test_a_changed_content_or_template_is_refused_though_the_checksum_is_right() -> None:
    for old, new in ((b"Hello", b"HELLO"), (b"Be kind", b"Be rude")):
        body = b"".join(lines())
        assert body.count(old) == 1
        refused(closed(body.replace(old, new)))


@pytest.mark.parametrize("later", [b"promptops bundle 2", b"promptops bundle 10"])
def test_a_later_format_is_told_and_not_guessed_at(later: bytes) -> None:
    problem = refused(closed(b"".join(lines()).replace(b"promptops bundle 1", later)))
    assert str(problem) == "a.bundle: this is not a bundle"
    assert "later version of promptops" in problem.hint


def test_a_content_sealed_in_a_form_that_is_not_known_is_told_at_load() -> None:
    later = HELLO.content.replace(b'"format":2', b'"format":5')
    digest = content_digest(later)
    body = b"".join([*lines(), later + b"\n"]).replace(HELLO.content + b"\n", b"")
    problem = refused(closed(body.replace(HELLO.digest.encode(), digest.encode())))
    assert "format 5, which is not known here" in str(problem)
    assert "pin it again" in problem.hint


@pytest.mark.parametrize("content", [b"[]", b"{}", b"3", b"{", b'{"format":2,"templates":[]}', b'{"format":2}'])
def test_a_content_that_is_no_prompt_is_told_at_load(content: bytes) -> None:
    head, *rest = lines()
    body = head.replace(BYE.digest.encode(), content_digest(content).encode()) + b"".join(rest)
    assert "not a sealed prompt" in str(refused(closed(body.replace(BYE.content, content))))


def test_two_prompts_that_share_a_template_hold_its_text_once() -> None:
    assert HELLO.content != GREET.content
    assert DATA.count("No “quotes”".encode()) == 1


def test_texts_and_contents_that_no_pin_names_stay_out() -> None:
    data = write_bundle(bundle_of({"legal/bye": PINS["legal/bye"]}, [HELLO, GREET, BYE]))
    assert b"kind" not in data
    assert b"Hello" not in data
    assert set(read_bundle(data, "a.bundle").contents) == {BYE.digest}


def test_the_order_in_which_things_were_found_leaves_no_trace() -> None:
    other = Bundle(
        "prod",
        "4" * 40,
        dict(reversed(list(PINS.items()))),
        dict(reversed(list(BUNDLE.contents.items()))),
        dict(reversed(list(BUNDLE.texts.items()))),
    )
    assert write_bundle(other) == DATA


def test_a_thousand_prompts_come_back() -> None:
    texts = [sealed(f"Nr {n} {{{{ who }}}} {{% include 'style.j2' %}}", {"style.j2": STYLE}) for n in range(1000)]
    pins = {f"p{n}": Pin(f"p{n}", ONE, one.digest) for n, one in enumerate(texts)}
    bundle = bundle_of(pins, texts)
    data = write_bundle(bundle)
    found = read_bundle(data, "a.bundle")
    assert found._replace(digest="") == bundle
    assert write_bundle(found) == data


def test_an_environment_without_pins_is_a_bundle_too() -> None:
    empty = bundle_of({}, [])
    assert read_bundle(write_bundle(empty), "a.bundle")._replace(digest="") == empty


def test_nothing_is_written_that_lacks_a_content_or_a_text() -> None:
    with pytest.raises(PinError, match="nothing with the digest sha256:"):
        write_bundle(BUNDLE._replace(contents={}))
    with pytest.raises(PinError, match=text_digest(STYLE)):
        write_bundle(BUNDLE._replace(texts={}))


def test_a_file_that_cannot_be_read_is_another_error_than_one_that_does_not_hold(tmp_path: Path) -> None:
    path = tmp_path / "a.bundle"
    for missing in (path, tmp_path):
        with pytest.raises(SourceError, match="cannot be read") as caught:
            load_bundle(missing)
        assert caught.value.where == str(missing)
    path.write_bytes(DATA)
    assert load_bundle(path) == READ
    path.write_bytes(DATA[:-1])
    with pytest.raises(PinError) as broken:
        load_bundle(path)
    assert broken.value.where == str(path)


def test_line_ends_that_git_changed_are_told_with_what_keeps_it_from_that() -> None:
    crlf = DATA.replace(b"\n", b"\r\n")
    with pytest.raises(PinError, match="its line ends were changed") as caught:
        read_bundle(crlf, "a.bundle")
    assert "`*.bundle -text` into .gitattributes" in caught.value.hint
    with pytest.raises(PinError, match="changed or cut"):
        read_bundle(crlf.replace(b"Hello", b"Jello"), "a.bundle")


def test_a_digest_demanded_that_is_not_the_bundles_says_what_it_is_instead(tmp_path: Path) -> None:
    file = tmp_path / "a.bundle"
    file.write_bytes(DATA)
    assert load_bundle(file, READ.digest) == READ
    whole = sha256(DATA).hexdigest()
    for wanted, said in (
        (whole, "the file's sha256sum"),
        (f"sha256:{whole}", "the file's sha256sum"),
        (READ.digest[7:], f'write it as `promptops bundle` printed it: "{READ.digest}"'),
        ("sha256:" + "0" * 64, "take the digest that `promptops bundle` printed"),
        ("", "take the digest that `promptops bundle` printed"),
    ):
        with pytest.raises(PinError, match=f"a.bundle: its digest is {READ.digest}, not {wanted}") as caught:
            load_bundle(file, wanted)
        assert said in caught.value.hint

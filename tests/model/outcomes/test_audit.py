"""Who counts as having approved a change: somebody else than its authors, who merged or reviewed it."""

from __future__ import annotations

import pytest

from promptops.model.outcomes.audit import ChangeRecord, Person, Trailer

ANA, TOM = Person("Ana Petit", "ana@example.org"), Person("Tom Reyes", "tom@example.org")


def approved(merged_by: Person | None, *trailers: Trailer, **more: Person) -> tuple[Person, ...]:
    """Who approved what Ana wrote."""
    return ChangeRecord("1" * 40, 0, "Shorter (#9)", (ANA,), 9, merged_by, trailers, **more).approved_by  # type: ignore[arg-type]


def test_somebody_else_who_merged_or_reviewed_it_approved_it_once() -> None:
    bo = Person("Bo")
    assert approved(TOM, Trailer("Reviewed-by", TOM), Trailer("Acked-by", bo)) == (TOM, bo)


def test_a_number_a_sign_off_and_whoever_committed_it_are_no_approval() -> None:
    assert approved(None) == ()
    assert approved(None, Trailer("Signed-off-by", TOM)) == ()
    assert approved(None, committed_by=TOM) == ()


@pytest.mark.parametrize(
    "who",
    [
        ANA,
        Person("ana petit", "1+ana@users.noreply.github.com"),
        Person("apetit", "Ana@Example.org"),
        Person("Ana Petit"),
        Person("GitHub", "noreply@github.com"),
        Person("github-merge-queue[bot]", "118344674+github-merge-queue[bot]@users.noreply.github.com"),
        Person("", ""),
    ],
)
def test_authors_under_another_name_programs_and_nobody_approve_nothing(who: Person) -> None:
    assert approved(who, Trailer("Reviewed-by", who)) == ()


def test_people_without_a_name_or_an_address_are_not_all_the_same() -> None:
    assert not Person("", "ana@x").is_same(Person("", "tom@x"))
    assert not Person("Ana").is_same(Person("Tom"))

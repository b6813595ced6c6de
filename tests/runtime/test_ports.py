"""What the outside world may answer: every port that raises, is late, or answers nonsense leads to a refusal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guards.adapters.clock import MonotonicClock
from guards.core.decision import Denial
from guards.core.ids import Kind, ResourceId, text
from guards.core.receipt import Outcome, Receipt
from guards.core.selector import Explicit, OneProject, WholeOrganization
from guards.core.values import (
    Dependent,
    Hold,
    Listing,
    OrganizationRecord,
    ProjectRecord,
    Resource,
)
from guards.runtime.guard import Guard
from guards.runtime.ports import Ports
from tests.core.cases import request
from tests.runtime.worlds import ACME, OTHER, POLICY, THEIRS, WEB, Stand

WHOLE = WholeOrganization(ACME, ACME)
PROJECT = OneProject(ACME, WEB)
LIST = Explicit(ACME, (ResourceId("lb-1"),))
CALLS: dict[str, Any] = {
    "organization": WHOLE,
    "projects": WHOLE,
    "of_organization": WHOLE,
    "of_project": PROJECT,
    "by_ids": LIST,
    "dependents": WHOLE,
    "fleet": WHOLE,
    "product": WHOLE,
}


def codes(answer: object) -> list[str]:
    assert isinstance(answer, Denial), answer
    return [objection.code.value for objection in answer.objections]


def refused(stand: Stand, selector: Any) -> list[str]:
    found = codes(stand.guard.run(request(selector)))
    assert stand.fallen() == []
    assert "destroy" not in stand.journal
    return found


def raising(*_args: Any) -> Any:
    raise ConnectionError("secret of the platform")


@pytest.mark.parametrize("method", CALLS)
def test_a_port_that_raises_refuses_and_tells_no_secrets(method: str) -> None:
    faults: dict[str, Any] = {method: raising}
    stand = Stand(**faults)
    answer = stand.guard.run(request(CALLS[method]))
    assert codes(answer) == ["dependency_unavailable"]
    assert isinstance(answer, Denial)
    assert answer.objections[0].what == "The guard depends on the inventory, which raised ConnectionError."
    assert stand.fallen() == []


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("late", [1_001, 10**12])
def test_an_answer_that_comes_late_is_no_answer(method: str, late: int) -> None:
    stand = Stand()
    honest = getattr(stand.world, method)

    def slow(*args: Any) -> Any:
        stand.clock.time += late
        return honest(*args)

    stand.ports.inventory._instead[method] = slow  # type: ignore[attr-defined]  # the stand's own port
    assert refused(stand, CALLS[method]) == ["dependency_unavailable"]


@pytest.mark.parametrize("method", CALLS)
def test_an_answer_at_the_last_moment_counts(method: str) -> None:
    stand = Stand()
    honest = getattr(stand.world, method)

    def slow(*args: Any) -> Any:
        stand.clock.time += 1_000
        return honest(*args)

    stand.ports.inventory._instead[method] = slow  # type: ignore[attr-defined]  # the stand's own port
    assert isinstance(stand.guard.run(request(CALLS[method])), Receipt)


NONSENSE: list[Any] = [None, True, False, 1.0, "", "writable", [], {}, (None,), ("lb-1",), [()], object(), Listing]


@pytest.mark.parametrize("method", [method for method in CALLS if method not in ("organization", "product")])
@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda value: f"{type(value).__name__}-{value}"[:16])
def test_an_answer_of_the_wrong_type_is_no_answer(method: str, nonsense: Any) -> None:
    faults: dict[str, Any] = {method: lambda *_args: nonsense}
    assert refused(Stand(**faults), CALLS[method]) == ["dependency_unavailable"]


@pytest.mark.parametrize("method", ["projects", "dependents"])
def test_an_answer_that_is_no_tuple_is_shown(method: str) -> None:
    faults: dict[str, Any] = {method: lambda *_args: "all of them"}
    denied = Stand(**faults).guard.run(request(CALLS[method]))
    assert isinstance(denied, Denial)
    told = "The guard depends on the inventory, which answered 'all of them' where a tuple was due."
    assert told == denied.objections[0].what


@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda value: f"{type(value).__name__}-{value}"[:16])
def test_a_record_of_the_wrong_type_is_no_record(nonsense: Any) -> None:
    found = refused(Stand(organization=lambda _id: nonsense), WHOLE)
    assert found == (["held", "organization_unknown"] if nonsense is None else ["dependency_unavailable"])


@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda value: f"{type(value).__name__}-{value}"[:16])
def test_a_state_that_is_none_is_an_unknown_one(nonsense: Any) -> None:
    assert refused(Stand(product=lambda _kind: nonsense), WHOLE) == ["read_only"]


LB_1 = Stand().world.by_ids((ResourceId("lb-1"),))[0]
LB_10 = Stand().world.by_ids((ResourceId("lb-10"),))[0]
LB_2 = Stand().world.by_ids((ResourceId("lb-2"),))[0]


class LooksLikeARow(Resource):
    pass


class LooksLikeAListing(Listing):
    pass


HOSTILE = {
    "a page for the whole": ({"of_organization": lambda *_a: Listing((LB_1,), 3)}, WHOLE, ["inventory_incomplete"]),
    "more than there is": ({"of_organization": lambda *_a: Listing((LB_1, LB_2), 1)}, WHOLE, ["inventory_incomplete"]),
    "a total that is no number": (
        {"of_organization": lambda *_a: Listing((LB_1,), True)},
        WHOLE,
        ["dependency_unavailable"],
    ),
    "rows that are no tuple": (
        {"of_organization": lambda *_a: Listing([LB_1], 1)},  # type: ignore[arg-type]  # that it is refused is the point
        WHOLE,
        ["dependency_unavailable"],
    ),
    "a row twice": ({"of_organization": lambda *_a: Listing((LB_1, LB_1), 2)}, WHOLE, ["inventory_surplus"]),
    "nothing": ({"of_organization": lambda *_a: Listing((), 0)}, WHOLE, ["nothing_to_do"]),
    "another tenant's row, first": (
        {"of_organization": lambda *_a: Listing((LB_10, LB_1), 2)},
        WHOLE,
        ["held", "inventory_foreign"],
    ),
    "another tenant's row, last": (
        {"of_organization": lambda *_a: Listing((LB_1, LB_10), 2)},
        WHOLE,
        ["held", "inventory_foreign"],
    ),
    "another project's row": ({"of_project": lambda *_a: Listing((LB_2, LB_1), 2)}, PROJECT, ["inventory_foreign"]),
    "another kind's row": (
        {"of_organization": lambda *_a: Listing((replace(LB_1, kind=Kind("database")),), 1)},
        WHOLE,
        ["wrong_kind"],
    ),
    "a row that was not named": ({"by_ids": lambda _ids: (LB_1, LB_2)}, LIST, ["inventory_surplus"]),
    "a foreign row that was not named": ({"by_ids": lambda _ids: (LB_1, LB_10)}, LIST, ["inventory_surplus"]),
    "a named row twice": ({"by_ids": lambda _ids: (LB_1, LB_1)}, LIST, ["inventory_surplus"]),
    "a row instead of the named one": ({"by_ids": lambda _ids: (LB_2,)}, LIST, ["inventory_surplus", "not_found"]),
    "a subclass of a row": (
        {"by_ids": lambda _ids: (LooksLikeARow(*[getattr(LB_1, name) for name in LB_1.__slots__]),)},
        LIST,
        ["dependency_unavailable"],
    ),
    "a subclass of a row, in a listing": (
        {"of_project": lambda *_a: Listing((LooksLikeARow(*[getattr(LB_2, name) for name in LB_2.__slots__]),), 1)},
        PROJECT,
        ["dependency_unavailable"],
    ),
    "a subclass of a listing": (
        {"of_project": lambda *_a: LooksLikeAListing((LB_2,), 1)},
        PROJECT,
        ["dependency_unavailable"],
    ),
    "a half-made row": ({"by_ids": lambda _ids: (object.__new__(Resource),)}, LIST, ["dependency_unavailable"]),
    "another organization's record": (
        {"organization": lambda _id: OrganizationRecord(OTHER, Hold.CLEAR)},
        WHOLE,
        ["organization_unknown"],
    ),
    "no projects": ({"projects": lambda _ids: ()}, WHOLE, ["held"]),
    "other projects": (
        {"projects": lambda _ids: (ProjectRecord(THEIRS, ACME, Hold.CLEAR),)},
        WHOLE,
        ["held"],
    ),
    "no fleet": ({"fleet": lambda _kind: 0}, WHOLE, ["limit_percent"]),
    "a fleet below zero": ({"fleet": lambda _kind: -3}, WHOLE, ["limit_percent"]),
    "a fleet smaller than the selection": ({"fleet": lambda _kind: 2}, WHOLE, ["limit_percent"]),
    "a foreign dependent of nothing": (
        {"dependents": lambda _ids: (Dependent(ResourceId("db-10"), OTHER, ResourceId("lb-10")),)},
        WHOLE,
        ["others_depend"],
    ),
}


@pytest.mark.parametrize(("faults", "selector", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_inventory_is_refused(faults: Any, selector: Any, expected: list[str]) -> None:
    assert refused(Stand(**faults), selector) == expected


@pytest.mark.parametrize("answer", [raising, lambda: None, lambda: 1.0, lambda: True, lambda: "now"])
def test_without_a_clock_nothing_runs(answer: Any) -> None:
    stand = Stand(now=answer)
    assert refused(stand, WHOLE) == ["dependency_unavailable"]


class Lazy:
    """A port that connects when a method is reached for, and from some time on cannot."""

    def __init__(self, port: Any, method: str, times: int) -> None:
        self._port = port
        self._method = method
        self._times = times

    def __getattr__(self, name: str) -> Any:
        if name == self._method:
            self._times -= 1
            if self._times < 0:
                raise ConnectionError("secret of the platform")
        return getattr(self._port, name)


def behind(stand: Stand, method: str, times: int) -> Guard:
    """The guard of this stand, with one method that can be reached so many times."""
    lazy = [Lazy(port, method, times) for port in (stand.world, stand.world, stand.audit, stand.clock)]
    return Guard(Ports(*lazy), POLICY)


@pytest.mark.parametrize("times", range(20))
@pytest.mark.parametrize("method", ["product", "by_ids", "dependents", "destroy", "append", "now"])
def test_a_method_that_cannot_be_reached_ends_like_one_that_raises(method: str, times: int) -> None:
    stand = Stand()
    answer = behind(stand, method, times).run(request(WHOLE))
    lines = answer.lines if isinstance(answer, Receipt) else ()
    assert [text(line.resource) for line in lines if line.outcome is Outcome.DONE] == stand.fallen()
    words = [event.partition(":")[0] for event in stand.events()]
    # An audit or a clock that is gone can leave the last intent without its record, and nothing after it.
    left_open = words.count("intent") - words.count("effect")
    assert left_open == 0 or (method in ("append", "now") and left_open == 1 and words[-1] == "intent")


def test_a_keyboard_interrupt_is_nobodys_answer() -> None:
    def interrupted(*_args: object) -> Any:
        raise KeyboardInterrupt

    stand = Stand(fleet=interrupted)
    with pytest.raises(KeyboardInterrupt):
        stand.guard.run(request(WHOLE))


def test_a_foreign_projects_rows_are_never_even_read() -> None:
    stand = Stand()
    assert refused(stand, OneProject(ACME, THEIRS)) == ["nothing_to_do", "project_not_found"]
    assert "of_project" not in stand.journal


def test_the_clock_of_the_machine_goes_forward() -> None:
    clock = MonotonicClock()
    first = clock.now()
    assert type(first) is int
    assert clock.now() >= first

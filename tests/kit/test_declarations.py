"""Mistakes of an adapter: each is told with the object or the word at fault, and no service is blamed for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from guards.results import Verdict
from guards.testing import (
    OPERATOR,
    TENANT,
    Operation,
    Seen,
    World,
    organization,
    project,
    repeats,
    resource,
    run,
    token,
)
from guards.testing.check import check_case
from guards.testing.declarations import AdapterError, check_declarations
from guards.testing.replay import Session
from guards.testing.service import Natives
from guards.testing.single_fault import cases
from guards.testing.world import Unexpressible
from tests.kit.calls import world_of
from tests.kit.store import CREATE, DELETE, LIST, PURGE, Store
from tests.planted.depot import Depot

# --- operations ---


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (replace(DELETE, caller="tennant"), "'tennant'; a caller is `tenant` or `operator`"),
        (replace(DELETE, caller=(TENANT, "root")), "'root'"),
        (replace(DELETE, caller=()), "a caller is"),
        (replace(DELETE, caller=None), "the caller None"),
        (replace(DELETE, caller=["tenant"]), "a value of type list"),
        (replace(DELETE, fields={"volume_id": "volume"}), "`volume_id` of `delete` is 'volume'"),
        (replace(PURGE, one_of=("projct_id",)), "'projct_id', which it does not have"),
        (replace(PURGE, dry_run="dry"), "'dry', which it does not have"),
        (Operation("close", OPERATOR, {"it": organization(), "again": repeats("its")}), "'its', which it does not"),
        (replace(DELETE, may_refuse="quota"), "it is a tuple of codes"),
        (replace(DELETE, may_refuse=(404,)), "it is a tuple of codes"),
        (replace(DELETE, shows=False), "only a change may go unseen"),
        (replace(LIST, fields={"cursor": token("lists", "cursor")}), "by the operation 'lists', which there is not"),
        (replace(DELETE, tolerates=frozenset({"uper-case"})), "`tolerates` of `delete` names 'uper-case', which is no"),
        (
            replace(DELETE, tolerates=frozenset({"id:null"})),
            "`tolerates` of `delete` names 'id:null', which is no",
        ),
        (replace(DELETE, refuses={"foriegn": "404"}), "`refuses` of `delete` names 'foriegn', which is no craft; the"),
        ("delete", "`operations` has 'delete'; each must be an Operation(...)"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_an_operation_that_cannot_be_meant_is_told_and_nothing_is_attacked(operation: Operation, words: str) -> None:
    calls: list[str] = []

    class Misdeclared(Store):
        operations = (operation,)

        def populate(self, world: World) -> Natives:
            calls.append("populate")
            return super().populate(world)

    with pytest.raises(AdapterError) as failure:
        run(Misdeclared, seed=1, rounds=1, examples=1)
    assert words in str(failure.value)
    assert failure.value.code == "bad_adapter"
    assert calls == []
    (case, *_) = cases(Store(), 0, 1, ("plain",))
    with pytest.raises(AdapterError):
        check_case(Misdeclared(), case)


def test_operations_that_can_be_read_only_once_are_told() -> None:
    class Once(Store):
        operations = (each for each in (DELETE,))  # type: ignore[assignment]

    with pytest.raises(AdapterError, match="`operations` must be a tuple of operations, not a value of type generator"):
        run(Once, seed=1, rounds=1, examples=1)


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (
            replace(CREATE, gives="uuid"),
            "no accepted `create` was answered with `uuid`, so that the id of what",
        ),
        (
            replace(LIST, fields={**LIST.fields, "cursor": token("list", "next")}),
            "no accepted `list` was answered with `next`, so that the token that `list` takes was never sent",
        ),
    ],
    ids=["gives", "token"],
)
def test_what_no_reply_ever_gives_leaves_useful_vacuous_and_is_named(operation: Operation, words: str) -> None:
    class Misnamed(Store):
        operations = (DELETE, operation)

    class Named(Store):
        operations = (DELETE, CREATE, LIST)

    (useful,) = run(Misnamed, seed=1, rounds=1, examples=5, properties=["useful"]).properties
    assert (useful.verdict, useful.why[: len(words)]) == (Verdict.VACUOUS, words)
    assert dict(run(Named, seed=1, rounds=1, examples=5).verdicts())["useful"] is Verdict.HELD


def test_two_operations_of_one_name_are_told() -> None:
    with pytest.raises(AdapterError, match="two operations are called `delete`"):
        check_declarations((DELETE, PURGE, DELETE))


def test_roles_may_be_plain_words_and_codes_any_collection() -> None:
    plain: Any = replace(DELETE, caller=("tenant", "operator"), may_refuse={"quota_exceeded"})
    check_declarations((plain, PURGE, CREATE))
    check_declarations(())


# --- what is observed right after populate ---


class Showing(Store):
    """Shows its volumes as each test wants them shown."""

    operations = (DELETE, PURGE)

    def observe(self) -> Mapping[Any, Seen]:
        return {key: self.show(row) for key, row in super().observe().items()}

    def show(self, row: Seen) -> Seen:
        return row


class WithoutProjects(Showing):
    def show(self, row: Seen) -> Seen:
        return row._replace(project=None)


class WithProjectNames(Showing):
    def show(self, row: Seen) -> Seen:
        return row._replace(project=row.project and f"project {row.project}")


class WithAnotherKind(Showing):
    def show(self, row: Seen) -> Seen:
        return row._replace(kind="Volume")


class Gone(Showing):
    def show(self, row: Seen) -> Seen:
        return row._replace(gone=True)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (WithoutProjects, "another project than the world's: expected '{home}', seen None"),
        (WithProjectNames, "another project than the world's: expected '{home}', seen 'project {home}'"),
        (WithAnotherKind, "another kind than the world's: expected 'volume', seen 'Volume'"),
        (Gone, "another state than the world's: expected a live object, seen one that is gone"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_what_is_observed_wrongly_is_told_with_the_object_and_both_values(make: type[Store], words: str) -> None:
    first = world_of().resources[0]
    with pytest.raises(AdapterError) as failure:
        Session(make(), world_of())
    said = str(failure.value)
    assert said.startswith(f"right after `populate`, `observe` shows `volume#0` ('{first.id}') with")
    assert words.format(home=first.project and first.project.id) in said
    with pytest.raises(AdapterError):
        run(make, seed=1, rounds=1, examples=1)


def test_an_owner_that_nothing_is_seen_of_is_told_with_the_object_and_both_values() -> None:
    class WithOwnersNames(Showing):
        def show(self, row: Seen) -> Seen:
            return row._replace(organization=f"{row.organization} Ltd")

    with pytest.raises(Unexpressible):
        Session(WithOwnersNames(), world_of())
    with pytest.raises(AdapterError) as failure:
        run(WithOwnersNames, seed=1, rounds=1, examples=1)
    assert "`volume#0` (" in str(failure.value)
    assert "expected 'z" in str(failure.value)
    assert " Ltd'" in str(failure.value)


def test_an_object_that_is_not_there_is_told() -> None:
    class Forgetting(Showing):
        def observe(self) -> Mapping[Any, Seen]:
            return dict(list(super().observe().items())[1:])

    with pytest.raises(AdapterError, match=r"`volume#0` .* seen nothing"):
        run(Forgetting, seed=1, rounds=1, examples=1)


# --- what is no mistake ---


class BareRows(Showing):
    """Shows neither kind nor project: the world knows both."""

    def observe(self) -> Mapping[Any, Any]:
        return {key: (row.organization, row.state) for key, row in super().observe().items()}


class NoProjectsAtAll(WithoutProjects):
    """Has no projects, and nothing that names one."""

    operations = (DELETE,)


class OldOnesInTheDefaultProject(Showing):
    """What is older than projects counts as the default project's."""

    def show(self, row: Seen) -> Seen:
        return row if row.project is not None else row._replace(project=row.organization)


class OwnKindOfThing(WithAnotherKind):
    """No operation names a kind, so that the world's is a word of the kit's own."""

    operations = (Operation("close", OPERATOR, {"organization_id": organization(), "project_id": project()}),)


@pytest.mark.parametrize("make", [Showing, BareRows, NoProjectsAtAll, OldOnesInTheDefaultProject])
def test_a_service_that_shows_less_or_otherwise_in_good_faith_is_not_told_off(make: type[Store]) -> None:
    Session(make(), world_of())


def test_a_kind_matters_only_where_an_operation_names_it() -> None:
    Session(OwnKindOfThing(), world_of("resource"))


def test_a_service_with_holds_shows_its_projects_since_holds_cover_them() -> None:
    class Hiding(Depot):
        operations = (Operation("delete", TENANT, {"volume_id": resource("volume")}),)

        def observe(self) -> Mapping[Any, Seen]:
            return {key: row._replace(project=None) for key, row in super().observe().items()}

    with pytest.raises(AdapterError, match="another project"):
        Session(Hiding(), world_of("volume"))


def test_what_shows_less_is_judged_as_well() -> None:
    found = dict(run(BareRows, seed=1, rounds=1, examples=4).verdicts())
    assert {verdict for _, verdict in found.items()} <= {Verdict.HELD, Verdict.UNSUPPORTED}

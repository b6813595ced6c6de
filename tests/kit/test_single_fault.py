"""The enumerated layer: that everything is in it, each as a case of its own, always in the same order."""

from __future__ import annotations

from collections import Counter

import pytest

from guards.testing.calls import Case, aim, forms, kinds_of, roles_of, usual_calls, valid_call
from guards.testing.crafts import FAMILIES, craft_name, crafts_for
from guards.testing.replay import run_steps
from guards.testing.service import OPERATOR, TENANT, Effect, Operation, Outcome, organization, project, resources
from guards.testing.single_fault import cases
from guards.testing.world import STYLES
from tests.kit.calls import world_of
from tests.kit.store import CREATE, DELETE, GIVE, MOVE, PURGE, Store
from tests.planted.depot import Depot

STORE = list(cases(Store(), 0, 1))
DEPOT = list(cases(Depot(), 0, 1))


def crafts_of(found: list[Case]) -> Counter[tuple[str, str]]:
    """(operation, craft) of every case with one call."""
    return Counter(
        (case.steps[0].do, craft) for case in found if len(case.steps) == 1 for craft in case.steps[0].crafts
    )


def test_every_craft_stands_in_a_case_of_its_own() -> None:
    single = [case for case in STORE if len(case.steps) == 1]
    assert max(len(case.steps[0].crafts) for case in single) == 1
    for form in forms(Store.operations):
        for craft in crafts_for(form.operation, form.variant, takes_bytes=False):
            assert crafts_of(STORE)[form.operation.name, craft] >= 1


def test_crafts_of_bytes_are_for_services_that_take_them() -> None:
    def names(found: list[Case]) -> set[str]:
        return {craft_name(craft) for _, craft in crafts_of(found)}

    assert {name for name in FAMILIES if name.startswith("bytes:")} <= names(DEPOT)
    assert not {name for name in FAMILIES if name.startswith("bytes:")} & names(STORE)


def test_every_crafted_case_has_its_valid_call_as_control() -> None:
    for case in STORE:
        if case.steps[-1].crafts:
            assert case.control is not None
            assert case.control[-1] == case.steps[-1].without_crafts()


def test_no_two_cases_have_one_name_in_one_world() -> None:
    names = Counter(case.name for case in DEPOT)
    assert [name for name, n in names.items() if n > 2] == []


def test_the_same_seed_and_round_give_the_same_cases_and_other_rounds_other_styles() -> None:
    assert list(cases(Store(), 0, 1)) == STORE
    assert [case.world.style for case in cases(Store(), 1, 1)] != [case.world.style for case in STORE]


def test_every_style_of_collision_is_controlled_in_every_round() -> None:
    controls = {case.world.style for case in STORE if case.control is None}
    assert controls == set(STYLES)


def test_more_than_a_page_is_destroyed_and_a_stranger_hides_at_many_places_of_a_long_list() -> None:
    listed = [case.steps[0].fields for case in STORE if len(case.steps[0].fields.get("volume_ids", ())) >= 130]
    places = {fields["volume_ids"].index({"$ref": "volume#0"}) for fields in listed if len(fields["volume_ids"]) > 130}
    assert places == {0, 1, 8, 9, 10, 24, 25, 49, 50, 63, 64, 65, 99, 100, 130}
    assert any(len(fields["volume_ids"]) == 130 for fields in listed)


def test_a_stranger_stands_on_what_stands_on_a_target_up_to_five_floors_up() -> None:
    heights = {case.name.split(" dependent ")[-1] for case in DEPOT if "floors up" in case.name}
    assert heights == {"two floors up", "3 floors up", "5 floors up"}


def test_what_its_owner_has_called_about_is_called_about_by_another_tenant_in_every_pair_of_forms() -> None:
    chained = [case.steps for case in DEPOT if "by its owner, then" in case.name]
    assert {(first.do, then.do) for first, then in chained} == {
        (first, then) for first in ("delete", "drop") for then in ("delete", "drop")
    }
    assert {(first.caller, then.caller, then.crafts) for first, then in chained} == {
        ("tenant#1", "tenant#1", ("caller:other-tenant",))
    }
    assert all(first.fields == then.fields for first, then in chained if first.do == then.do)


@pytest.mark.parametrize("level", ["organization", "project", "resource"])
def test_holds_stand_at_every_level(level: str) -> None:
    held = [case for case in DEPOT if any(step.fields.get("level") == level for step in case.steps)]
    assert {case.steps[-1].do for case in held} >= {"delete", "drop", "purge"}


def test_every_fault_meets_every_operation_alone_and_among_circumstances() -> None:
    for fault in Depot.faults:
        met = [case for case in DEPOT if any(step.fields.get("fault") == fault for step in case.steps)]
        assert {case.steps[-1].do for case in met} >= {"delete", "drop", "purge"}
        assert {len(case.steps) for case in met} >= {2, 3}


def test_limits_are_tried_exactly_one_over_and_at_zero() -> None:
    limits = {
        (step.fields["count"], step.fields["percent"])
        for case in DEPOT
        if case.steps[-1].do == "delete"
        for step in case.steps
        if step.do == "@limit"
    }
    assert {(1, 100), (0, 100), (1, 0)} <= limits
    assert len(limits) == 5  # one over one is zero


def test_at_each_limit_the_call_runs_and_one_over_it_it_does_not() -> None:
    for case in DEPOT:
        if "limit" in case.name:
            x = run_steps(Depot(), case.world, case.steps)[-1]
            assert (x.outcome is Outcome.ACCEPTED) == (" at its " in case.name)


def test_a_dry_run_is_tried_for_every_operation_that_has_one() -> None:
    assert {case.steps[-1].do for case in DEPOT if case.steps[-1].fields.get("dry_run") is True} == {"purge"}


# --- forms and valid calls ---


def test_forms_are_the_ways_to_make_a_valid_call() -> None:
    both = Operation("both", (TENANT, OPERATOR), {"volume_ids": resources("volume")})
    assert [form.name for form in forms([PURGE, both])] == [
        "purge[operator](organization_id)",
        "purge[operator](organization_id, project_id)",
        "purge[operator](organization_id, volume_ids)",
        "both[tenant](volume_ids)",
        "both[operator](volume_ids)",
    ]


def test_where_every_scope_is_optional_no_form_names_nothing() -> None:
    optional = Operation("sweep", TENANT, {"project_id": project(required=False)})
    assert [form.variant for form in forms([optional])] == [("project_id",)]


def test_exactly_one_of_several_scopes_is_sent() -> None:
    purge = next(operation for operation in Depot.operations if operation.name == "purge")
    assert [set(form.variant) - {"organization_id", "dry_run"} for form in forms([purge])] == [
        {"acknowledge"},
        {"project_id"},
        {"volume_ids"},
    ]


@pytest.mark.parametrize("operation", [DELETE, PURGE, CREATE, MOVE, GIVE], ids=lambda operation: operation.name)
def test_every_valid_call_is_accepted_and_has_an_effect(operation: Operation) -> None:
    service = type("One", (Store,), {"operations": (operation,)})()
    for n in range(3):
        world = world_of()
        for form in forms([operation]):
            step = valid_call(form, world, aim(world, world.organizations[n]))
            if step is not None:
                (x,) = run_steps(service, world, [step])
                assert (x.outcome, bool(x.changes)) == (Outcome.ACCEPTED, True)


def test_a_tenants_call_never_leads_out_of_its_organization_by_a_project_alone() -> None:
    world = world_of()
    (form,) = forms([MOVE])
    step = valid_call(form, world, aim(world, world.organizations[0], away=True))
    assert step is not None
    assert step.fields["to"] == {"$ref": "project#0"}


def test_a_name_that_must_be_new_is_new_in_every_call_of_a_sequence() -> None:
    world = world_of()
    (form,) = forms([CREATE])
    names = [
        step.fields["name"]
        for let in ("call#0", "call#1", "")
        if (step := valid_call(form, world, aim(world, world.organizations[0]), let=let)) is not None
    ]
    assert len(set(names)) == 3


def test_kinds_and_roles_are_read_off_the_operations() -> None:
    look = Operation("look", OPERATOR, {"account": organization()}, effect=Effect.READ)
    assert kinds_of([DELETE, look]) == ("volume",)
    assert kinds_of([look]) == ("resource",)
    assert (roles_of([DELETE]), roles_of([look])) == (("tenant",), ("tenant", "operator"))


def test_usual_calls_are_alike_in_operation_fields_and_caller() -> None:
    world = world_of()
    for form in forms(Store.operations):
        for organization_ in world.organizations:
            like = valid_call(form, world, aim(world, organization_))
            assert like is not None
            found = list(usual_calls(Store.operations, world, like))
            assert like in found
            assert {(step.do, step.caller, tuple(step.fields)) for step in found} == {
                (like.do, like.caller, tuple(like.fields))
            }

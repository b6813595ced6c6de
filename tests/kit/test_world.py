"""Worlds: that the collisions really collide, that files hold them whole, and that less of a world is still one."""

from __future__ import annotations

import json
from dataclasses import replace
from fnmatch import fnmatchcase
from unicodedata import combining, normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guards.testing.world import STYLES, Unexpressible, World, WorldError, fold, make_world, redrawn

BOTH = ("operator", "tenant")
worlds = st.builds(
    make_world,
    st.sampled_from([("volume",), ("snapshot", "volume")]),
    st.sampled_from([BOTH, ("tenant",)]),
    style=st.sampled_from(STYLES),
    seed=st.integers(0, 1_000),
    size=st.integers(1, 3),
)


def owned(world: World, n: int) -> list[str]:
    return [r.id for r in world.resources if r.organization is world.organizations[n]]


def of(style: str) -> tuple[World, list[str]]:
    """A world in this style, and the ids of its three organizations."""
    world = make_world(("volume",), BOTH, style=style, seed=4)
    return world, [o.id for o in world.organizations]


@settings(max_examples=30)
@given(worlds)
def test_a_world_survives_its_json(world: World) -> None:
    assert World.from_json(json.loads(json.dumps(world.to_json()))) == world


@settings(max_examples=30)
@given(worlds)
def test_a_default_project_has_its_organizations_id(world: World) -> None:
    for organization in world.organizations:
        first = next(p for p in world.projects if p.organization is organization)
        assert first.id == organization.id


@settings(max_examples=30)
@given(worlds)
def test_three_organizations_never_share_an_id(world: World) -> None:
    assert len({o.id for o in world.organizations}) == 3


@settings(max_examples=30)
@given(worlds)
def test_neighbours_come_first_and_last_in_the_order_of_creation(world: World) -> None:
    for kind in {r.kind for r in world.resources}:
        same = [r for r in world.resources if r.kind == kind]
        assert {same[0].organization, same[-1].organization} == set(world.organizations[1:])


@settings(max_examples=30)
@given(worlds)
def test_each_organization_that_calls_are_about_has_old_resources_without_project(world: World) -> None:
    for organization in (world.organizations[0], world.organizations[2]):
        assert any(r.project is None for r in world.resources if r.organization is organization)


@settings(max_examples=30)
@given(st.sampled_from([s for s in STYLES if s not in ("same-name", "wrong-kind")]), st.integers(0, 99))
def test_neighbours_come_first_and_last_in_the_order_of_text(style: str, seed: int) -> None:
    world = make_world(("volume",), BOTH, style=style, seed=seed)
    ordered = sorted(world.resources, key=lambda r: r.id)
    mine = world.organizations[0]
    assert ordered[0].organization is not mine or ordered[-1].organization is not mine


@settings(max_examples=30)
@given(worlds)
def test_the_same_seed_makes_the_same_world(world: World) -> None:
    kinds = tuple(dict.fromkeys(r.kind for r in world.resources))
    again = make_world(kinds, {p.role for p in world.principals}, style=world.style, seed=5)
    assert again == make_world(kinds, {p.role for p in world.principals}, style=world.style, seed=5)


@settings(max_examples=30)
@given(worlds, st.integers(1_001, 2_000))
def test_a_world_drawn_again_has_the_same_refs_and_owners_and_is_the_one_of_that_seed(world: World, seed: int) -> None:
    other = redrawn(world, seed)
    assert other is not None
    assert [(r.ref, r.kind, r.organization.ref, r.project and r.project.ref) for r in other.resources] == [
        (r.ref, r.kind, r.organization.ref, r.project and r.project.ref) for r in world.resources
    ]
    assert (other.style, list(other.refs())) == (world.style, list(world.refs()))
    assert redrawn(other, seed) == other


def test_a_world_drawn_again_has_other_ids() -> None:
    world, ids = of("plain")
    assert not {o.id for n in range(5) for o in getattr(redrawn(world, n + 10), "organizations", ())} <= set(ids)


def test_a_world_with_something_taken_out_is_not_drawn_again() -> None:
    world, _ = of("plain")
    assert redrawn(world.without({"org#1"}), 1) is None


def test_the_first_organization_grows_with_the_size_and_the_others_do_not() -> None:
    small, large = (make_world(("volume",), BOTH, seed=1, size=size) for size in (1, 30))
    assert (len(owned(small, 0)), len(owned(large, 0))) == (4, 120)
    assert (len(owned(large, 1)), len(owned(large, 2))) == (len(owned(small, 1)), len(owned(small, 2)))


# --- each collision holds ---


def test_in_plain_no_id_is_easily_taken_for_another() -> None:
    _, ids = of("plain")
    assert len({fold(id) for id in ids}) == 3
    assert not any(a != b and b.startswith(a) for a in ids for b in ids)


def test_in_prefix_our_id_begins_one_neighbours_and_another_neighbours_begins_ours() -> None:
    world, (ours, after, before) = of("prefix")
    assert after.startswith(ours)
    assert ours.startswith(before)
    assert any(a != b and b.startswith(a) for a in owned(world, 0) for b in owned(world, 1) + owned(world, 2))


@pytest.mark.parametrize("style", ["case", "nfkc", "whitespace"])
def test_in_these_styles_all_three_fold_to_one(style: str) -> None:
    world, ids = of(style)
    assert len({fold(id) for id in ids}) == 1
    assert {fold(id) for id in owned(world, 0)} & {fold(id) for id in owned(world, 1) + owned(world, 2)}


@pytest.mark.parametrize("seed", range(24))  # every word has its own first vowel
def test_in_accents_only_marks_tell_the_three_and_only_their_form_the_neighbours(seed: int) -> None:
    world = make_world(("volume",), BOTH, style="accents", seed=seed)
    organizations, volumes = [o.id for o in world.organizations], [owned(world, n) for n in range(3)]
    for ours, after, before in (organizations, (volumes[0][0], volumes[1][0], volumes[2][-1])):
        assert len({ours, after, before}) == 3
        assert normalize("NFC", before) == after != normalize("NFC", ours)
        assert {"".join(c for c in normalize("NFD", id) if not combining(c)) for id in (after, before)} == {ours}


def test_in_nul_a_text_that_ends_at_its_first_nul_is_the_same_for_all_three() -> None:
    world, ids = of("nul")
    assert {id.partition("\0")[0] for id in ids} == {ids[0]}
    assert owned(world, 0)[0] in {id.partition("\0")[0] for id in owned(world, 1) if id != owned(world, 0)[0]}


def test_in_non_ascii_what_is_left_in_ascii_is_the_same_for_all_three() -> None:
    world, ids = of("non-ascii")
    assert {id.encode("ascii", "ignore").decode() for id in ids} == {ids[0]}
    assert len({fold(id) for id in ids}) == 3
    assert owned(world, 0)[0] in {id.encode("ascii", "ignore").decode() for id in owned(world, 1)}


def test_in_same_name_two_tenants_have_a_project_and_a_resource_of_one_id() -> None:
    world, _ = of("same-name")
    assert set(owned(world, 0)) & set(owned(world, 1))
    assert len({p.id for p in world.projects if p.ref in ("project#1", "project#3", "project#5")}) == 1


def test_in_same_project_tenants_share_the_name_of_a_project_and_nothing_else() -> None:
    world, _ = of("same-project")
    assert len({p.id for p in world.projects if p.ref in ("project#1", "project#3", "project#5")}) == 1
    assert len({r.id for r in world.resources}) == len(world.resources)


def test_in_composed_one_normal_form_makes_one_of_ours_and_a_neighbours() -> None:
    world, (ours, after, _) = of("composed")
    assert normalize("NFC", after) == ours != after
    assert normalize("NFC", owned(world, 1)[0]) in owned(world, 0)


@pytest.mark.parametrize("charset", ["ascii", "latin-1"])
def test_in_replaced_a_question_mark_makes_one_of_all_three(charset: str) -> None:
    _, ids = of("replaced")
    assert len({id.encode(charset, "replace") for id in ids}) == 1


def test_in_zero_width_only_what_nobody_sees_tells_the_three() -> None:
    _, ids = of("zero-width")
    assert {id.replace("\u200b", "").replace("\ufeff", "") for id in ids} == {ids[0]}


@pytest.mark.parametrize("width", [128, 191, 255])
def test_in_long_the_three_are_alike_up_to_the_width_of_a_column(width: int) -> None:
    _, ids = of("long")
    assert len({id[:width] for id in ids}) == 1


def test_in_glob_ours_is_a_pattern_that_means_both_neighbours() -> None:
    _, (ours, after, before) = of("glob")
    assert fnmatchcase(after, ours)
    assert fnmatchcase(before, ours)
    assert not fnmatchcase(ours, ours)


@pytest.mark.parametrize(("style", "joint"), [("below", "/"), ("scoped", ":")])
def test_in_these_styles_both_neighbours_lie_inside_ours(style: str, joint: str) -> None:
    _, (ours, *others) = of(style)
    assert [other.startswith(ours + joint) for other in others] == [True, True]


def test_in_joined_a_separator_and_a_rest_make_a_neighbours_id_of_ours() -> None:
    worlds = [make_world(("volume",), BOTH, style="joined", seed=seed).organizations for seed in range(40)]
    assert {after.id[len(ours.id) :] for ours, after, _ in worlds} == {"-eu"}
    assert {before.id[len(ours.id) :] for ours, _, before in worlds} == {":eu", "_eu", ".eu"}


def test_in_wrong_kind_ids_of_one_kind_name_a_neighbours_thing_of_another() -> None:
    world, (ours, after, _) = of("wrong-kind")
    assert after in owned(world, 0)
    assert ours in owned(world, 1)
    assert {p.id for p in world.projects if p.organization is world.organizations[1]} & set(owned(world, 0))


# --- ids ---


@pytest.mark.parametrize("style", [s for s in STYLES if s not in ("same-name", "same-project")])
def test_ids_names_everything_once(style: str) -> None:
    world, _ = of(style)
    assert world.ids().keys() == set(world.refs())


@pytest.mark.parametrize("style", ["same-name", "same-project"])
def test_ids_cannot_express_one_id_for_two_things_of_a_kind(style: str) -> None:
    world, _ = of(style)
    with pytest.raises(Unexpressible):
        world.ids()


def test_a_user_is_called_by_its_organization_and_an_operator_by_its_role() -> None:
    world, ids = of("plain")
    assert [world.ids()[ref] for ref in ("tenant#1", "operator#0")] == [ids[1], "operator"]


# --- less of a world ---


@settings(max_examples=30)
@given(worlds, st.sampled_from(["org#0", "org#1", "org#2"]))
def test_without_an_organization_nothing_of_it_is_left(world: World, gone: str) -> None:
    left = world.without({gone})
    things = (*left.projects, *left.resources)
    assert gone not in {o.ref for o in left.organizations} | {thing.organization.ref for thing in things}
    assert all(p.organization is None or p.organization.ref != gone for p in left.principals)
    assert set(world.refs()) - set(left.refs()) >= {gone}
    assert World.from_json(left.to_json()) == left


@settings(max_examples=30)
@given(worlds, st.data())
def test_only_some_refs_keeps_what_they_belong_to(world: World, data: st.DataObject) -> None:
    refs = data.draw(st.sets(st.sampled_from(list(world.refs())), min_size=1))
    left = world.only(refs)
    assert refs <= set(left.refs())
    assert World.from_json(left.to_json()) == left


def test_only_one_resource_keeps_its_project_and_organization_and_nothing_else() -> None:
    world, _ = of("plain")
    assert list(world.only({"volume#1"}).refs()) == ["org#0", "project#1", "volume#1"]


# --- worlds that do not hang together ---


def test_a_ref_used_twice_is_no_world() -> None:
    world, _ = of("plain")
    twice = replace(world, resources=(*world.resources, world.resources[0])).to_json()
    with pytest.raises(WorldError, match="one ref"):
        World.from_json(twice)


@pytest.mark.parametrize("things", ["projects", "resources", "principals"])
def test_an_owner_that_is_not_there_is_no_world(things: str) -> None:
    value = of("plain")[0].to_json()
    value[things][0]["organization"] = "org#9"
    with pytest.raises(WorldError, match="`org#9`"):
        World.from_json(value)


def test_a_project_that_is_not_there_is_no_world() -> None:
    value = of("plain")[0].to_json()
    value["resources"][0]["project"] = "project#9"
    with pytest.raises(WorldError, match="`project#9`"):
        World.from_json(value)


@pytest.mark.parametrize("text", ["acme", " Acme\n", "ACME", "ＡＣＭＥ"])  # noqa: RUF001 - full width on purpose
def test_folding_makes_one_of_what_a_careless_comparison_takes_for_one(text: str) -> None:
    assert fold(text) == "acme"

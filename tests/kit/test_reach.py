"""What the enumerated layer reaches: small faults that one valid call, one craft or one plain chain would not show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from guards.testing import OPERATOR, TENANT, Effect, Operation, Reply, organization, project, resource
from guards.testing.replay import run_steps
from guards.testing.service import Natives, Service
from guards.testing.single_fault import cases
from guards.testing.world import World
from tests.kit.calls import broken_by
from tests.kit.store import CREATE, DELETE, GIVE, MOVE, PURGE, RESIZE, WIPE, Refusal, Store

SCOPED = Operation("scoped", OPERATOR, {"organization_id": organization(), "project_id": project()}, kind="volume")


class BothNull(Store):
    """A null organization with a null project stands for everything; either alone is refused."""

    operations = (SCOPED,)

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        is_operator = self.callers.get(caller, caller) is None and caller is not None
        if is_operator and fields and all(value is None for value in fields.values()):
            self.drop(self.rows)
        return super().call(caller, operation, fields)

    def scoped(self, me: Any, organization_id: Any, project_id: Any) -> None:
        self.purge(me, organization_id, project_id)


class TrustsAfterTen(Store):
    """Looks at the first ten ids of a list."""

    operations = (WIPE,)

    def wipe(self, me: Any, volume_ids: list[Any]) -> None:
        self.drop([self.own(me if n < 10 else None, id) for n, id in enumerate(volume_ids)])


class TrustsBeforeTen(Store):
    """Looks at the last ten ids of a list."""

    operations = (WIPE,)

    def wipe(self, me: Any, volume_ids: list[Any]) -> None:
        self.drop([self.own(None if n < len(volume_ids) - 10 else me, id) for n, id in enumerate(volume_ids)])


class Smuggled(Store):
    """A field that another operation has overrides the caller's organization."""

    operations = (Operation("delete_all", TENANT, {}, kind="volume"), PURGE)

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        self.override = fields.get("organization_id") if operation == "delete_all" else None
        kept = {k: v for k, v in fields.items() if self.override is None or k != "organization_id"}
        return super().call(caller, operation, kept)

    def delete_all(self, me: Any) -> None:
        self.drop([key for key, row in self.rows.items() if row.owner == (self.override or me)])


class CreatedAreAnybodys(Store):
    """Checks the owner of what was there from the start, and of nothing that was created since."""

    operations = (CREATE, DELETE)

    def own(self, me: Any, id: Any) -> Any:
        return super().own(None if str(id).startswith("new-") else me, id)


class CreatesForStrangers(Store):
    """Creates in whatever project it is told."""

    operations = (CREATE, DELETE)

    def create(self, me: Any, project_id: Any, name: str) -> Reply:
        return super().create(self.homes.get(project_id), project_id, name)


class PushesIntoStrangersProjects(Store):
    """Moves a tenant's volume into whatever project it is told."""

    operations = (MOVE,)

    def move(self, me: Any, volume_id: Any, to: Any) -> None:
        if to not in self.homes:
            raise Refusal("not_found")
        row = self.rows[self.own(me, volume_id)]
        row.owner, row.project = self.homes[to], to


class GivesToNobody(Store):
    """Takes any organization for one."""

    operations = (GIVE,)

    def check(self, field: Any, value: Any) -> None:
        if not field.destination:
            super().check(field, value)

    def give(self, me: Any, organization_id: Any, volume_id: Any, to: Any) -> None:
        if to in self.organizations or isinstance(to, list | dict):
            super().give(me, organization_id, volume_id, to)
        else:
            self.rows[self.own(organization_id, volume_id)].owner = to


class ResizesSiblings(Store):
    """Changes all that the caller owns."""

    operations = (RESIZE,)

    def resize(self, me: Any, volume_id: Any, size: Any) -> None:
        self.own(me, volume_id)
        for row in self.rows.values():
            row.state = f"live, {size} GB" if row.owner == me else row.state


class RemembersTheCaller(Store):
    """Takes nobody for whoever called last."""

    operations = (DELETE,)
    last: Any = None

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        self.last = caller or self.last
        return super().call(self.last, operation, fields)


class NumbersAsText(Store):
    """Takes the text of a number for the number."""

    operations = (DELETE,)

    def volume_id(self, n: int, volume: Any) -> Any:
        return n + 1

    def own(self, me: Any, id: Any) -> Any:
        return super().own(me, int(id) if isinstance(id, str) and id.isdecimal() else id)


class LiftsAllHolds(Store):
    """Lifts every hold when one is lifted."""

    operations = (DELETE, Operation("release", OPERATOR, {"organization_id": organization()}, effect=Effect.UNHOLD))

    def populate(self, world: World) -> Natives:
        self.held: set[Any] = set()
        return super().populate(world)

    def hold(self, level: str, native: Any, on: bool) -> None:
        (self.held.add if on else self.held.discard)(native)

    def release(self, me: Any, organization_id: Any) -> None:
        if organization_id not in self.organizations:
            raise Refusal("not_found")
        self.held.clear()

    def drop(self, keys: Iterable[Any]) -> None:
        found = list(keys)
        for key in found:
            if not self.held.isdisjoint({key, key[1], self.rows[key].project, self.rows[key].owner}):
                raise Refusal("held")
        super().drop(found)


class HoldsTooMuch(LiftsAllHolds):
    """Holds the whole organization where one volume of it was to be held."""

    operations = (
        WIPE,
        Operation(
            "freeze",
            OPERATOR,
            {"organization_id": organization(), "volume_id": resource("volume")},
            effect=Effect.HOLD,
        ),
    )

    def freeze(self, me: Any, organization_id: Any, volume_id: Any) -> None:
        self.own(organization_id if organization_id in self.organizations else "nobody", volume_id)
        self.held.add(organization_id)


class HoldsNothing(HoldsTooMuch):
    """Says that it holds, and does not."""

    def freeze(self, me: Any, organization_id: Any, volume_id: Any) -> None:
        self.own(organization_id if organization_id in self.organizations else "nobody", volume_id)


class DefaultProjectIsEverything(Store):
    """Takes the project that carries the organization's id for the organization."""

    operations = (SCOPED,)

    def scoped(self, me: Any, organization_id: Any, project_id: Any) -> None:
        self.purge(me, organization_id, None if project_id == organization_id else project_id)


class Standing(Store):
    """Refuses to destroy what others stand on, as far as it looks."""

    operations = (WIPE,)

    def populate(self, world: World) -> Natives:
        self.grounds: list[tuple[Any, Any]] = []
        return super().populate(world)

    def depend(self, dependent: Any, on: Any) -> None:
        self.grounds.append((dependent, on))

    def above(self, key: Any) -> list[Any]:
        return [dependent for dependent, on in self.grounds if on == key and dependent in self.rows]

    def looked_at(self, keys: list[Any]) -> list[Any]:
        """Whatever stands on these, however high."""
        found = [upper for key in keys for upper in self.above(key)]
        for lower in found:  # it grows meanwhile
            found += [upper for upper in self.above(lower) if upper not in found]
        return found

    def drop(self, keys: Iterable[Any]) -> None:
        found = list(keys)
        if any(self.rows[upper].owner != self.rows[found[0]].owner for upper in self.looked_at(found)):
            raise Refusal("others_depend")
        super().drop(found)


class LooksAtTheFirstTarget(Standing):
    def looked_at(self, keys: list[Any]) -> list[Any]:
        return super().looked_at(keys[:1])


class LooksAtTheFirstDependent(Standing):
    def looked_at(self, keys: list[Any]) -> list[Any]:
        return super().looked_at(keys)[:1]


class LooksAtOneFloor(Standing):
    def looked_at(self, keys: list[Any]) -> list[Any]:
        return [upper for key in keys for upper in self.above(key)]


class TakesTheGround(Standing):
    """Destroys also what the target stands on."""

    def drop(self, keys: Iterable[Any]) -> None:
        found = list(keys)
        super().drop(found)
        Store.drop(self, {on for dependent, on in self.grounds if dependent in found and on in self.rows})


REACHED: tuple[tuple[type[Store], str], ...] = (
    (BothNull, "isolation"),
    (TrustsAfterTen, "isolation"),
    (TrustsBeforeTen, "isolation"),
    (Smuggled, "isolation"),
    (CreatedAreAnybodys, "isolation"),
    (CreatesForStrangers, "isolation"),
    (PushesIntoStrangersProjects, "malformed-refused"),
    (GivesToNobody, "malformed-refused"),
    (ResizesSiblings, "exact-effects"),
    (RemembersTheCaller, "isolation"),
    (NumbersAsText, "malformed-refused"),
    (LiftsAllHolds, "hold-respected"),
    (HoldsTooMuch, "useful"),
    (HoldsNothing, "hold-respected"),
    (DefaultProjectIsEverything, "exact-effects"),
    (LooksAtTheFirstTarget, "dependents-safe"),
    (LooksAtTheFirstDependent, "dependents-safe"),
    (LooksAtOneFloor, "dependents-safe"),
    (TakesTheGround, "isolation"),
)


def found_by_cases(service: Service, property: str, seed: int) -> str:
    """The name of the first enumerated case that breaks the property."""
    for case in cases(service, 0, seed, ("plain", "prefix")):
        if any(property in broken_by(x) for x in run_steps(service, case.world, case.steps)):
            return case.name
    return ""


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("make", "property"), REACHED, ids=lambda value: getattr(value, "__name__", value))
def test_a_small_fault_is_reached_without_any_chance(make: type[Store], property: str, seed: int) -> None:
    assert found_by_cases(make(), property, seed)


class NobodyOwnsTheGone(Store):
    """Compares an owner that is not there with a caller who is not there."""

    operations = (DELETE,)

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        row = self.rows.get(("volume", fields.get("volume_id"))) if isinstance(fields.get("volume_id"), str) else None
        if caller is None and row is None and isinstance(fields.get("volume_id"), str):
            self.drop(self.rows)
        return super().call(caller, operation, fields)


@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_calls_about_what_is_gone_too(seed: int) -> None:
    assert found_by_cases(NobodyOwnsTheGone(), "isolation", seed).endswith("caller:nobody about the same")


@pytest.mark.parametrize("property", ["dependents-safe", "useful", "isolation"])
def test_a_service_that_looks_at_all_that_stands_on_its_targets_is_not_accused(property: str) -> None:
    assert found_by_cases(Standing(), property, 1) == ""

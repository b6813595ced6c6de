"""The planted faults, as small as they can be, and the table PLANTED of what must catch each of them.

The sections carry the numbers and names of the bug classes of public incidents. The property meant to catch a fault
is the one that a reader would expect, and the witness is the shortest trace known by hand; both were written before the
kit had run.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from guards.testing.service import (
    OPERATOR,
    AuditEntry,
    Effect,
    FieldKind,
    Natives,
    Operation,
    Reply,
    accepted,
    organization,
    project,
    refused,
    resource,
)
from guards.testing.steps import Step, ref
from guards.testing.world import World, fold
from tests.planted.depot import DELETE, PURGE, Depot, Down, Refusal, Row
from tests.planted.sound import Shelf

# --- 1 scope-filter-dropped -------------------------------------------------------------------------------------------


class ProjectsBug(Depot):
    """The incident: only calls without a project are filtered by organization, and a null project filters nothing."""

    def is_valid(self, kind: FieldKind, name: str, value: Any) -> bool:
        return (name == "project_id" and value is None) or super().is_valid(kind, name, value)

    def of_project(self, owner: str, kind: str, project: str | None) -> list[Row]:
        if project is None:
            return self.inventory(kind)
        return super().of_project(owner, kind, project)


class ProjectWithoutItsOrganization(Depot):
    """A project is looked up without the organization that the call names."""

    def of_project(self, owner: str, kind: str, project: str) -> list[Row]:
        return [row for row in self.inventory(kind) if row.project == project]


# --- 2 empty-means-all ------------------------------------------------------------------------------------------------


class NoIdsMeanEverything(Depot):
    """An empty list of ids stands for every volume there is."""

    def is_valid(self, kind: FieldKind, name: str, value: Any) -> bool:
        return (name == "volume_ids" and value == []) or super().is_valid(kind, name, value)

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        return super().of_ids(owner, kind, ids) if ids else self.inventory(kind)


class BlankProjectMeansEveryProject(Depot):
    """A blank project stands for the whole organization, which was never acknowledged."""

    def is_valid(self, kind: FieldKind, name: str, value: Any) -> bool:
        return (name == "project_id" and value == "") or super().is_valid(kind, name, value)

    def of_project(self, owner: str, kind: str, project: str) -> list[Row]:
        return super().of_project(owner, kind, project) if project else self.owned(owner, kind)


# --- 3 id-kind-confusion, 4 container-instead-of-leaf -----------------------------------------------------------------


class AnyKindOfId(Depot):
    """A call for one kind of thing takes the id of another kind, and destroys that."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        other = "snapshot" if kind == "volume" else "volume"
        try:
            return super().of_ids(owner, kind, ids)
        except Refusal:
            return super().of_ids(owner, other, ids)


class OrganizationIdAsVolumeId(Depot):
    """Where a volume's id is meant, an organization's id stands for all that it owns."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        if len(ids) == 1 and ids[0] in self.organizations:
            return self.owned(ids[0], kind)
        return super().of_ids(owner, kind, ids)


class ProjectInsteadOfVolume(Depot):
    """Whatever shares the project with a target goes with it."""

    def erase(self, row: Row, *, is_last: bool) -> None:
        super().erase(row, is_last=is_last)
        self.rows = [
            other for other in self.rows if other.project != row.project or other.organization != row.organization
        ]


# --- 5 path-bypasses-guard --------------------------------------------------------------------------------------------


class BulkPathForgetsHolds(Depot):
    """Holds are looked at for one volume, not for several."""

    def check_holds(self, targets: list[Row]) -> None:
        if len(targets) == 1:
            super().check_holds(targets)


class RawBodiesAreTrusted(Depot):
    """Calls that arrive as bytes went through the gateway, which is thought to have checked them."""

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return dict(pairs)

    def send(self, caller: Any, operation: str, body: bytes) -> Reply:
        try:
            named = self.read(body).get("volume_id")
        except (ValueError, RecursionError):
            return refused("malformed_body")
        return self.destroy([row for row in self.rows if row.id == named])


# --- 6 verdict-discarded ----------------------------------------------------------------------------------------------


class EffectBeforeVerdict(Depot):
    """It is refused, and done all the same."""

    def check_targets(self, kind: str, targets: list[Row]) -> None:
        try:
            super().check_targets(kind, targets)
        except Refusal:
            self.destroy(targets)
            raise


class VerdictSwallowed(Depot):
    """The objection is raised, caught, and forgotten."""

    def check_dependents(self, targets: list[Row]) -> None:
        with suppress(Refusal):
            super().check_dependents(targets)


# --- 7 fail-open-missing-data -----------------------------------------------------------------------------------------


class UnknownHoldsAreNoHolds(Depot):
    """When the holds cannot be read, there are none."""

    def holds(self) -> set[tuple[str, Any]]:
        try:
            return super().holds()
        except Down:
            return set()


class UnknownStateIsWritable(Depot):
    """Read-only mode must be known to be on; an unknown state lets the call through."""

    def check_writable(self, kind: str) -> None:
        if self.writable[kind] is False:
            raise Refusal("read_only")


# --- 8 vacuous-quantifier, 9 tenant-binding-missing -------------------------------------------------------------------


class OneOwnIdIsEnough(Depot):
    """any() where all() was meant."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        found = [row for row in self.inventory(kind) if row.id in ids]
        if not any(row.organization == owner for row in found):
            raise Refusal("not_found")
        return found


class AllOfNoneIsFine(Depot):
    """all() over the caller's own rows, of which there may be none; then the whole list is executed."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        if not all(row.organization == owner for row in self.owned(owner, kind) if row.id in ids):
            raise Refusal("not_found")
        return [row for row in self.inventory(kind) if row.id in ids]


class OnlyTheFirstIdIsChecked(Depot):
    """The owner of the first id vouches for the rest of the list."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        super().of_ids(owner, kind, ids[:1])
        return [row for row in self.inventory(kind) if row.id in ids]


class TenantsMayPurge(Depot):
    """The operators' call looks at the body for the tenant, and never at who is calling."""

    def check_caller(self, caller: Any, asked: Operation) -> None:
        if caller not in self.callers:
            super().check_caller(caller, asked)


class NobodyIsInternal(Depot):
    """A call without a caller must come from inside, and is neither asked who it is nor whose the volume is."""

    def check_caller(self, caller: Any, asked: Operation) -> None:
        if caller is not None:
            super().check_caller(caller, asked)

    def select(self, owner: str | None, asked: Operation, fields: dict[str, Any]) -> list[Row]:
        if owner is None:
            return [row for row in self.inventory(asked.acts_on) if row.id in fields.values()]
        return super().select(owner, asked, fields)


# --- 10 blast-limit-miscounted ----------------------------------------------------------------------------------------


class CountsCallsNotVolumes(Depot):
    """However many volumes a call hits, it counts as one."""

    def check_limits(self, kind: str, targets: list[Row]) -> None:
        super().check_limits(kind, targets[:1])


class LimitOffByOne(Depot):
    """One volume more than the limit goes through."""

    def check_limits(self, kind: str, targets: list[Row]) -> None:
        super().check_limits(kind, targets[1:])


class PercentRoundedDown(Depot):
    """The share is rounded down before it is compared."""

    def check_limits(self, kind: str, targets: list[Row]) -> None:
        percent = len(targets) * 100 // len(self.inventory(kind))
        if len(targets) > self.count_max or percent > self.percent_max:
            raise Refusal("over_limit")


# --- 13 closure-crosses-tenant ----------------------------------------------------------------------------------------


class Cascade(Depot):
    """What stands on a target is destroyed with it, whoever owns it."""

    def check_dependents(self, targets: list[Row]) -> None:
        targets += self.dependents(targets)


# --- 14 truncated-inventory -------------------------------------------------------------------------------------------


class FirstPageOnly(Depot):
    """A purge takes the first page of an organization's volumes for all of them."""

    def owned(self, owner: str, kind: str) -> list[Row]:
        return super().owned(owner, kind)[:3]


class PageBeforeFilter(Depot):
    """The page is cut before the organization is looked at, so that the neighbours' rows decide what is seen."""

    def inventory(self, kind: str) -> list[Row]:
        return super().inventory(kind)[:4]


class FirstPageOfHolds(Depot):
    """The list of holds comes in pages, of one hold each, and the second page is never fetched."""

    def holds(self) -> set[tuple[str, Any]]:
        return set(sorted(super().holds(), key=repr)[:1])


# --- 15 protection-ignored --------------------------------------------------------------------------------------------


class ProjectHoldNotInherited(Depot):
    """A hold on the project does not hold the volumes in it."""

    def levels(self, row: Row) -> set[tuple[str, Any]]:
        return {level for level in super().levels(row) if level[0] != "project"}


class ReadOnlyMissesVolumes(Depot):
    """The switch works for one product of two."""

    def check_writable(self, kind: str) -> None:
        if kind != "volume":
            super().check_writable(kind)


# --- 16 dry-run-impure ------------------------------------------------------------------------------------------------


class BulkPathDropsTheFlag(Depot):
    """A dry run over a list of ids is no dry run."""

    def is_dry_run(self, fields: dict[str, Any]) -> bool:
        return "volume_ids" not in fields and super().is_dry_run(fields)


class DryRunIsAWord(Depot):
    """`"true"` is no boolean, passes for one, and runs."""

    def is_valid(self, kind: FieldKind, name: str, value: Any) -> bool:
        return (kind is FieldKind.FLAG and type(value) is str) or super().is_valid(kind, name, value)


class DryRunApproves(Depot):
    """A volume that a dry run has looked at is not looked at again."""

    def populate(self, world: World) -> Natives:
        self.approved: set[str] = set()
        return super().populate(world)

    def is_dry_run(self, fields: dict[str, Any]) -> bool:
        self.approved.update(fields.get("volume_ids", []) if fields.get("dry_run") else [])
        return super().is_dry_run(fields)

    def is_held(self, row: Row) -> bool:
        return row.id not in self.approved and super().is_held(row)


# --- 17 unsafe-default ------------------------------------------------------------------------------------------------


class NoScopeMeansTheOrganization(Depot):
    """A purge that says nothing of its scope takes the whole organization."""

    def check_names(self, asked: Operation, fields: dict[str, Any], unknown: set[str], missing: set[str]) -> None:
        says_nothing = asked.one_of and not any(name in fields for name in asked.one_of)
        super().check_names(asked, {"acknowledge": None} if says_nothing else fields, unknown, missing)


class DryRunDefaultsToFalse(Depot):
    """A purge that does not say whether it is a dry run is none."""

    def check_names(self, asked: Operation, fields: dict[str, Any], unknown: set[str], missing: set[str]) -> None:
        super().check_names(asked, fields, unknown, missing - {"dry_run"})


class OneListForAllCalls(Depot):
    """The list of what to destroy is made once and shared by all calls, as a mutable default is."""

    def populate(self, world: World) -> Natives:
        self.doomed: list[Row] = []
        return super().populate(world)

    def select(self, owner: str, asked: Operation, fields: dict[str, Any]) -> list[Row]:
        self.doomed += super().select(owner, asked, fields)
        return self.doomed

    def destroy(self, targets: list[Row]) -> Reply:
        reply = super().destroy(targets)
        self.doomed = []
        return reply


# --- 18 pattern-overmatch ---------------------------------------------------------------------------------------------


class OrganizationByPrefix(Depot):
    """An organization owns what belongs to any whose id begins like its own."""

    def owned(self, owner: str, kind: str) -> list[Row]:
        return [row for row in self.inventory(kind) if row.organization.startswith(owner)]


class OrganizationFolded(Depot):
    """Case, width and blanks are ignored when rows are filtered, and nowhere else."""

    def owned(self, owner: str, kind: str) -> list[Row]:
        return [row for row in self.inventory(kind) if fold(row.organization) == fold(owner)]


# --- 19 parser-differential -------------------------------------------------------------------------------------------


class FirstKeyCheckedLastKeyRun(Depot):
    """Of a key that stands twice, the first value is checked and the last one is run."""

    last: Any = None

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self.last = dict(pairs).get("volume_id")
        return dict(reversed(pairs))

    def send(self, caller: Any, operation: str, body: bytes) -> Reply:
        try:
            return super().send(caller, operation, body)
        finally:
            self.last = None

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        checked = super().of_ids(owner, kind, ids)
        return [row for row in self.inventory(kind) if row.id == self.last] or checked


# --- 20 replay-or-id-reuse --------------------------------------------------------------------------------------------


class NameInsteadOfIdentity(Shelf):
    """Names are unique within a tenant only; the delete goes by the name alone."""

    def erase(self, owner: str, name: str) -> None:
        self.books = {key: state for key, state in self.books.items() if key[1] != name}


TRANSFER = Operation(
    "transfer",
    OPERATOR,
    {
        "organization_id": organization(),
        "volume_id": resource("volume"),
        "to_organization_id": organization(destination=True),
        "to_project_id": project(destination=True),
    },
    effect=Effect.MOVE,
)


class DepotWithTransfer(Depot):
    """Sound: an operator may hand a volume over to a project of another organization."""

    operations = (DELETE, PURGE, TRANSFER)

    def run(self, caller: Any, asked: Operation, fields: dict[str, Any]) -> Reply:
        if asked is not TRANSFER:
            return super().run(caller, asked, fields)
        self.check_caller(caller, asked)
        self.check_shape(asked, fields)
        (row,) = self.select(fields["organization_id"], DELETE, {"volume_id": fields["volume_id"]})
        if (fields["to_organization_id"], fields["to_project_id"]) not in self.projects:
            raise Refusal("not_found")
        self.check_targets("volume", [row])
        self.record("intent", row)
        self.hand_over(row, fields["to_organization_id"], fields["to_project_id"])
        self.record("effect", row)
        return accepted({"transferred": row.id})

    def hand_over(self, row: Row, organization: str, project: str) -> None:
        row.organization, row.project = organization, project


class FormerOwnerRemembered(DepotWithTransfer):
    """Who owns an id is looked up once and kept; the id then passes into other hands."""

    def populate(self, world: World) -> Natives:
        natives = super().populate(world)
        self.owner_of = {row.id: row.organization for row in self.rows}
        return natives

    def owned(self, owner: str, kind: str) -> list[Row]:
        return [row for row in self.inventory(kind) if self.owner_of[row.id] == owner]


# --- what other tenants can bring about -------------------------------------------------------------------------------


class ShortIdsMustBeUnique(Depot):
    """An id may be shortened as long as one volume begins so: a neighbour's longer id makes one's own ambiguous."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        if any(sum(row.id.startswith(id) for row in self.inventory(kind)) > 1 for id in ids):
            raise Refusal("ambiguous")
        return super().of_ids(owner, kind, ids)


class ForeignIsNotUnknown(Depot):
    """The answer tells a neighbour's id from one that does not exist."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        if any(row.id in ids and row.organization != owner for row in self.inventory(kind)):
            raise Refusal("not_allowed")
        return super().of_ids(owner, kind, ids)


class OneQuotaForEverybody(Depot):
    """One destructive call a day, for all tenants together."""

    def destroy(self, targets: list[Row]) -> Reply:
        if self.trail:
            raise Refusal("try_later")
        return super().destroy(targets)


# --- the trail and the receipt ----------------------------------------------------------------------------------------


class NoIntent(Depot):
    """Effects are recorded afterwards only."""

    def record(self, phase: str, row: Row) -> None:
        if phase == "effect":
            super().record(phase, row)


class OnlyTheFirstIsRecorded(Depot):
    """The trail of a call over several volumes ends after the first."""

    def destroy(self, targets: list[Row]) -> Reply:
        before = len(self.trail)
        reply = super().destroy(targets)
        self.trail = [*self.trail[:before], *self.trail[before:][:2]]
        return reply


class RunsWithoutTrail(Depot):
    """The trail cannot be written, and it runs anyway."""

    def record(self, phase: str, row: Row) -> None:
        if self.fault != "audit-fails":
            self.trail.append(AuditEntry(phase, row.key))


class ReceiptLostHalfway(Depot):
    """A call that stops halfway forgets what it had done."""

    def stopped(self, receipt: dict[tuple[str, str], str]) -> Reply:
        return (
            refused("unavailable") if "done" in receipt.values() else super().stopped(dict.fromkeys(receipt, "refused"))
        )


# --- the table --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Planted:
    """One fault: the class of incident it stands for, the property meant to catch it, and a trace that shows it."""

    make: type[Depot] | type[Shelf]
    incident_class: int | None
    caught_by: str
    witness: tuple[Step, ...]
    style: str = "plain"
    """The collision of ids that the witness needs."""

    @property
    def name(self) -> str:
        return "".join("-" * (n > 0 and c.isupper()) + c.lower() for n, c in enumerate(self.make.__name__))

    @property
    def title(self) -> str:
        return (self.make.__doc__ or "").partition("\n")[0]

    @property
    def parent(self) -> type[Any]:
        """The sound service of which this one is a single fault away."""
        return self.make.__mro__[1]


def _delete(volume: str = "volume#1", *crafts: str, by: str = "tenant#0") -> Step:
    return Step("delete", {"volume_id": ref(volume)}, by, crafts)


def _purge(
    scope: Mapping[str, Any], *crafts: str, of: str = "org#0", dry_run: bool = False, by: str = "operator#0"
) -> Step:
    return Step("purge", {"organization_id": ref(of), **scope, "dry_run": dry_run}, by, crafts)


def _hold(level: str, name: str) -> Step:
    return Step("@hold", {"level": level, "id": ref(name), "on": True})


def _read_only(state: bool | None) -> Step:
    return Step("@read_only", {"kind": "volume", "state": state})


def _limit(count: int, percent: int) -> Step:
    return Step("@limit", {"count": count, "percent": percent})


def _fault(name: str) -> Step:
    return Step("@fault", {"fault": name})


_EVERYTHING = {"acknowledge": ref("org#0")}
_PROJECT = {"project_id": ref("project#1")}
_LIST = {"volume_ids": [ref("volume#1"), ref("volume#2")]}
_THEIRS = {"volume_ids": [ref("volume#5")]}
_STANDS_ON_IT = Step("@depend", {"dependent": ref("volume#5"), "on": ref("volume#1")})
_GIVEN_AWAY = Step(
    "transfer",
    {
        "organization_id": ref("org#0"),
        "volume_id": ref("volume#1"),
        "to_organization_id": ref("org#1"),
        "to_project_id": ref("project#3"),
    },
    "operator#0",
)
_REMOVED = Step("remove", {"book": ref("book#1")}, "tenant#0")

PLANTED: tuple[Planted, ...] = (
    Planted(ProjectsBug, 1, "isolation", (_purge(_PROJECT, "project_id:null"),)),
    Planted(ProjectWithoutItsOrganization, 1, "isolation", (_purge(_PROJECT, "project_id:foreign"),)),
    Planted(NoIdsMeanEverything, 2, "isolation", (_purge(_LIST, "volume_ids:empty-list"),)),
    Planted(BlankProjectMeansEveryProject, 2, "malformed-refused", (_purge(_PROJECT, "project_id:empty"),)),
    Planted(AnyKindOfId, 3, "malformed-refused", (_delete("volume#1", "volume_id:wrong-kind"),)),
    Planted(OrganizationIdAsVolumeId, 3, "isolation", (_delete("volume#1", "volume_id:foreign-wrong-kind"),)),
    Planted(ProjectInsteadOfVolume, 4, "exact-effects", (_delete(),)),
    Planted(BulkPathForgetsHolds, 5, "hold-respected", (_hold("resource", "volume#1"), _purge(_LIST))),
    Planted(RawBodiesAreTrusted, 5, "isolation", (_delete("volume#1", "volume_id:duplicate-foreign-last"),)),
    Planted(EffectBeforeVerdict, 6, "refusal-inert", (_read_only(True), _delete())),
    Planted(VerdictSwallowed, 6, "dependents-safe", (_STANDS_ON_IT, _delete())),
    Planted(
        UnknownHoldsAreNoHolds, 7, "hold-respected", (_hold("resource", "volume#1"), _fault("holds-unknown"), _delete())
    ),
    Planted(UnknownStateIsWritable, 7, "read-only-inert", (_read_only(None), _delete())),
    Planted(OneOwnIdIsEnough, 8, "isolation", (_purge(_LIST, "volume_ids:foreign-last"),)),
    Planted(AllOfNoneIsFine, 8, "isolation", (_delete("volume#1", "volume_id:foreign"),)),
    Planted(OnlyTheFirstIdIsChecked, 9, "isolation", (_purge(_LIST, "volume_ids:foreign-last"),)),
    Planted(TenantsMayPurge, 9, "isolation", (_purge(_EVERYTHING, by="tenant#1"),)),
    Planted(NobodyIsInternal, 9, "isolation", (_delete("volume#1", "caller:nobody"),)),
    Planted(CountsCallsNotVolumes, 10, "blast-radius", (_limit(1, 100), _purge(_EVERYTHING))),
    Planted(LimitOffByOne, 10, "blast-radius", (_limit(3, 100), _purge(_EVERYTHING))),
    Planted(PercentRoundedDown, 10, "blast-radius", (_limit(1_000, 12), _delete())),
    Planted(Cascade, 13, "dependents-safe", (_STANDS_ON_IT, _delete())),
    Planted(FirstPageOnly, 14, "useful", (_purge(_EVERYTHING),)),
    Planted(PageBeforeFilter, 14, "noninterference", (_purge(_EVERYTHING),)),
    Planted(
        FirstPageOfHolds,
        14,
        "hold-respected",
        (_hold("organization", "org#1"), _hold("resource", "volume#1"), _delete()),
    ),
    Planted(ProjectHoldNotInherited, 15, "hold-respected", (_hold("project", "project#1"), _delete())),
    Planted(ReadOnlyMissesVolumes, 15, "read-only-inert", (_read_only(True), _delete())),
    Planted(BulkPathDropsTheFlag, 16, "dry-run-inert", (_purge(_LIST, dry_run=True),)),
    Planted(DryRunIsAWord, 16, "malformed-refused", (_purge(_LIST, "dry_run:true-word"),)),
    Planted(
        DryRunApproves,
        16,
        "hold-respected",
        (_purge(_LIST, dry_run=True), _hold("resource", "volume#1"), _delete()),
    ),
    Planted(NoScopeMeansTheOrganization, 17, "malformed-refused", (_purge(_EVERYTHING, "acknowledge:missing"),)),
    Planted(DryRunDefaultsToFalse, 17, "malformed-refused", (_purge(_LIST, "dry_run:missing"),)),
    Planted(OneListForAllCalls, 17, "isolation", (_purge(_THEIRS, of="org#1", dry_run=True), _delete())),
    Planted(OrganizationByPrefix, 18, "isolation", (_purge(_EVERYTHING),), "prefix"),
    Planted(OrganizationFolded, 18, "isolation", (_purge(_EVERYTHING),), "case"),
    Planted(FirstKeyCheckedLastKeyRun, 19, "isolation", (_delete("volume#1", "volume_id:duplicate-foreign-last"),)),
    Planted(NameInsteadOfIdentity, 20, "isolation", (_REMOVED,), "same-name"),
    Planted(FormerOwnerRemembered, 20, "isolation", (_GIVEN_AWAY, _delete())),
    Planted(ShortIdsMustBeUnique, None, "noninterference", (_delete(),), "prefix"),
    Planted(ForeignIsNotUnknown, None, "noninterference", (_delete("volume#1", "volume_id:foreign"),)),
    Planted(OneQuotaForEverybody, None, "noninterference", (_delete("volume#5", by="tenant#1"), _delete())),
    Planted(NoIntent, None, "audit-complete", (_delete(),)),
    Planted(OnlyTheFirstIsRecorded, None, "audit-complete", (_purge(_LIST),)),
    Planted(RunsWithoutTrail, None, "audit-complete", (_fault("audit-fails"), _delete())),
    Planted(ReceiptLostHalfway, None, "fail-closed", (_fault("write-fails"), _purge(_LIST))),
)
"""The incident's own bug comes first, the rest in the order of the classes."""

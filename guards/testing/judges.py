"""The judges behind the named properties: one function each, which looks at one exchange and says what it shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from guards.testing.crafts import craft_name
from guards.testing.exchange import Exchange, reason_in_words
from guards.testing.reading import Duty, Reason
from guards.testing.service import (
    Effect,
    Outcome,
    Seen,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one call says about one property."""

    exercised: bool
    why: str = ""
    """Not empty when the property is broken: one sentence for a reviewer."""
    objects: tuple[Any, ...] = ()


SILENT, HELD = Finding(False), Finding(True)


def broken(why: str, objects: Iterable[Any] = ()) -> Finding:
    return Finding(True, why, tuple(sorted(objects, key=repr)))


Judge = Callable[[Exchange], Finding]


def isolation(x: Exchange) -> Finding:
    """Effects against the lenient reading: owners before and after, whatever the reply said."""
    allowed_after = x.reading.entitled | x.reading.destinations
    foreign = [
        key
        for key, (before, after) in x.changes.items()
        if (before is not None and before.organization not in x.reading.entitled)
        or (
            after is not None
            and after.organization not in (allowed_after if before is not None else x.reading.entitled)
        )
    ]
    if foreign:
        return broken("the call changed what is not its caller's, or not the organization's that it names", foreign)
    if len({before.organization for before, _ in x.changes.values() if before is not None}) > 1:
        return broken("the call changed objects of more than one organization", x.changes)
    return HELD if x.changes or x.reading.relation == "other organization" else SILENT


def noninterference(x: Exchange) -> Finding:
    """Effects against the same call in the same world without the organizations that have nothing to do with it."""
    if x.twin is None or x.twin.names is None:
        return SILENT
    common = frozenset(x.twin.names.objects.values())
    mine, theirs = _effects(x, common), _effects(x.twin, common)
    if mine != theirs:
        refs = {name for name, _ in mine.items() ^ theirs.items()}
        keys = {ref: key for key, ref in x.names.objects.items()} if x.names else {}
        differing = [keys.get(ref, ref) for ref in refs]
        return broken("the call has other effects once tenants that have nothing to do with it are there", differing)
    if x.comparable and (x.outcome, x.reply.code) != (x.twin.outcome, x.twin.reply.code):
        answers = f"{x.outcome} {x.reply.code}, and {x.twin.outcome} {x.twin.reply.code}"
        return broken(f"the call is answered {answers} without the tenants that have nothing to do with it")
    if (
        x.comparable
        and x.has_the_same_ids
        and x.operation.effect is not Effect.CREATE
        and x.reply.body != x.twin.reply.body
    ):
        return broken("the call is answered with other words once tenants that have nothing to do with it are there")
    return HELD


def _effects(x: Exchange, common: frozenset[str]) -> dict[str, str]:
    """The effects on what both worlds have, by ref; created objects are told by what they are, not by their new ids."""
    if x.names is None:
        return {}
    out: dict[str, str] = {}
    made: list[str] = []
    for key, (before, after) in x.changes.items():
        ref = x.names.objects.get(key)
        if ref in common:
            out[str(ref)] = repr((x.names.of(before), x.names.of(after)))
        elif before is None:
            made.append(repr(x.names.of(after)))
    return out | {f"created {n}": what for n, what in enumerate(sorted(made))}


def malformed_refused(x: Exchange) -> Finding:
    if Reason.FORM not in x.reading.reasons or x.reading.duty is not Duty.MUST_NOT:
        return SILENT
    if x.changes:
        return broken(f"the call changed something although {reason_in_words(x.reading.reasons)}", x.changes)
    if x.outcome is Outcome.ACCEPTED:
        return broken(f"the call was accepted although {reason_in_words(x.reading.reasons)}")
    declared = _declared(x)
    if x.outcome is Outcome.REFUSED and declared and x.reply.code != declared:
        return broken(f"the call was refused as `{x.reply.code}`; the service declares `{declared}` for this craft")
    return HELD


def _declared(x: Exchange) -> str:
    """The refusal code that the service declares for the one craft of this call."""
    if len(x.step.crafts) != 1 or not x.is_first:
        return ""
    craft = x.step.crafts[0]
    return x.operation.refuses.get(craft) or x.operation.refuses.get(craft_name(craft), "")


def refusal_inert(x: Exchange) -> Finding:
    if x.outcome is Outcome.NOT_TRIED and x.changes:
        return broken("the call was said not to have been tried, and changed something all the same", x.changes)
    if x.outcome is not Outcome.REFUSED:
        return SILENT
    return broken("the call was refused, and changed something all the same", x.changes) if x.changes else HELD


def inert(reason: Reason) -> Judge:
    def judge(x: Exchange) -> Finding:
        if reason not in x.reading.reasons:
            return SILENT
        if x.changes:
            return broken(f"the call changed something although {reason_in_words(frozenset({reason}))}", x.changes)
        return HELD

    return judge


def read_only_inert(x: Exchange) -> Finding:
    """By what changed, whatever kind of object the call says it is about."""
    declared = inert(Reason.READ_ONLY)(x)
    touched = [key for key in x.frozen if _is_touched(x, key)]
    if touched and not declared.why:
        return broken("the call changed what belongs to a product in read-only mode", touched)
    return declared


def _is_touched(x: Exchange, key: Any) -> bool:
    """Whether this change goes against read-only mode. A hold may still be put on, or lifted, and what stands on a
    writable product falls with it.
    """
    before, after = x.changes[key]
    if before is not None and after is not None and x.operation.effect in _ALLOWED_THEN:
        return before._replace(state=None) != after._replace(state=None)
    row = before or after
    return row is not None and not _hangs_on(key, row, x.reading.targets or (), x)


_ALLOWED_THEN = frozenset({Effect.HOLD, Effect.UNHOLD, Effect.READ_ONLY})


def hold_respected(x: Exchange) -> Finding:
    if x.operation.effect is Effect.DESTROY and x.held:
        return broken("the call destroyed what a hold covers", x.held)
    return HELD if Reason.HOLD in x.reading.reasons else SILENT


def dependents_safe(x: Exchange) -> Finding:
    if x.operation.effect is Effect.DESTROY and x.load_bearing:
        return broken("the call destroyed what another tenant's live object stands on", x.load_bearing)
    return HELD if Reason.DEPENDENTS in x.reading.reasons else SILENT


def blast_radius(x: Exchange) -> Finding:
    if x.operation.effect is not Effect.DESTROY or x.allowance is None:
        return SILENT
    count, percent, fleet = x.allowance
    hit = [
        key
        for key, (before, _) in x.changes.items()
        if before is not None and not before.gone and before.parent is None and before.kind in (x.operation.acts_on, "")
    ]
    if len(hit) > count or len(hit) * 100 > percent * fleet:
        return broken(
            f"the call hit {len(hit)} of {fleet} live objects; the limits are {count} and {percent} percent", hit
        )
    return HELD if Reason.LIMIT in x.reading.reasons else SILENT


def exact_effects(x: Exchange) -> Finding:
    """An accepted, well-formed call changes its targets and nothing else."""
    if x.outcome is not Outcome.ACCEPTED or x.reading.duty is Duty.MUST_NOT or x.fault:
        return SILENT
    if x.reading.targets is None:
        outside = _outside(x)
        return broken("the call changed what is not of the project that it names", outside) if outside else SILENT
    wrong = _surplus(x) | (_lacking(x) if x.changes else frozenset())
    if wrong:
        return broken("the call was accepted and changed other objects than the ones it asked for", wrong)
    return HELD if x.changes else SILENT


def useful(x: Exchange) -> Finding:
    """What keeps "always refuse" from passing, and "always accept, never do"; an unanswered call shows neither."""
    if x.outcome in (Outcome.NOT_TRIED, Outcome.FAILED):
        return SILENT
    if x.reading.is_preview:
        return HELD if x.outcome is Outcome.ACCEPTED else broken("a dry run that nothing stands against was refused")
    if x.reading.duty is not Duty.MUST or x.was_stopped:
        return SILENT
    if x.outcome is not Outcome.ACCEPTED:
        code = f" ({x.reply.code})" if x.reply.code else ""
        return broken(f"a well-formed call that nothing stands against was {x.outcome}{code}")
    is_hold = x.operation.effect in (Effect.HOLD, Effect.UNHOLD)
    if _lacking(x) and (x.changes or is_hold):
        return broken("the call was accepted and left out objects that it asked for", _lacking(x))
    return HELD if x.changes or not x.operation.must_show else SILENT


IDLE = broken("a well-formed call was accepted and changed nothing")
"""What `did_nothing` shows of a service that does do something, elsewhere."""


def did_nothing(x: Exchange) -> bool:
    """An accepted call that owes an effect and had none: broken if the service ever does anything, else nothing was
    tested.
    """
    return (
        x.reading.duty is Duty.MUST
        and x.outcome is Outcome.ACCEPTED
        and not x.changes
        and x.operation.must_show
        and (x.operation.effect is not Effect.CHANGE or x.is_first)  # later it may be so already
    )


def _lacking(x: Exchange) -> frozenset[Any]:
    """Objects that the call had to change and did not."""
    if x.operation.effect in (Effect.DESTROY, Effect.RESTORE):
        return frozenset(key for key in x.reading.targets or () if key not in x.changes)
    if x.operation.effect is Effect.MOVE:
        return frozenset(key for key in x.reading.targets or () if not _is_at_home(x, key) and not _was_at_home(x, key))
    if x.operation.effect is Effect.CREATE:
        made = [key for key, (before, after) in x.changes.items() if before is None and after is not None]
        return (
            frozenset() if any(_is_at_home(x, key) for key in made) else frozenset(made) or frozenset({"a new object"})
        )
    return _left_as_they_were(x)


def _left_as_they_were(x: Exchange) -> frozenset[Any]:
    """What the call was to change, hold or release and did not, where such an effect shows on objects of its kind.

    That it shows is proved by another target of the same call, or by a hold at the same level before it.
    """
    if x.operation.effect is Effect.CHANGE and not x.is_first:
        return frozenset()  # it may have been so already
    left = x.reading.owed - x.changes.keys()
    shown = {x.seen[key].kind for key in x.reading.owed & x.changes.keys()}
    return left if x.holds_show and not shown else frozenset(key for key in left if x.seen[key].kind in shown)


def _is_at_home(x: Exchange, key: Any) -> bool:
    after = x.changes.get(key, (None, None))[1]
    return after is not None and _lives_in(after, x.reading.home)


def _was_at_home(x: Exchange, key: Any) -> bool:
    return _lives_in(x.seen[key], x.reading.home) and key not in x.changes


def _lives_in(row: Seen, home: tuple[Any, Any]) -> bool:
    """Whether an object is where the call wants it: in any project where it names none or none is seen."""
    organization, project = home
    return row.organization == organization and (project is None or row.project in (project, None))


def _surplus(x: Exchange) -> frozenset[Any]:
    """Objects that changed although the call did not ask for them; parts and own dependents of a target may."""
    targets = x.reading.targets or frozenset()
    out = set()
    for key, (before, after) in x.changes.items():
        row = before or after
        if key in targets or row is None:
            continue
        if key in x.reading.gone and (x.operation.effect is not Effect.DESTROY or after is None or after.gone):
            continue  # restored or purged
        if (
            before is None
            and x.operation.effect in (Effect.CREATE, Effect.MOVE)
            and row.organization == x.reading.home[0]
        ):
            continue
        if not _hangs_on(key, row, targets | x.changes.keys() if before is None else targets, x):
            out.add(key)
    if x.operation.effect in (Effect.HOLD, Effect.UNHOLD, Effect.READ_ONLY):
        return frozenset(key for key in out if not _is_in_reach(x, key))
    return frozenset(out)


def _outside(x: Exchange) -> frozenset[Any]:
    """Of a call whose targets a token alone says: what changed and is not of the project that it names."""
    if x.reading.home[1] is None or x.operation.effect in _ALLOWED_THEN:
        return frozenset()
    rows = {key: row for key, (before, after) in x.changes.items() if (row := before or after) is not None}
    inside = {key for key, row in rows.items() if _lives_in(row, x.reading.home)}
    return frozenset(key for key, row in rows.items() if key not in inside and not _hangs_on(key, row, inside, x))


def _hangs_on(key: Any, row: Seen, targets: Collection[Any], x: Exchange) -> bool:
    """Whether this object is a part of a target, or stands on one, at any depth."""
    reached, rising = {key}, [row.parent, *(on for dependent, on in x.grounds if dependent == key)]
    while rising:
        ground = rising.pop()
        if ground in targets and ground != key:
            return True
        if ground is None or ground in reached:
            continue
        reached.add(ground)
        above = x.seen.get(ground)
        rising += [above.parent if above is not None else None, *(on for upper, on in x.grounds if upper == ground)]
    return False


def _is_in_reach(x: Exchange, key: Any) -> bool:
    before, after = x.changes[key]
    row = before or after
    return row is not None and row.organization in (x.reading.entitled | {x.reading.home[0], None})


def fail_closed(x: Exchange) -> Finding:
    if not x.fault:
        return SILENT
    if x.reading.targets is None:
        return SILENT  # a tolerated spelling: the judge cannot tell what it asks for
    outside = _surplus(x)
    if outside:
        return broken(f"with `{x.fault}` failing, the call changed what it did not ask for", outside)
    if x.outcome is Outcome.ACCEPTED:
        if x.reading.duty is not Duty.MUST_NOT and _lacking(x):
            return broken(
                f"with `{x.fault}` failing, the call was accepted without doing all it asked for", _lacking(x)
            )
        return SILENT  # the fault did not bite
    if x.outcome is Outcome.INTERRUPTED:
        return _receipt_is_true(x)
    if x.changes:
        return broken(f"with `{x.fault}` failing, the call did not say that it changed something", x.changes)
    return SILENT if x.reading.reasons else HELD  # with a reason to refuse it, the fault may have had no part in it


def _receipt_is_true(x: Exchange) -> Finding:
    receipt: Mapping[Any, str] = x.reply.receipt or {}
    unnamed = [
        key for key in x.changes if key in (x.reading.targets or ()) and receipt.get(key) not in ("done", "in doubt")
    ]
    if unnamed:
        return broken("the interrupted call changed what its receipt does not name", unnamed)
    claimed = [key for key, what in receipt.items() if what == "done" and key not in x.changes]
    if claimed:
        return broken("the interrupted call's receipt names as done what did not change", claimed)
    return HELD


def audit_complete(x: Exchange) -> Finding:
    """One intent before each effect, one record after; nothing recorded that did not happen."""
    if x.audit is None or x.operation.effect is not Effect.DESTROY:
        return SILENT
    targets = x.reading.targets or frozenset()
    changed = [key for key, (before, _) in x.changes.items() if key in targets or (before and before.parent is None)]
    for key in changed:
        phases = [entry.phase for entry in x.audit if entry.object == key]
        if phases != ["intent", "effect"] and not (x.fault and phases[:1] == ["intent"]):
            return broken(
                f"the audit trail of a changed object reads {phases or 'nothing'}, not intent and effect", [key]
            )
    invented = [entry.object for entry in x.audit if entry.phase == "effect" and entry.object not in x.changes]
    if invented:
        return broken("the audit trail records an effect that did not happen", invented)
    return HELD if changed else SILENT

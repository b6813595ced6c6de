"""The Hypothesis state machine: rules only. It draws sequences of steps that start from valid calls; the replayer
runs them, others judge.

Hypothesis is the generator here, not the judge: nothing is raised inside, and counterexamples are shortened by replay
(see `trace`), so its shrinker is off and a run costs what its steps cost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from guards.testing.calls import Aim, Form, forms, kinds_of, valid_call
from guards.testing.crafts import crafts_for
from guards.testing.exchange import Exchange
from guards.testing.replay import Session
from guards.testing.service import Effect, Faults, FreezesProducts, Holds, Limits, SendsBytes, Service, Sharing
from guards.testing.steps import Step, ref
from guards.testing.world import Organization, Project, Resource, World

Watch = Callable[[World, Sequence[Step], Exchange], None]
"""Called after each call with the world, the steps so far (this one last) and what happened."""

PICKS = 1 << 16


def make_machine(
    service: Service, worlds: Sequence[World], watch: Watch, done: Callable[[World, Sequence[Step]], None]
) -> type[Any]:
    """A state machine class that attacks this service in these worlds.

    `watch` sees every call; `done` sees every finished sequence.
    """
    shapes = forms(service.operations)
    takes_bytes = isinstance(service, SendsBytes)
    crafts = {form.name: crafts_for(form.operation, form.variant, takes_bytes=takes_bytes) for form in shapes}
    circumstances = _circumstances_of(service)
    grounds = [grounds_of(world) for world in worlds]

    class Attack(RuleBasedStateMachine):
        """One service, one world, one sequence of calls."""

        @initialize(number=st.integers(0, len(worlds) - 1))
        def populate(self, number: int) -> None:
            self.session, self.grounds = Session(service, worlds[number]), grounds[number]
            self.steps: list[Step] = []
            self.focus: Aim | None = None

        @rule(form=st.sampled_from(shapes), pick=st.integers(0, PICKS - 1))
        def call(self, form: Form, pick: int) -> None:
            self._run(self._valid(form, pick))

        @rule(form=st.sampled_from(shapes), pick=st.integers(0, PICKS - 1), number=st.integers(0, 999))
        def craft(self, form: Form, pick: int, number: int) -> None:
            step = self._valid(form, pick)
            if step is not None:
                names = crafts[form.name]
                self._run(Step(step.do, step.fields, step.caller, (names[number % len(names)],), step.let))

        @precondition(lambda self: self.focus is not None)
        @rule(form=st.sampled_from(shapes))
        def go_on(self, form: Form) -> None:
            """Another call about the same things: hold then delete, move then delete, delete then delete."""
            if self.focus is not None:
                self._run(valid_call(form, self.session.world, self.focus, let=self._name()))

        if circumstances:

            @rule(number=st.integers(0, len(circumstances) - 1), pick=st.integers(0, PICKS - 1))
            def change_circumstances(self, number: int, pick: int) -> None:
                aim = self._aim(pick)
                step = circumstances[number](self.session.world, aim, bool(pick & 1))
                if step is not None:
                    self.session.run(step)
                    self.steps.append(step)

        def teardown(self) -> None:
            if getattr(self, "steps", None):
                done(self.session.world, self.steps)

        def _name(self) -> str:
            return f"call#{len(self.steps)}"

        def _valid(self, form: Form, pick: int) -> Step | None:
            self.focus = self._aim(pick)
            return valid_call(form, self.session.world, self.focus, let=self._name())

        def _aim(self, pick: int) -> Aim:
            return pick_aim(self.session, self.grounds, pick)

        def _run(self, step: Step | None) -> None:
            if step is None:
                return
            self.steps.append(step)
            exchange = self.session.run(step)
            if exchange is not None:
                watch(self.session.world, self.steps, exchange)

    return Attack


@dataclass(frozen=True, slots=True)
class Ground:
    """What one organization has; gathered once for each world, because every step aims at some of it."""

    organization: Organization
    projects: tuple[Project, ...]
    resources: tuple[Resource, ...]


def grounds_of(world: World) -> tuple[Ground, ...]:
    return tuple(
        Ground(
            organization,
            tuple(p for p in world.projects if p.organization is organization),
            tuple(r for r in world.resources if r.organization is organization),
        )
        for organization in world.organizations
    )


def pick_aim(session: Session, grounds: Sequence[Ground], pick: int) -> Aim:
    """An aim among what still lives, chosen by one number: organization, project, how many resources, and where to."""
    pick, n = divmod(pick, 4)
    ground = grounds[(0, 0, 1, 2)[n] % len(grounds)]
    pick, n = divmod(pick, len(ground.projects))
    project = ground.projects[n]
    pick, n = divmod(pick, len(session.world.projects))
    destination = session.world.projects[n]
    pick, take = divmod(pick, 3)
    live = _live(session, ground)
    if live and not any(home == session.natives[project.ref] for _, home in live):
        project = next((p for p in ground.projects if any(home == session.natives[p.ref] for _, home in live)), project)
    inside = [r for r, home in live if home == session.natives[project.ref]] or [r for r, _ in live] or ground.resources
    picked = []
    for kind in dict.fromkeys(r.kind for r in inside):
        same = [r for r in inside if r.kind == kind]
        pick, n = divmod(pick, max(len(same), 1))
        picked += (same[n:] + same[:n])[: take + 1]
    return Aim(ground.organization, project, tuple(picked), destination)


def _live(session: Session, ground: Ground) -> list[tuple[Resource, Any]]:
    """What the organization owns by now, and in which project: things are destroyed, and they change hands."""
    native = session.natives[ground.organization.ref]
    out = []
    for resource in session.world.resources:
        key = session.key_of(resource.ref)
        row = session.seen.get(key)
        if row is not None and not row.gone and row.organization == native:
            out.append((resource, session.oracle.project_of(key, row)))
    return out


def _circumstances_of(service: Service) -> list[Callable[[World, Aim, bool], Step | None]]:
    """The circumstances that this service can be put into, each as a maker of a step."""
    out: list[Callable[[World, Aim, bool], Step | None]] = []
    kinds = kinds_of([op for op in service.operations if op.effect is not Effect.READ])
    if isinstance(service, Holds):
        out.append(
            lambda _w, at, on: Step("@hold", {"level": "organization", "id": ref(at.organization.ref), "on": on})
        )
        out.append(lambda _w, at, on: Step("@hold", {"level": "project", "id": ref(at.project.ref), "on": on}))
        out.append(
            lambda _w, at, on: (
                Step("@hold", {"level": "resource", "id": ref(at.resources[0].ref), "on": on}) if at.resources else None
            )
        )
    if isinstance(service, FreezesProducts):
        out.append(lambda _w, at, on: Step("@read_only", {"kind": kinds[len(at.resources) % len(kinds)], "state": on}))
        out.append(lambda _w, _at, on: Step("@read_only", {"kind": kinds[0], "state": None if on else False}))
    if isinstance(service, Limits):
        out.append(lambda _w, _at, on: Step("@limit", {"count": 1 if on else 10_000, "percent": 100}))
    if isinstance(service, Faults):
        faults = tuple(service.faults)
        out.append(lambda _w, at, on: Step("@fault", {"fault": faults[(2 * len(at.resources) + on) % len(faults)]}))
    if isinstance(service, Sharing):
        out.append(lambda world, at, _on: _dependency(world, at))
    return out


def _dependency(world: World, at: Aim) -> Step | None:
    foreign = next((r for r in world.resources if r.organization is not at.organization), None)
    if foreign is None or not at.resources:
        return None
    return Step("@depend", {"dependent": ref(foreign.ref), "on": ref(at.resources[0].ref)})


class SeedAlone(HypothesisProvider):
    """Draws by the seed alone. Hypothesis mixes constants of every imported module of the project into its draws, so
    that without this a seed would mean something else as soon as any file of the user's changes.
    """

    def _maybe_draw_constant(self, *_about: Any, **_more: Any) -> None:
        return None


AVAILABLE_PROVIDERS["guards-seed-alone"] = SeedAlone  # the documented way to add a backend


def run_machine(machine: type[Any], *, number: int, examples: int, steps: int) -> None:
    """Run a machine for so many sequences; `number` is the seed, and the same seed draws the same sequences."""
    run_state_machine_as_test(
        seed(number)(machine),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=False,
            backend="guards-seed-alone",
            phases=(Phase.generate,),
            verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
        ),
    )

"""The versioned shapes of result and trace files, the verdicts and the exit codes: where kit, lab, report and
commands meet.

A leaf: it knows JSON and nothing of what produced it. Files come from outside and are hostile; each `read_...`
either gives a validated value or raises `ResultFileError` with the place and the reason.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from guards.errors import GuardsError
from guards.strict_json import read_json

FILE_MAX_BYTES = 64 << 20


class ResultFileError(GuardsError):
    """A result or trace file that cannot be trusted: truncated, foreign, of another schema, or contradictory."""

    code = "bad_result_file"


class Verdict(StrEnum):
    """What a run says of one property. Only `held` is good news."""

    HELD = "held"
    BROKEN = "broken"
    VACUOUS = "vacuous"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"


class ExitCode(IntEnum):
    """One table for all commands; when several apply, 1 beats 4 beats 3 beats 0."""

    HELD = 0
    BROKEN = 1
    USAGE = 2
    VACUOUS = 3
    UNKNOWN = 4


def worst(codes: Iterable[int]) -> ExitCode:
    """What several codes come to together; nothing at all is vacuous.

    >>> worst([ExitCode.HELD, ExitCode.UNKNOWN, ExitCode.VACUOUS])
    <ExitCode.UNKNOWN: 4>
    """
    order = (ExitCode.BROKEN, ExitCode.UNKNOWN, ExitCode.VACUOUS, ExitCode.HELD)
    return next((code for code in order if code in set(codes)), ExitCode.VACUOUS)


def exit_code(verdicts: Iterable[tuple[str, Verdict]], require: Collection[str] = ()) -> ExitCode:
    """The exit code of a run with these (property, verdict) pairs; an unsupported property counts only if required.

    >>> exit_code([("isolation", Verdict.HELD), ("hold-respected", Verdict.UNSUPPORTED)])
    <ExitCode.HELD: 0>
    >>> exit_code([("isolation", Verdict.VACUOUS), ("useful", Verdict.BROKEN)])
    <ExitCode.BROKEN: 1>
    >>> exit_code([])
    <ExitCode.VACUOUS: 3>
    """
    found = dict(verdicts)
    codes = [_CODES[verdict] for verdict in found.values() if verdict is not Verdict.UNSUPPORTED]
    codes += [ExitCode.VACUOUS for name in require if found.get(name, Verdict.UNSUPPORTED) is Verdict.UNSUPPORTED]
    return worst(codes)


_CODES: Final = {
    Verdict.HELD: ExitCode.HELD,
    Verdict.BROKEN: ExitCode.BROKEN,
    Verdict.VACUOUS: ExitCode.VACUOUS,
    Verdict.UNKNOWN: ExitCode.UNKNOWN,
}


class _Shape(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)

    def to_json(self) -> str:
        """The file's text: one JSON object, the same for the same value, with a closing line end."""
        return json.dumps(self.model_dump(mode="json", by_alias=True), indent=1, sort_keys=True) + "\n"


Ref = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Id = Annotated[str, StringConstraints(max_length=10_000)]
Count = Annotated[int, Field(ge=0, le=1 << 53)]
"""How often something happened: never less than not at all, and no more than a page or a chart can tell apart."""


class OrganizationShape(_Shape):
    ref: Ref
    id: Id


class ProjectShape(_Shape):
    ref: Ref
    id: Id
    organization: Ref


class ResourceShape(_Shape):
    ref: Ref
    id: Id
    kind: Ref
    organization: Ref
    project: Ref | None


class PrincipalShape(_Shape):
    ref: Ref
    role: Literal["tenant", "operator"]
    organization: Ref | None


class WorldShape(_Shape):
    """Everything that exists before the first step."""

    style: Ref
    organizations: list[OrganizationShape] = Field(min_length=1)
    projects: list[ProjectShape]
    resources: list[ResourceShape]
    principals: list[PrincipalShape]


class StepShape(_Shape):
    """One step of the language in `guards.testing.steps`."""

    let: Ref | None = None
    caller: Ref | None = Field(default=None, alias="as")
    do: Ref
    fields: dict[str, Any] = Field(default_factory=dict, alias="with")
    crafts: list[Ref] = Field(default_factory=list, alias="craft")


class ChangeShape(_Shape):
    """One object that changed and must not have (or must have and did not), in words fit for a page or a terminal."""

    object: str
    owner: str
    before: str
    after: str


class TraceFile(_Shape):
    """A counterexample, or a call that the service failed to answer: its whole world, its steps, and what they showed
    when it was found.
    """

    schema_: Literal["guards.trace/1"] = Field(default="guards.trace/1", alias="schema")
    property: Ref
    why: str
    service: str
    seed: int
    round: int
    world: WorldShape
    steps: list[StepShape] = Field(min_length=1, max_length=10_000)
    changed: list[ChangeShape]
    raised: str = Field(default="", max_length=200)
    """What the service raised instead of answering; empty for a counterexample to a property."""


class PropertyResult(_Shape):
    """The verdict on one property, and how often it was really exercised."""

    name: str
    verdict: Verdict
    exercised: Count
    sentence: str
    falsified_by: str
    why: str = ""


class CellResult(_Shape):
    """One cell of the crossing table: how often tried, refused, with effects, and how many positive controls
    succeeded.
    """

    caller: str
    operation: str
    relation: str
    state: str
    craft: str
    attempts: Count
    refused: Count
    effects: Count
    controls: Count


class TallyResult(_Shape):
    """What a run really did."""

    calls: Count
    accepted: Count
    refused: dict[str, Count]
    interrupted: Count
    failed: Count
    not_tried: Count
    crossings: Count
    """Calls that named another organization with live objects, or a thing of it, in cells with a positive control."""
    crossings_hit: Count
    """Calls, of whatever kind, that changed something of an organization they were not entitled to."""
    crafts: dict[str, Count]
    cells_vacuous: Count


class VerifyResult(_Shape):
    """What `guards verify` found out about a service."""

    schema_: Literal["guards.verify/1"] = Field(default="guards.verify/1", alias="schema")
    command: Literal["verify"] = "verify"
    service: str
    seed: int
    rounds: int
    examples: int
    versions: dict[str, str]
    commit: str | None
    properties: list[PropertyResult]
    cells: list[CellResult]
    tally: TallyResult
    collisions: dict[str, str]
    """Each style of colliding ids: held, or why this service could not hold it."""
    counterexamples: list[TraceFile]
    seconds: float

    def verdicts(self) -> list[tuple[str, Verdict]]:
        return [(found.name, found.verdict) for found in self.properties]


class ReplayResult(_Shape):
    """What `guards replay` saw when it ran a counterexample again."""

    schema_: Literal["guards.replay/1"] = Field(default="guards.replay/1", alias="schema")
    command: Literal["replay"] = "replay"
    service: str
    property: str
    seed: int
    """The seed with which the counterexample was found."""
    versions: dict[str, str]
    commit: str | None
    reproduces: bool
    why: str
    steps: list[StepShape]
    changed: list[ChangeShape]


class DrillColumn(_Shape):
    """One run of the incident: what one call brought down, and what refused it."""

    title: str
    balancers: int
    organizations: int
    shared: int
    databases: int
    clusters: int
    cluster_organizations: int
    iot_customers: int
    codes: list[str]
    held_by: str


class DrillResult(_Shape):
    """What `guards drill` saw: the platform as of 2021, ours with the bug planted ever deeper, and ours."""

    schema_: Literal["guards.drill/1"] = Field(default="guards.drill/1", alias="schema")
    command: Literal["drill"] = "drill"
    versions: dict[str, str]
    commit: str | None
    seed: None = None
    """Nothing is drawn."""
    held: bool
    columns: list[DrillColumn]


class TargetShape(_Shape):
    """One resource that a call would destroy."""

    id: str
    project: str | None
    version: int


class DependentShape(_Shape):
    """One resource that would fall with a target."""

    id: str
    organization: str
    stands_on: str


class ObjectionShape(_Shape):
    """One reason to refuse: its stable code, its sentence, and the values that it speaks of."""

    code: str
    sentence: str
    details: dict[str, str | int | list[str]]


class RehearseResult(_Shape):
    """What `guards rehearse` says that a call would do."""

    schema_: Literal["guards.rehearse/1"] = Field(default="guards.rehearse/1", alias="schema")
    command: Literal["rehearse"] = "rehearse"
    versions: dict[str, str]
    commit: str | None
    seed: None = None
    """Nothing is drawn."""
    outcome: Literal["would-run", "would-be-refused"]
    caller: str
    verb: str
    kind: str
    organization: str
    selector: str
    dry_run: bool
    lines: int
    """How many resources the inventory holds."""
    targets: list[TargetShape]
    dependents: list[DependentShape]
    fleet: int
    max_count: int
    max_percent: int
    objections: list[ObjectionShape]


class MutantOutcome(StrEnum):
    """What became of a mutant. `caught` is good news; `equivalent`, and `masked` as its entry says, are no bad news."""

    CAUGHT = "caught"
    MASKED = "masked"
    """Noticed by no property, because another barrier stands in its way: so its entry in the catalogue says."""
    MISSED = "missed"
    EQUIVALENT = "equivalent"
    """Noticed by nothing, and `proof` says why nothing could."""
    UNCOVERED = "uncovered"
    """Nothing that was run enters the code that it changes."""
    FLAKY = "flaky"
    """Caught with some seeds and not with others."""
    STALE = "stale"
    """An entry of the catalogue that does not fit the source, or does not say any more how it is caught."""
    BROKEN = "broken"
    """The worker or pytest failed, which says nothing about the mutant."""

    @property
    def is_good(self) -> bool:
        """Whether somebody noticed it, or it is shown that nobody could."""
        return self in (MutantOutcome.CAUGHT, MutantOutcome.MASKED, MutantOutcome.EQUIVALENT)


NOT_TRIED: Final = (MutantOutcome.BROKEN, MutantOutcome.STALE, MutantOutcome.FLAKY, MutantOutcome.UNCOVERED)
"""With these nobody knows what isolation would have said."""


class BreachShape(_Shape):
    """How a mutant let a call reach another tenant."""

    at: str
    """The case."""
    why: str
    objects: int
    """How many foreign objects that case changed."""
    incident: int
    """How many load balancers of other organizations fell on the day of the incident, where 1,574 did."""


class MutantResult(_Shape):
    """One mutant, who noticed it and how, and whether it lets a call reach another tenant."""

    id: str
    tier: str
    operator: str
    file: str
    start: list[int]
    end: list[int]
    function: str
    original: str
    replacement: str
    fingerprint: str
    diff: str
    outcome: MutantOutcome
    kill: Literal["assertion", "crash", "import", "timeout"] | None
    by: str
    """The property or the test that noticed it; empty if none did."""
    at: str
    why: str
    noticed_by: list[str]
    """Every property that was seen broken; the attack stops once it knows enough."""
    expected: list[str]
    """The properties that its entry in the catalogue names."""
    masked_by: str | None
    seeds: int
    """With how many seeds it was caught."""
    breaches: bool
    breach: BreachShape | None
    unjudged: bool = False
    """Where nobody knows whether it breaches: cases hung or their worker was ended, and so some were never judged."""
    calls: Count | None = None
    """How many calls the attack made until then; None if it was noticed otherwise, or by nothing, or nobody counted."""
    proof: str = ""
    """Of what is equivalent: for which inputs that was shown, and how."""
    test: str = ""
    """Of what was missed: a test that fails on it and passes without it, where one was found."""
    cpu: float

    @model_validator(mode="after")
    def _equivalent_only_with_a_proof(self) -> Self:
        if (self.outcome is MutantOutcome.EQUIVALENT) != bool(self.proof):
            raise ValueError("a mutant is equivalent exactly if there is a proof")
        return self


class PairResult(_Shape):
    """Two mutants at once, judged by isolation alone."""

    ids: list[str]
    places: list[str]
    """The file and the line of each."""
    breaches: bool
    breach: BreachShape | None
    alone: list[str]
    """Of a pair that breaches: which of the two does so without the other."""
    trouble: str
    """Why it could not be judged; empty if it was."""


class BaselineResult(_Shape):
    """What was run without any change, and held."""

    cases: list[int]
    """For each seed."""
    tests: int | None
    """None if no mutant was left for them."""


class MutateResult(_Shape):
    """What `guards mutate` found out about the tests and the guard."""

    schema_: Literal["guards.mutate/1"] = Field(default="guards.mutate/1", alias="schema")
    command: Literal["mutate"] = "mutate"
    service: str
    versions: dict[str, str]
    commit: str | None
    paths: list[str]
    trusted: list[str] = []
    """Files and folders behind which nobody stands: a mutant there may breach alone."""
    tiers: list[str]
    tests: list[str]
    without: list[str]
    since: str | None = None
    """The commit since whose changes this was about; None if it was about everything."""
    weakened: list[str] = []
    """Tests that are gone or changed since then: what they entered was judged as well."""
    beside: list[str] = []
    """Files beside the tests that were changed since then: what that means for which mutant was not looked into."""
    seeds: int
    shard: list[int]
    """Which one, of how many."""
    whole: int
    """How many mutants all shards have together."""
    whole_digest: str
    state: str = ""
    """A digest of all that verdicts may depend on, as it was when the run began; empty in files of earlier versions."""
    confined: bool = False
    """Whether the system kept every worker from writing outside a folder of its own."""
    lines: int = 0
    """How many statements do something in the files that were mutated."""
    unmutated: dict[str, list[int]] = {}
    """By file, the first lines of those that no mutant of any kind reached."""
    unentered: dict[str, list[int]] = {}
    """By file, the first lines of those that no case and no test entered, of the tests as far as they were run."""
    reached: dict[str, dict[str, list[int]]] = {}
    """By file and by property, the lines that were entered by cases that exercise it."""
    repeated: int = 0
    """How many changes are not among them since another tier makes the same program."""
    baseline: BaselineResult
    canaries: list[str]
    mutants: list[MutantResult]
    pairs: list[PairResult] = []
    """What was asked for instead of mutants with `--pairs`: a measure, so a pair that breaches fails nothing."""
    whole_pairs: int | None = None
    """How many pairs all shards have together; None if none were asked for."""
    seconds: float
    cpu: float

    def has_judged(self) -> bool:
        """Whether anything was judged, which takes a baseline and canaries first."""
        return bool(self.pairs) or any(mutant.outcome is not MutantOutcome.STALE for mutant in self.mutants)

    def canary_kinds(self) -> set[str]:
        """Which sorts of canaries there were: `lethal`, which must die, and `no-op`, which must not be noticed."""
        return {canary.partition(":")[0] for canary in self.canaries}

    def is_trusted(self, file: str) -> bool:
        """Whether a file is part of the last hop."""
        return any(file == path or file.startswith(f"{path.rstrip('/')}/") for path in self.trusted)

    def breaching(self) -> list[MutantResult]:
        """The mutants that let a call reach another tenant and were not made for that: the aim is none.

        An entry of the catalogue that names `isolation` is about a breach, often of several barriers at once; and
        nobody stands behind the last hop.
        """
        return [mutant for mutant in self.mutants if mutant.breaches and self._must_not_breach(mutant)]

    def unjudged(self) -> list[MutantResult]:
        """Those of which nobody knows whether they breach, and that must not."""
        return [mutant for mutant in self.mutants if mutant.unjudged and self._must_not_breach(mutant)]

    def is_tried(self, mutant: MutantResult) -> bool:
        """Whether all cases that judge isolation were run with it: not where it never started, or was cut off."""
        is_left = mutant.unjudged or mutant.kill in ("import", "timeout") or mutant.calls == 0
        return sum(self.baseline.cases) > 0 and not is_left and mutant.outcome not in NOT_TRIED

    def untried(self) -> list[MutantResult]:
        """The single faults of which nobody knows whether they let a call reach another tenant."""
        return [one for one in self.mutants if one.tier != "catalogue" and not (one.breaches or self.is_tried(one))]

    def _must_not_breach(self, mutant: MutantResult) -> bool:
        is_meant_to = mutant.tier == "catalogue" and "isolation" in mutant.expected
        return not (is_meant_to or self.is_trusted(mutant.file))

    def figures(self) -> dict[str, float]:
        """What a step of the gate says of its mutants; there have to be some."""
        good = sum(mutant.outcome.is_good for mutant in self.mutants)
        return {
            "mutants": float(len(self.mutants)),
            "mutants caught": 100 * good / len(self.mutants),
            "breaches": float(len(self.breaching())),
        }

    def exit_code(self) -> ExitCode:
        """A mutant that is not caught, or that breaches, beats one that could not be judged."""
        codes = [ExitCode.HELD for _ in (*self.mutants, *self.pairs)]
        codes += [ExitCode.BROKEN for _ in self.breaching()]
        codes += [ExitCode.UNKNOWN for pair in self.pairs if pair.trouble]
        for mutant in self.mutants:
            if not mutant.outcome.is_good:
                codes.append(ExitCode.UNKNOWN if mutant.outcome is MutantOutcome.BROKEN else ExitCode.BROKEN)
        return worst(codes)


class HistoryLine(_Shape):
    """The figures of one run, as one line of the history that charts are drawn from."""

    schema_: Literal["guards.history/1"] = Field(default="guards.history/1", alias="schema")
    commit: str | None
    verdict: Ref
    figures: dict[Ref, Annotated[float, Field(allow_inf_nan=False)]] = Field(max_length=100)


VERIFY_STEP: Final = "verify"
CATALOGUE_STEP: Final = "catalogue"
MUTANTS_STEP: Final = "mutants"
COVERAGE_STEP: Final = "coverage"
COVERAGE_OF: Final = "coverage of "
"""How the figure begins that is about the files of one pattern."""


class StepResult(_Shape):
    """One step of the gate: what it showed, and the command that shows it again."""

    name: str
    verdict: Verdict
    code: int
    """What the step adds to the gate's exit code."""
    said: list[str]
    figures: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]]
    seconds: float
    cpu: float = 0.0
    """Of all processes that it started and waited for; what it takes where nothing else is going on."""
    command: list[str]

    @property
    def typed(self) -> list[str]:
        """The command as a person types it, wherever the interpreter lies that ran it."""
        program, *words = self.command or [""]
        if words[:2] == ["-m", "guards.cli"]:
            return ["guards", *words[2:]]
        return ["python", *words] if program.rpartition("/")[2].startswith("python") else self.command


class GateResult(_Shape):
    """What `guards gate` found out about a change."""

    schema_: Literal["guards.gate/1"] = Field(default="guards.gate/1", alias="schema")
    command: Literal["gate"] = "gate"
    versions: dict[str, str]
    commit: str | None
    since: str | None
    """A commit as it was named."""
    base: str | None = None
    """The commit that this named as the gate began; None in files of earlier versions, and where it was about all."""
    budget: float
    steps: list[StepResult]
    fallen: list[str]
    """Figures that are worse than the ratchet's."""
    loosened: list[str] = []
    """What the ratchet or the settings ask for less of than in the commit: for reviewers, since that may be meant."""
    changed: list[str]
    """Where lines were changed since the commit, as FILE:LINE."""
    seconds: float

    def exit_code(self) -> ExitCode:
        """The worst of all steps."""
        return worst([*(step.code for step in self.steps), *(ExitCode.BROKEN for _ in self.fallen)])


_Model = TypeVar("_Model", bound=_Shape)


def read_trace(data: bytes) -> TraceFile:
    """A counterexample out of a file's bytes. Raises `ResultFileError`."""
    return _read(data, TraceFile, "guards.trace/")


def read_verify(data: bytes) -> VerifyResult:
    """A result of `guards verify` out of a file's bytes. Raises `ResultFileError`."""
    return _read(data, VerifyResult, "guards.verify/")


def read_mutate(data: bytes) -> MutateResult:
    """A result of `guards mutate` out of a file's bytes. Raises `ResultFileError`."""
    return _read(data, MutateResult, "guards.mutate/")


def read_gate(data: bytes) -> GateResult:
    """A result of `guards gate` out of a file's bytes. Raises `ResultFileError`."""
    return _read(data, GateResult, "guards.gate/")


def read_history_line(data: bytes) -> HistoryLine:
    """The figures of one run out of a line of the history. Raises `ResultFileError`."""
    return _read(data, HistoryLine, "guards.history/")


def _read(data: bytes, model: type[_Model], family: str) -> _Model:
    if len(data) > FILE_MAX_BYTES:
        raise ResultFileError(f"the file has {len(data)} bytes; {FILE_MAX_BYTES} is the most that is read")
    try:
        value = read_json(data.decode("utf-8"))
    except RecursionError as error:
        raise ResultFileError("the file is nested too deeply to be one of ours") from error
    except ValueError as error:
        raise ResultFileError(f"the file is not one JSON document: {str(error)[:200]}") from error
    schema = value.get("schema") if isinstance(value, Mapping) else None
    if not isinstance(schema, str) or not schema.startswith(family):
        raise ResultFileError(f"the file is not a `{family}` file; its schema reads {repr(schema)[:80]}")
    if schema != model.model_fields["schema_"].default:
        raise ResultFileError(f"the file has the schema `{schema[:40]}`, which this version does not read")
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
        raise ResultFileError(f"the file is damaged at `${place[:200]}`: {first['msg'][:200]}") from error

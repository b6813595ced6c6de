"""What a project says under `[tool.guards.gate]` in its pyproject.toml, and what holds where it says nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from guards.errors import GuardsError

Percent = Annotated[float, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0)]
Tier = Literal["safety", "generic"]


def _word(text: str) -> str:
    if not text or "\0" in text:
        raise ValueError("it is no path and no argument of a command: it is empty, or holds a NUL")
    return text


Word = Annotated[str, AfterValidator(_word)]


class SettingsError(GuardsError):
    """A setting that is unknown, of the wrong type or out of range."""

    code = "bad_gate_settings"


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Thresholds(_Table):
    """The least, or the most, of what was measured that passes."""

    coverage: dict[str, Percent] = {}
    """For the files that match a pattern, such as `volumes/*`: the least part of their lines and branches."""
    mutants_caught: Percent = 100.0
    """The least part of all mutants that is caught or proved equivalent."""
    breaches: Count = 0
    """The most mutants that let a call reach another tenant."""
    vacuous: Count = 0
    unsupported: Count | None = None
    """The most properties that the service lacks the ability for; None: any."""
    empty_cells: Count | None = None
    """The most cells of the crossing table without a positive control; None: any."""


class GateSettings(_Table):
    """What the gate runs."""

    service: Word
    """MODULE:FACTORY."""
    counterexamples: list[str] = []
    """Files and folders of traces that must not reproduce any more."""
    tests: list[Word] = []
    """What pytest is given: files, folders, options."""
    mutants: Annotated[list[Tier], Field(min_length=1)] = ["generic"]
    """The tiers that are run beside the catalogue, which is a step of its own."""
    verify_budget: str = "30s"
    budget: str = "20m"
    ratchet: Word = "reports/ratchet.json"
    output: Word = "reports/out"
    """Where result files go."""
    thresholds: Thresholds = Thresholds()


def gate_settings(said: object) -> GateSettings:
    """The settings out of a table of TOML. Raises `SettingsError` that names each setting it cannot use.

    >>> gate_settings({"service": "volumes:make", "thresholds": {"breeches": 0}})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    guards.gate.settings.SettingsError: [tool.guards.gate] thresholds.breeches is no setting; there are coverage, ...
    """
    try:
        return GateSettings.model_validate(said)
    except ValidationError as error:
        wrong = [_wrong(found["type"], found["loc"], found["msg"]) for found in error.errors()]
        raise SettingsError(f"[tool.guards.gate] {'; '.join(wrong[:5])}") from error


def _wrong(kind: str, place: tuple[int | str, ...], said: str) -> str:
    named = ".".join(map(str, place)) or "it"
    if kind != "extra_forbidden":
        return f"{named}: {said}"
    table = Thresholds if len(place) > 1 else GateSettings
    return f"{named} is no setting; there are {', '.join(table.model_fields)}"

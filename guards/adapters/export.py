"""An inventory that was exported to a file, as JSON Lines or CSV: read once, front to back, then answered from memory.

Strict, because a resource that is read wrongly is judged wrongly: every line says every column, null is not empty, an
id has one line, and whatever a resource stands on has one too. What is kept of a line is its id and a few numbers, so
a million lines fit into a small machine; rows are made when they are asked for.
"""

from __future__ import annotations

import csv
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from guards.adapters.inventory import State, standing_on
from guards.core.ids import Kind, OrganizationId, ProjectId, ResourceId, text
from guards.core.values import (
    COUNT_MAX,
    Dependent,
    Hold,
    Listing,
    OrganizationRecord,
    ProductState,
    ProjectRecord,
    Resource,
)
from guards.errors import GuardsError, IdError, shown
from guards.strict_json import read_json

LINE_BYTES_MAX: Final = 64 * 1024
NULL: Final = r"\N"
"""How CSV spells null: its readers cannot tell a field that is left out from an empty text in quotes."""
SEPARATOR: Final = ";"
"""What stands between several ids in one field of CSV; no id contains it."""

REQUIRED: Final = ("id", "kind", "organization", "project", "state", "hold", "stands_on")
OPTIONAL: Final = ("version",)

_HOLDS: Final = tuple(Hold)
_HOLD_WORDS: Final = {hold.value: position for position, hold in enumerate(_HOLDS)}
_STATE_WORDS: Final = {state.value: position for position, state in enumerate(State)}
_LIVE: Final = _STATE_WORDS[State.LIVE.value]
_NO_PROJECT: Final = -1
_NO_EDGE: Final = -1

Row = Mapping[str, Any]
Id = TypeVar("Id", OrganizationId, ProjectId, Kind)


class Form(StrEnum):
    """How the file is written."""

    JSON_LINES = "jsonl"
    CSV = "csv"


class ExportError(GuardsError):
    """A file that is not what an inventory must be; nothing of it is used. The message names the line."""

    code = "bad_inventory"


def read_export(lines: Iterable[bytes], form: Form) -> Export:
    """The inventory in these lines. Raises `ExportError` at the first that is not as it must be."""
    export = Export()
    number = 0
    try:
        numbered = enumerate(lines, 1)
        read = _json_row if form is Form.JSON_LINES else _csv_row_reader(next(numbered, (1, b""))[1])
        for number, line in numbered:
            export.add(number, read(_decoded(line)))
    except ExportError as error:
        raise ExportError(f"line {number or 1}: {error}") from error
    export.finish()
    return export


class Export:
    """The inventory that a file describes. Products are taken to be writable, for a list of resources does not say."""

    def __init__(self) -> None:
        self.lines = 0
        self._organizations = _Names(OrganizationId)
        self._projects = _Names(ProjectId)
        self._kinds = _Names(Kind)
        self._fleet: Counter[int] = Counter()
        self._numbers: dict[str, int] = {}
        self._first_in: dict[int, int] = {}  # by a project's number, the first resource in it
        # An entry for each resource, by its number.
        self._texts: list[str] = []
        self._line = array("q")  # below zero: only mentioned so far, there
        self._organization = array("i")
        self._project = array("i")
        self._kind = array("i")
        self._state = array("b")
        self._hold = array("b")
        self._version = array("q")
        self._edge = array("i")  # the first of its edges
        # An entry for each edge. Edges lead upward, from what is stood upon, and form one list for each resource.
        self._upper = array("i")
        self._next_edge = array("i")

    # Filling it.

    def add(self, line: int, row: Row) -> None:
        """Take in what one line says."""
        number = self._number("id", row["id"], line)
        if self._line[number] > 0:
            raise ExportError(f"`id` is {shown(row['id'])}, which is the id of line {self._line[number]} too")
        project = row["project"]
        self._line[number] = line
        self._organization[number] = self._organizations.number("organization", row["organization"])
        self._project[number] = _NO_PROJECT if project is None else self._project_of(project, number)
        self._kind[number] = self._kinds.number("kind", row["kind"])
        self._state[number] = _position(_STATE_WORDS, "state", row["state"])
        self._hold[number] = _position(_HOLD_WORDS, "hold", row["hold"])
        self._version[number] = _version(row.get("version", 0))
        for ground in _ids(row["stands_on"]):
            self._stand(number, self._number("stands_on", ground, line))
        if self._state[number] == _LIVE:
            self._fleet[self._kind[number]] += 1
        self.lines += 1

    def finish(self) -> None:
        """Refuse what is empty, and what mentions a resource without a line."""
        if not self.lines:
            raise ExportError("there is no line with a resource in it")
        for number, line in enumerate(self._line):
            if line < 0:
                raise ExportError(f"line {-line}: `stands_on` names {shown(self._texts[number])}, which has no line")

    def _project_of(self, project: Any, resource: int) -> int:
        """The number of the project, which has one owner: a call names it by its id alone, and so must a line."""
        number = self._projects.number("project", project)
        first = self._first_in.setdefault(number, resource)
        if self._organization[first] != self._organization[resource]:
            owner = text(self._organizations.ids[self._organization[first]])
            raise ExportError(
                f"`project` is {shown(project)}, which is a project of {shown(owner)} on line {self._line[first]}; a "
                f"project has one owner, so where tenants use one name write it with theirs, as in "
                f"{shown(f'{owner}:{project}')}, here and in the call"
            )
        return number

    def _number(self, column: str, value: Any, line: int) -> int:
        """The number of the resource with this id; one never heard of is mentioned from now on."""
        known = self._numbers.get(value) if type(value) is str else None
        if known is not None:
            return known
        _id(ResourceId, column, value)
        self._texts.append(value)
        self._line.append(-line)
        for numbers in (self._organization, self._project, self._kind, self._state, self._hold, self._version):
            numbers.append(0)
        self._edge.append(_NO_EDGE)
        return self._numbers.setdefault(value, len(self._texts) - 1)

    def _stand(self, upper: int, lower: int) -> None:
        self._upper.append(upper)
        self._next_edge.append(self._edge[lower])
        self._edge[lower] = len(self._upper) - 1

    # The inventory.

    def organization(self, organization: OrganizationId) -> OrganizationRecord | None:
        """Known if a line names it. Holds on it are in the column `hold` of what it owns."""
        found = self._organizations.find(organization)
        return None if found is None else OrganizationRecord(organization, Hold.CLEAR)

    def projects(self, projects: tuple[ProjectId, ...]) -> tuple[ProjectRecord, ...]:
        """Known if a line names it, and its owner's. Holds on it are in the column `hold` of what is in it."""
        wanted = {self._projects.find(project) for project in projects}
        pairs = {pair for pair in zip(self._organization, self._project, strict=True) if pair[1] in wanted}
        return tuple(
            [
                ProjectRecord(self._projects.ids[project], self._organizations.ids[organization], Hold.CLEAR)
                for organization, project in sorted(pairs)
            ]
        )

    def of_organization(self, organization: OrganizationId, kind: Kind) -> Listing:
        return self._listing(self._owned(organization, kind))

    def of_project(self, organization: OrganizationId, project: ProjectId, kind: Kind) -> Listing:
        wanted = self._projects.find(project)
        return self._listing(number for number in self._owned(organization, kind) if self._project[number] == wanted)

    def by_ids(self, resources: tuple[ResourceId, ...]) -> tuple[Resource, ...]:
        found = (self._numbers.get(text(resource)) for resource in resources)
        return tuple([self._row(number) for number in found if number is not None and self._state[number] == _LIVE])

    def dependents(self, resources: tuple[ResourceId, ...]) -> tuple[Dependent, ...]:
        known = [resource for resource in resources if text(resource) in self._numbers]
        return tuple([dependent for resource in known for dependent in self._standing_on(resource)])

    def fleet(self, kind: Kind) -> int:
        found = self._kinds.find(kind)
        return 0 if found is None else self._fleet[found]

    def product(self, _kind: Kind) -> ProductState:
        return ProductState.WRITABLE

    def _owned(self, organization: OrganizationId, kind: Kind) -> Iterator[int]:
        owner, wanted = self._organizations.find(organization), self._kinds.find(kind)
        for number, found in enumerate(self._organization):
            if found == owner and self._kind[number] == wanted and self._state[number] == _LIVE:
                yield number

    def _listing(self, numbers: Iterable[int]) -> Listing:
        rows = tuple([self._row(number) for number in numbers])
        return Listing(rows, len(rows))

    def _row(self, number: int) -> Resource:
        project = self._project[number]
        return Resource(
            id=ResourceId(self._texts[number]),
            kind=self._kinds.ids[self._kind[number]],
            organization=self._organizations.ids[self._organization[number]],
            project=None if project == _NO_PROJECT else self._projects.ids[project],
            version=self._version[number],
            hold=_HOLDS[self._hold[number]],
        )

    def _standing_on(self, ground: ResourceId) -> Iterator[Dependent]:
        """What is live and stands on this, directly or through others."""
        for upper in standing_on(self._numbers[text(ground)], self._uppers):
            if self._state[upper] == _LIVE:
                owner = self._organizations.ids[self._organization[upper]]
                yield Dependent(ResourceId(self._texts[upper]), owner, ground)

    def _uppers(self, lower: int) -> Iterator[int]:
        edge = self._edge[lower]
        while edge != _NO_EDGE:
            yield self._upper[edge]
            edge = self._next_edge[edge]


class _Names(Generic[Id]):
    """Ids of one type, each kept once and known by its number."""

    def __init__(self, make: Callable[[str], Id]) -> None:
        self.ids: list[Id] = []
        self._make: Callable[[str], Id] = make
        self._numbers: dict[str, int] = {}

    def number(self, column: str, value: Any) -> int:
        known = self._numbers.get(value) if type(value) is str else None
        if known is not None:
            return known
        self.ids.append(_id(self._make, column, value))
        return self._numbers.setdefault(value, len(self.ids) - 1)

    def find(self, id: Id) -> int | None:
        return self._numbers.get(text(id))


# From lines to rows.

_DIGITS: Final = re.compile(r"[0-9]{1,19}")

MadeId = TypeVar("MadeId")


def _decoded(line: bytes) -> str:
    if len(line) > LINE_BYTES_MAX:
        raise ExportError(f"it has more than {LINE_BYTES_MAX} bytes")
    try:
        decoded = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ExportError(f"byte {error.start + 1} is not UTF-8") from error
    if decoded.startswith("\ufeff"):
        raise ExportError("it starts with a byte order mark; write plain UTF-8 without one")
    if not decoded.strip():
        raise ExportError("it is empty")
    return decoded


def _json_row(line: str) -> Row:
    try:
        row = read_json(line)
    except RecursionError as error:
        raise ExportError("it is nested too deeply") from error
    except ValueError as error:
        raise ExportError(f"it is not one JSON object: {error}") from error
    if type(row) is not dict:
        raise ExportError(f"it is not a JSON object, but {shown(row)}")
    if row.keys() != _ALL_COLUMNS:
        _refuse_columns(row)
    return row


def _csv_row_reader(header: bytes) -> Callable[[str], Row]:
    """How to read each line under this header."""
    columns = _csv_fields(_decoded(header)) if header else []
    _refuse_columns(columns)

    def read(line: str) -> Row:
        fields: list[Any] = [None if field == NULL else field for field in _csv_fields(line)]
        if len(fields) != len(columns):
            raise ExportError(f"it has {len(fields)} fields, and the header {len(columns)}")
        row = dict(zip(columns, fields, strict=True))
        if row["stands_on"] is not None:
            row["stands_on"] = row["stands_on"].split(SEPARATOR)
        if "version" in row:
            row["version"] = _whole_number(row["version"])
        return row

    return read


def _csv_fields(line: str) -> list[str]:
    """The fields of one line: a field in quotes that goes on beyond it is no id anyway."""
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        raise ExportError(f"it is not a line of CSV: {error}") from error


def _refuse_columns(columns: Iterable[str]) -> None:
    """Refuse anything but every required column and at most the optional ones, each once."""
    names = list(columns)
    for name in names:
        if name not in _ALL_COLUMNS:
            raise ExportError(f"there is no column {shown(name)}; there are {', '.join((*REQUIRED, *OPTIONAL))}")
        if names.count(name) > 1:
            raise ExportError(f"the column `{name}` stands twice")
    for name in REQUIRED:
        if name not in names:
            raise ExportError(f"the column `{name}` is missing, and nothing is assumed in its place")


_ALL_COLUMNS: Final = {*REQUIRED, *OPTIONAL}


def _id(make: Callable[[str], MadeId], column: str, value: Any) -> MadeId:
    try:
        return make(value)
    except IdError as error:
        raise ExportError(f"`{column}`: {error}") from error


def _ids(value: Any) -> list[Any]:
    if value is None:
        return []
    if type(value) is not list:
        raise ExportError(f"`stands_on` must be null or a list of ids, not {shown(value)}")
    return value


def _position(words: Mapping[str, int], column: str, value: Any) -> int:
    if type(value) is not str or value not in words:
        raise ExportError(f"`{column}` must be one of {', '.join(words)}, not {shown(value)}")
    return words[value]


def _version(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= COUNT_MAX:
        raise ExportError(f"`version` must be a whole number from 0 to {COUNT_MAX}, not {shown(value)}")
    return value


def _whole_number(field: str | None) -> int | str | None:
    """The number that a field of CSV spells; anything else as it is, for `_version` to refuse."""
    return int(field) if field is not None and _DIGITS.fullmatch(field) else field

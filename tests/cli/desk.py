"""What a rehearsal needs, as files: a call, an inventory of eight lines in both forms, and limits.

`acme` owns lb-1 (default project), lb-2 (web), lb-old (none) and lb-held; `birch` owns lb-9 and db-9, which stands on
lb-2; acme's own db-1 stands on lb-1, and lb-gone is gone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CALL: dict[str, Any] = {
    "schema": 1,
    "verb": "invalidate",
    "kind": "load-balancer",
    "organization_id": "acme",
    "resource_ids": ["lb-1", "lb-old"],
    "dry_run": False,
    "environment": "production",
    "case": "TS-1",
    "reason": "phishing",
}

COLUMNS = ("id", "kind", "organization", "project", "state", "hold", "stands_on", "version")


def row(name: str, organization: str = "acme", project: str | None = None, **changes: Any) -> dict[str, Any]:
    """One line of the inventory: a live balancer that is free of holds, unless it is said otherwise."""
    valid: dict[str, Any] = {
        "id": name,
        "kind": "load-balancer",
        "organization": organization,
        "project": project,
        "state": "live",
        "hold": "clear",
        "stands_on": None,
        "version": 7,
    }
    return {**valid, **changes}


ROWS = (
    row("lb-1", project="acme"),
    row("lb-2", project="web"),
    row("lb-old"),
    row("lb-held", hold="held"),
    row("lb-gone", state="invalidated"),
    row("lb-9", "birch", "birch"),
    row("db-1", project="acme", kind="database", stands_on=["lb-1"]),
    row("db-9", "birch", "birch", kind="database", stands_on=["lb-2", "lb-9"]),
)


def as_json_lines(rows: Any) -> str:
    return "".join(json.dumps(one) + "\n" for one in rows)


def as_csv(rows: Any) -> str:
    lines = [",".join(COLUMNS)]
    for one in rows:
        fields = dict(one, stands_on=None if one["stands_on"] is None else ";".join(one["stands_on"]))
        lines.append(",".join(r"\N" if fields[column] is None else str(fields[column]) for column in COLUMNS))
    return "\n".join(lines) + "\n"


def lay_out(folder: Path) -> None:
    """Put everything on the desk."""
    (folder / "call.json").write_text(json.dumps(CALL))
    (folder / "fleet.jsonl").write_text(as_json_lines(ROWS))
    (folder / "fleet.csv").write_text(as_csv(ROWS))
    (folder / "limits.toml").write_text("max_count = 3\nmax_percent = 100\n")
    (folder / "limits.json").write_text('{"max_count": 3, "max_percent": 100}')


def arguments(**changes: str) -> list[str]:
    """The rehearsal of that call, with some of its arguments changed."""
    valid = {"request": "call.json", "--inventory": "fleet.jsonl", "--as": "operator", "--limits": "limits.toml"}
    request, *options = {**valid, **changes}.items()
    return ["rehearse", request[1], *(word for option in options for word in option)]

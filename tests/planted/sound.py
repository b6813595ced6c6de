"""Sound services that differ from the depot and from each other: the kit must stay silent about all of them.

They differ in what their answers look like, in what is left of a destroyed object, in who makes the ids, and in how far
an id reaches. None of them derives from another.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from guards.testing.service import (
    OPERATOR,
    TENANT,
    Effect,
    Natives,
    Operation,
    Reply,
    Seen,
    accepted,
    flag,
    organization,
    project,
    refused,
    repeats,
    resource,
    resources,
    text,
)
from guards.testing.world import Organization, Project, Resource, World


class HttpError(Exception):
    """What the REST service raises instead of answering."""


class Rest:
    """Says 404 to whatever one may not touch: what is foreign, what is unknown, and what is not for this caller."""

    operations = (
        Operation("delete_item", TENANT, {"item_id": resource("item")}),
        Operation("empty_project", TENANT, {"project_id": project()}, kind="item"),
        Operation(
            "close_account",
            OPERATOR,
            {"account": organization(), "again": repeats("account"), "reason": text("abuse")},
            kind="item",
        ),
    )
    refusals = (HttpError,)
    comparable_replies = True

    def populate(self, world: World) -> Mapping[str, Any]:
        self.accounts: dict[str, dict[str, str | None]] = {o.id: {} for o in world.organizations}
        for item in world.resources:
            self.accounts[item.organization.id][item.id] = item.project.id if item.project else None
        self.projects = {(p.organization.id, p.id) for p in world.projects}
        self.tokens = {f"token of {p.ref}": p.organization.id if p.organization else None for p in world.principals}
        return world.ids() | {p.ref: f"token of {p.ref}" for p in world.principals}

    def observe(self) -> Mapping[Any, Seen]:
        return {
            item: Seen(account, "there", home, "item")
            for account, items in self.accounts.items()
            for item, home in items.items()
        }

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        account = self.account_of(caller, operation)
        if operation == "delete_item":
            (item,) = self.texts(fields, "item_id")
            if item not in self.accounts[account]:
                raise HttpError(404)
            doomed = [item]
        elif operation == "empty_project":
            (home,) = self.texts(fields, "project_id")
            if (account, home) not in self.projects:
                raise HttpError(404)
            doomed = [item for item, at in self.accounts[account].items() if at == home]
        else:
            account, again, reason = self.texts(fields, "account", "again", "reason")
            if account != again or not self.is_readable(reason):
                raise HttpError(409)
            if account not in self.accounts:
                raise HttpError(404)
            doomed = list(self.accounts[account])
        for item in doomed:
            del self.accounts[account][item]
        return accepted({"status": 204})

    def account_of(self, caller: Any, operation: str) -> str:
        """The caller's own account; an operator, who has none, may only close accounts, and nobody else may."""
        account = self.tokens.get(caller, "")
        if account == "" or (account is None) is not (operation == "close_account"):
            raise HttpError(404)
        return account or ""

    def texts(self, fields: dict[str, Any], *names: str) -> list[str]:
        if set(fields) != set(names) or any(type(value) is not str or not value.strip() for value in fields.values()):
            raise HttpError(400)
        return [fields[name] for name in names]

    def is_readable(self, reason: str) -> bool:
        return any(c.isascii() and c.isalnum() for c in reason)


class Archive:
    """A deleted document stays, marked as deleted; deleting it again is no error and no effect."""

    operations = (
        Operation("show", (TENANT, OPERATOR), {"document_id": resource("document")}, effect=Effect.READ),
        Operation("delete", TENANT, {"document_id": resource("document")}),
        Operation(
            "delete_many",
            OPERATOR,
            {"organization_id": organization(), "document_ids": resources("document"), "dry_run": flag()},
            dry_run="dry_run",
        ),
    )

    def populate(self, world: World) -> Mapping[str, Any]:
        natives = world.ids()
        self.documents = {d.id: Seen(d.organization.id, "live", d.project and d.project.id) for d in world.resources}
        self.people = {natives[p.ref]: p.organization.id if p.organization else "" for p in world.principals}
        self.frozen: bool | None = False
        return natives

    def observe(self) -> Mapping[Any, Seen]:
        return dict(self.documents)

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        if caller not in self.people or (operation == "delete" and self.people[caller] == ""):
            return refused("who are you")
        if operation == "delete_many":
            return self.delete_many(caller, fields)
        if set(fields) != {"document_id"} or type(fields["document_id"]) is not str:
            return refused("malformed")
        document = self.documents.get(fields["document_id"])
        if document is None or self.people[caller] not in ("", document.organization):
            return refused("no such document")
        if operation == "show":
            return accepted({"state": document.state})
        return self.mark([fields["document_id"]])

    def delete_many(self, caller: Any, fields: dict[str, Any]) -> Reply:
        if self.people[caller] or set(fields) != {"organization_id", "document_ids", "dry_run"}:
            return refused("malformed")
        owner, ids, dry_run = fields["organization_id"], fields["document_ids"], fields["dry_run"]
        if type(owner) is not str or type(ids) is not list or type(dry_run) is not bool:
            return refused("malformed")
        if not ids or any(type(id) is not str for id in ids) or len(set(ids)) < len(ids):
            return refused("malformed")
        if any(id not in self.documents or self.documents[id].organization != owner for id in ids):
            return refused("no such document")
        return accepted({"would_delete": ids}) if dry_run else self.mark(ids)

    def mark(self, ids: list[str]) -> Reply:
        if self.frozen is not False:
            return refused("the archive is read-only")
        for id in ids:
            self.documents[id] = self.documents[id]._replace(state="deleted", gone=True)
        return accepted()

    def read_only(self, kind: str, state: bool | None) -> None:
        self.frozen = state


class Mint:
    """Makes its own ids: numbers for tenants, names for projects, UUIDs for disks; underneath, a disk is a number."""

    operations = (
        Operation("detach", TENANT, {"disk": resource("disk")}),
        Operation(
            "wipe",
            OPERATOR,
            {"tenant": organization(), "project": project(required=False), "disks": resources("disk", required=False)},
            one_of=("project", "disks"),
        ),
    )

    def populate(self, world: World) -> Natives:
        self.tenants = {o.ref: 1_000 + n for n, o in enumerate(world.organizations)}
        self.projects = {p.ref: f"p-{n}" for n, p in enumerate(world.projects)}
        self.disks = {
            str(uuid.UUID(int=(n + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128, version=4)): (
                n,
                self.tenants[d.organization.ref],
                self.projects[d.project.ref] if d.project else None,
            )
            for n, d in enumerate(world.resources)
        }
        self.keys = {f"key-{n}": self.tenants[p.organization.ref] if p.organization else 0 for n, p in _numbered(world)}
        ids = dict(zip((d.ref for d in world.resources), self.disks, strict=True))
        keys = {p.ref: f"key-{n}" for n, p in _numbered(world)}
        self.home = {self.projects[p.ref]: self.tenants[p.organization.ref] for p in world.projects}
        return Natives(self.tenants | self.projects | ids | keys, {d.ref: n for n, d in enumerate(world.resources)})

    def observe(self) -> Mapping[Any, Seen]:
        return {n: Seen(tenant, "attached", home, "disk") for n, tenant, home in self.disks.values()}

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        if type(caller) is not str or caller not in self.keys or (self.keys[caller] == 0) is not (operation == "wipe"):
            return refused("denied")
        if operation == "detach":
            return self.remove(self.keys[caller], [fields["disk"]]) if set(fields) == {"disk"} else refused("malformed")
        if set(fields) == {"tenant", "disks"} and type(fields["disks"]) is list:
            return self.remove(fields["tenant"], fields["disks"])
        if set(fields) == {"tenant", "project"} and type(fields["project"]) is str:
            if type(fields["tenant"]) is not int or self.home.get(fields["project"]) != fields["tenant"]:
                return refused("no such project")
            return self.remove(
                fields["tenant"], [id for id, disk in self.disks.items() if disk[2] == fields["project"]]
            )
        return refused("malformed")

    def remove(self, tenant: Any, ids: list[Any]) -> Reply:
        if type(tenant) is not int or not ids or any(type(id) is not str for id in ids) or len(set(ids)) < len(ids):
            return refused("malformed")
        if any(id not in self.disks or self.disks[id][1] != tenant for id in ids):
            return refused("no such disk")
        for id in ids:
            del self.disks[id]
        return accepted()


def _numbered(world: World) -> Iterator[tuple[int, Any]]:
    return enumerate(world.principals)


class Shelf:
    """Names reach as far as their tenant: two tenants may each have a book of one name, and each means its own."""

    operations = (
        Operation("remove", TENANT, {"book": resource("book")}),
        Operation("clear", OPERATOR, {"organization": organization(), "books": resources("book")}),
    )
    comparable_replies = True

    def populate(self, world: World) -> Natives:
        self.books = {(b.organization.id, b.id): b.project and b.project.id for b in world.resources}
        self.readers = {p.ref: p.organization.id if p.organization else "" for p in world.principals}
        things: list[Organization | Project | Resource] = [*world.organizations, *world.projects, *world.resources]
        names = {thing.ref: thing.id for thing in things}
        people = {p.ref: p.ref for p in world.principals}
        return Natives(names | people, {b.ref: (b.organization.id, b.id) for b in world.resources})

    def observe(self) -> Mapping[Any, Seen]:
        return {key: Seen(key[0], "there", home, "book") for key, home in self.books.items()}

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        reader = self.readers.get(caller)
        if reader is None or (reader == "") is not (operation == "clear"):
            return refused("not_you")
        if operation == "remove" and set(fields) == {"book"}:
            return self.remove(reader, [fields["book"]])
        if operation == "clear" and set(fields) == {"organization", "books"} and type(fields["books"]) is list:
            return self.remove(fields["organization"], fields["books"])
        return refused("malformed")

    def remove(self, owner: Any, names: list[Any]) -> Reply:
        if not names or any(type(name) is not str for name in (owner, *names)) or len(set(names)) < len(names):
            return refused("malformed")
        if any((owner, name) not in self.books for name in names):
            return refused("no_such_book")
        for name in names:
            self.erase(owner, name)
        return accepted()

    def erase(self, owner: str, name: str) -> None:
        del self.books[owner, name]


SOUND = (Rest, Archive, Mint, Shelf)

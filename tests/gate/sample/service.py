"""What the kit needs to know of the volumes."""

from volumes import Changed, NotFound, VolumesApi

from guards.testing import TENANT, Operation, accepted, resource


class Volumes:
    operations = (Operation("delete", caller=TENANT, fields={"volume": resource("volume")}),)
    refusals = (Changed, NotFound, TypeError)

    def __init__(self):
        self.api = VolumesApi({})

    def populate(self, world):
        self.api = VolumesApi({volume.id: volume.organization.id for volume in world.resources})
        return world.ids()

    def call(self, caller, operation, fields):
        self.api.delete(caller, **fields)
        return accepted()

    def observe(self):
        return {volume: (owner, "live") for volume, owner in self.api.volumes.items()}

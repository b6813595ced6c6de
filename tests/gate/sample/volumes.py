"""Volumes in a dict, and who may delete which."""


class NotFound(Exception):
    """There is no such volume, or it is somebody else's."""


class Changed(Exception):
    """It is not whose it was a moment ago."""


class VolumesApi:
    def __init__(self, volumes):
        self.volumes = volumes
        self.log = []

    def delete(self, tenant, volume):
        self.log.append(volume)
        if self.volumes.get(volume, self) != tenant:
            raise NotFound(volume)
        self.remove(volume, tenant)

    def remove(self, volume, owner):
        """The second look, at the write itself."""
        if (volume, owner) not in self.volumes.items():
            raise Changed(volume)
        del self.volumes[volume]

"""What the kit cannot see of the volumes: which of the two looks refused, and what it says."""

import pytest
from volumes import Changed, NotFound, VolumesApi


@pytest.fixture
def api():
    return VolumesApi({"v-1": "acme", "v-2": "Acme", "orphan": None})


def test_who_wanted_what_is_written_down(api):
    api.delete("acme", "v-1")
    with pytest.raises(NotFound):
        api.delete("acme", "v-1")
    assert api.log == ["v-1", "v-1"]


@pytest.mark.parametrize(
    ("tenant", "volume"),
    [("acme", "v-2"), ("Acme", "v-1"), ("ac", "v-1"), ("acme", "v"), (None, "v"), ("acme", "orphan")],
)
def test_what_is_somebody_elses_is_not_found(api, tenant, volume):
    with pytest.raises(NotFound, match=f"^{volume}$"):
        api.delete(tenant, volume)
    assert len(api.volumes) == 3


def test_an_owner_may_delete(api):
    api.delete("acme", "v-1")
    assert api.volumes == {"v-2": "Acme", "orphan": None}


def test_what_has_changed_hands_is_left_alone(api):
    with pytest.raises(Changed, match=r"^v-2$"):
        api.remove("v-2", "acme")
    assert len(api.volumes) == 3

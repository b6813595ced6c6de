"""The README's Python, run as it stands: whoever pastes it must see what the README says."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from guards.testing import check_service
from tests.house.repository import ROOT

BLOCKS = re.findall(
    r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)
ADAPTER_LINES_MAX = 30


def ran(source: str) -> ModuleType:
    module = ModuleType("readme")
    exec(compile(source, "README.md", "exec"), module.__dict__)
    return module


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_a_block_runs_and_its_tests_pass(number: int) -> None:
    module = ran(BLOCKS[number])
    for name in [name for name in vars(module) if name.startswith("test_")]:
        getattr(module, name)()


def test_there_is_a_service_to_attack_and_a_guard_to_use() -> None:
    assert len(BLOCKS) == 2
    assert "check_service" in BLOCKS[0]
    assert "guard.run" in BLOCKS[1]


def test_the_adapter_takes_no_more_than_thirty_lines_and_nothing_of_hypothesis() -> None:
    adapter = BLOCKS[0][BLOCKS[0].index("class Volumes:") : BLOCKS[0].index("def test_")]
    assert len([line for line in adapter.splitlines() if line.strip()]) <= ADAPTER_LINES_MAX
    assert "hypothesis" not in BLOCKS[0]


def test_the_careless_comparison_that_the_readme_speaks_of_is_found_and_shown_as_it_says() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    careful, careless = (
        "self.volumes.get(volume_id) != tenant",
        'not self.volumes.get(volume_id, "").startswith(tenant)',
    )
    module = ran(BLOCKS[0].replace(careful, careless))
    assert careful in BLOCKS[0]
    with pytest.raises(AssertionError) as failure:
        check_service(module.Volumes, seed=1, rounds=1)
    shown = text[text.index("<!-- counterexample -->") :].split("```text\n")[1].split("```")[0]
    assert shown.strip() in str(failure.value)

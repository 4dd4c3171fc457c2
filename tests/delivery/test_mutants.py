"""The proof can fail: each wrong handler and each wrong configuration is found out."""

import pytest

from tests.delivery.exploration import explore
from tests.delivery.mutants import MUTANTS
from tests.delivery.results import ViolationError


@pytest.mark.parametrize("name", MUTANTS)
def test_what_is_wrong_is_found_and_what_is_right_is_not(name: str) -> None:
    mutant = MUTANTS[name]
    with mutant.change(), pytest.raises(ViolationError, match=mutant.violation):
        explore(mutant.scenario.world(mutant.make_handler))
    explore(mutant.scenario._replace(mapped=mutant.right or mutant.scenario.mapped).world())

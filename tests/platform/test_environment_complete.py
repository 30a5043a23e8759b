"""Provisioning → Provisioned, with a reason; typed where it is of production."""

import pytest

from tests.console.signed_in import SignIn
from tests.platform.verbs import check_verb
from tests.world import World


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_it_is_done_with_its_reason_and_from_nowhere_else(
    world: World, sign_in: SignIn, stage: str
) -> None:
    check_verb(
        world, sign_in, "complete", "Provisioning", "Provisioned", "environment.provisioned", stage
    )

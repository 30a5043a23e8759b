"""Deployments of acme's silo, whose environment is called `prod`, and what is done to them."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse

from apps.core.access import Role
from apps.deployments.models import RuntimeDeployment
from apps.deployments.operations import advance_deployment, request_deployment
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.world import World

TO_THE_GATE = 4
WHY = {"reason": "because", "confirm": "prod"}


def under_way(world: World, steps: int = 0) -> UUID:
    """A deployment so many states after Requested."""
    with inside(world.acme, "silo"):
        made = request_deployment(release_ref="r9")
        for _ in range(steps):
            advance_deployment(made.id)
    return made.id


def row(world: World, identifier: UUID) -> RuntimeDeployment:
    with inside(world.acme, "silo", writing=False):
        found: RuntimeDeployment = RuntimeDeployment.objects.get(id=identifier)
        return found


def path_of(world: World, verb: str, identifier: UUID | None = None) -> str:
    """The page of that verb, of the world's own Completed deployment unless told."""
    given = {"tenant": "acme", "environment_id": world.acme.environments["silo"]}
    if verb != "request":
        given["deployment_id"] = identifier or things_of(world.acme).deployment
    return reverse(f"deployments:deployment_{verb}", kwargs=given)


def post(
    world: World, sign_in: SignIn, verb: str, identifier: UUID | None, given: Any = None
) -> HttpResponse:
    """As acme's operator; what is posted is WHY unless told."""
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    return browser.post(path_of(world, verb, identifier), WHY if given is None else given)  # type: ignore[return-value]

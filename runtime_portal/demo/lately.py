"""What happened just now: so that no page of the demo has nothing to show.

A deployment under way, a freeze that is to come, somebody invited, a platform admin who looked in
and left again, an officer proposed, a token that was revoked.
"""

import os
from datetime import datetime, timedelta

from django.conf import settings

from apps.core.access import PLATFORM, Actor, Role
from apps.deployments.logs import write_step_log
from apps.deployments.models import Gate
from apps.deployments.operations import (
    advance_deployment,
    request_deployment,
    start_step,
    steps_of,
    succeed_step,
)
from apps.freezes.operations import Window, create_freeze
from apps.people.invitations import invite
from apps.people.models import Person
from apps.people.officers import propose_officer
from apps.people.operations import create_api_client, revoke_api_client
from apps.people.visits import leave_visit, start_visit
from apps.tenant_bindings.context import enter_platform, enter_tenant
from runtime_portal.demo.clock import Moment, Script, claim_the_present, set_clock
from runtime_portal.demo.logs import STEPS
from runtime_portal.demo.people import People

TENANT, PLACE = "tallowreed", "common"
RELEASE = "pages-011"


def under_way(now: datetime, pipeline: Actor) -> Script:
    """The public pages' next release has its images and is at its configuration."""
    yield Moment(now - timedelta(minutes=4), pipeline)
    deployment = request_deployment(
        release_ref=RELEASE, gate=Gate.HEALTH, reason="opening hours of the holidays", steps=STEPS
    )
    images, configuration, *_ = steps_of(deployment)
    advance_deployment(deployment.id)
    start_step(images.id)
    yield Moment(now - timedelta(minutes=2), pipeline)
    write_step_log(succeed_step(images.id), b"4 images present on every node\n")
    advance_deployment(deployment.id)
    start_step(configuration.id)


def lately(now: datetime, people: People) -> None:
    """On the control plane, and in one tenant: at the present."""
    claim_the_present()
    admin = people.actors[PLATFORM, "platform-admin"]
    with enter_platform(actor=admin):
        _of_the_platform(now)
    with enter_platform(actor=admin):
        visit = start_visit(tenant_id=TENANT, reason="asked to look at a slow release", minutes=30)
        leave_visit(visit.id)
    their_admin = people.actors[TENANT, "tenant-admin"]
    with enter_tenant(TENANT, actor=their_admin, partition="public", writing=True):
        client, _ = create_api_client(
            tenant_id=TENANT, name="old pipeline", scopes=["runtime.services.read"]
        )
        revoke_api_client(client.id, reason="the release pipeline has taken its place")
        # Only where no letter leaves the machine: nobody reads these addresses.
        if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
            invite(
                tenant_id=TENANT,
                email=f"newcomer@{TENANT}.example",
                role=Role.TENANT_OPERATOR,
                link=_link,
            )
    set_clock(None)


def _of_the_platform(now: datetime) -> None:
    begins = (now + timedelta(days=20)).replace(hour=16, minute=0, second=0, microsecond=0)
    create_freeze(
        scope="all",
        window=Window(starts_at=begins, ends_at=begins + timedelta(days=12)),
        reason="the registry moves: no releases until it stands where it will stay",
        override_role="platform-admin",
    )
    viewer = Person.objects.get(email=f"viewer@{PLATFORM}.example")
    propose_officer(person_id=viewer.id, reason="takes over from Hanneke in the new year")


def _link(token: str) -> str:
    return f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/accounts/invitation/{token}/"

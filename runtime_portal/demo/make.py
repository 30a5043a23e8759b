"""Making the demo, once, where there is no tenant yet.

One transaction makes everything, schemas included, so that a demo that was killed is not there
at all and the next start makes it. demo.json is on the disk before the commit: killed between
the two, it is overwritten by the next attempt; there is never a demo whose passwords nobody
knows. Step logs of an attempt that was killed stay behind as orphans; no row names them.
"""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.utils import timezone

from apps.core import door
from apps.core.access import PLATFORM, Actor
from apps.environments.operations import create_environment
from apps.freezes.operations import Window, create_freeze
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenant_bindings.operations import request_binding
from apps.tenant_bindings.tasks import finish_binding
from apps.tenants.models import Tenant
from apps.tenants.operations import onboard_tenant
from apps.tenants.partitions import OWNER
from runtime_portal.demo import drift
from runtime_portal.demo.clock import Story, play, set_clock
from runtime_portal.demo.companies import COMPANIES, LANDSCAPES, PLACES, PLATFORM_PEOPLE
from runtime_portal.demo.drift import drift_story
from runtime_portal.demo.handover import write_private
from runtime_portal.demo.lately import PLACE, TENANT, lately, under_way
from runtime_portal.demo.people import People
from runtime_portal.demo.shape import Place
from runtime_portal.demo.year import Year

INSTALLER = Actor("operator", label="demo")
WORKER = Actor("worker", label="runtime-inventory-worker")


def make_demo(*, say: Callable[[str], object]) -> bool:
    """Four tenants with a year of releases, and demo.json; whether they were made.

    Does nothing where there is any tenant but `platform`. Holds an advisory lock, so that two
    starts make one demo. As owner, by the operations of the product; the audit says what times
    were claimed.
    """
    with door.using(OWNER), door.atomic():
        _alone()
        if Tenant.objects.exclude(tenant_id=PLATFORM).exists():
            return False
        say("Making the demo: four tenants with a year of releases.")
        now = timezone.now()
        people, environments = _control_plane(now)
        play(_stories(now, people, environments))
        _freeze(now, people)
        lately(now, people)
        write_private(
            settings.STATE_DIR / "demo.json", {"people": people.told, "tokens": people.tokens}
        )
    say(f"Made {len(COMPANIES)} tenants; sign in as one of the people in demo.json.")
    return True


def _alone() -> None:
    with connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('runtime-portal demo'))")


def _control_plane(now: datetime) -> tuple[People, dict[str, UUID]]:
    """People first, then tenants, environments and bindings, a year and some weeks ago."""
    people = People()
    begun = now - timedelta(days=372)
    set_clock(begun)
    with enter_platform(actor=INSTALLER):
        for mailbox, name, role in PLATFORM_PEOPLE:
            people.add(mailbox=mailbox, name=name, role=role, tenant=PLATFORM)
    admin = people.actors[PLATFORM, "platform-admin"]
    for company in COMPANIES:
        begun += timedelta(hours=3)
        set_clock(begun)
        with enter_platform(actor=admin):
            onboard_tenant(slug=company.slug, name=company.name)
        with enter_platform(actor=INSTALLER):
            people.add_company(company)
    environments = {}
    for place in PLACES:
        begun += timedelta(hours=5)
        set_clock(begun)
        environments[place.key] = _environment(place, admin)
    return people, environments


def _environment(place: Place, admin: Actor) -> UUID:
    """An environment of production with its bindings; the worker makes their partitions."""
    with enter_platform(actor=admin):
        environment = create_environment(
            tenant_id=place.owner,
            project_id=place.project,
            name=place.name,
            stage="prod",
            region=place.region,
            isolation_model=place.isolation,
            pulumi_stack_ref=f"{place.owner}/{place.project}/{place.name}",
        )
        bindings = [
            request_binding(
                tenant_id=landscape.tenant, environment_id=environment.id, quota=landscape.quota()
            )
            for landscape in LANDSCAPES
            if landscape.environment == place.key
        ]
    for binding in bindings:
        finish_binding(binding.id, actor=WORKER)
    return environment.id


def _freeze(now: datetime, people: People) -> None:
    """After the story, which it would refuse: the bank lets nothing out from Friday evening on."""
    set_clock(now - timedelta(days=200))
    admin = people.actors["tallowreed", "tenant-admin"]
    with enter_tenant("tallowreed", actor=admin, partition="public", writing=True):
        create_freeze(
            scope="project",
            project_id="banking",
            window=Window(
                weekdays=[5, 6, 7],
                from_time=time(16),
                until_time=time(6),
                time_zone="Europe/Stockholm",
            ),
            reason="nobody is at the desk: no releases from Friday 16:00, nor in a weekend's night",
            override_role="tenant-admin",
        )
    set_clock(None)


def _stories(now: datetime, people: People, environments: dict[str, UUID]) -> Iterator[Story]:
    for landscape in LANDSCAPES:
        year = Year(
            landscape,
            now,
            people.pipelines[landscape.tenant],
            people.who_writes(landscape.tenant),
            # Seeded, so that every installation shows the same year; no secret comes from it.
            random.Random(f"{landscape.tenant}/{landscape.environment}"),  # noqa: S311
        )
        yield Story(landscape.tenant, environments[landscape.environment], year.script())
    story = drift_story(now, people.who_writes(drift.TENANT)[0], people.pipelines[drift.TENANT])
    yield Story(drift.TENANT, environments[drift.PLACE], story)
    yield Story(TENANT, environments[PLACE], under_way(now, people.pipelines[TENANT]))

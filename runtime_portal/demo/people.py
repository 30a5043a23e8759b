"""The demo's people and tokens: one password for all of them, made for this installation alone."""

import secrets
from dataclasses import dataclass, field

from apps.core import audit
from apps.core.access import PLATFORM, TOKEN_SCOPES, Actor, Role
from apps.people.models import Person
from apps.people.operations import create_api_client, create_person, grant_role
from runtime_portal.demo.shape import Company


@dataclass
class People:
    """Who was made, as actors, and what demo.json tells of them."""

    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    actors: dict[tuple[str, str], Actor] = field(default_factory=dict)
    pipelines: dict[str, Actor] = field(default_factory=dict)
    told: list[dict[str, str | None]] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    _first: Person | None = None

    def add(self, *, mailbox: str, name: str, role: str, tenant: str) -> Actor:
        """Somebody with one role in one tenant, or on the platform."""
        person = self._person(f"{mailbox}@{tenant}.example", name)
        grant_role(person=person, tenant_id=tenant, role=Role(role))
        self.actors[tenant, role] = Actor("person", person.id, person.email)
        self.told.append(
            {
                "email": person.email,
                "password": self.password,
                "role": role,
                "tenant": None if tenant == PLATFORM else tenant,
            }
        )
        return self.actors[tenant, role]

    def add_company(self, company: Company) -> None:
        """Its people, and a client with every scope that a token may carry."""
        for role, name in company.people.items():
            self.add(
                mailbox=role.removeprefix("tenant-"), name=name, role=role, tenant=company.slug
            )
        client, token = create_api_client(
            tenant_id=company.slug, name="release pipeline", scopes=sorted(TOKEN_SCOPES)
        )
        self.tokens[company.slug] = token
        self.pipelines[company.slug] = Actor("client", client.id, client.name)

    def who_writes(self, tenant: str) -> list[Actor]:
        """Those of a tenant's people who may change what runs, operator first."""
        roles = (Role.TENANT_OPERATOR, Role.TENANT_ADMIN)
        return [self.actors[tenant, role] for role in roles if (tenant, role) in self.actors]

    def _person(self, email: str, name: str) -> Person:
        """The first by the operation; the others share its hash, which takes a while to make."""
        if self._first is None:
            self._first = create_person(email=email, name=name, password=self.password)
            return self._first
        person = Person.objects.create(email=email, name=name, password=self._first.password)
        audit.record(
            "person.created",
            object_type="person",
            object_id=person.id,
            after={"name": name},
            tenant_id=PLATFORM,
        )
        return person

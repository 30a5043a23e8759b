"""Every write to a configuration. Versions are counted under a row lock, without gaps."""

from typing import Any
from uuid import UUID

from apps.configurations.canonical import checksum
from apps.configurations.models import ConfigurationStatus, RuntimeConfiguration, VersionCounter
from apps.configurations.secrets import references
from apps.core import audit, door
from apps.core.errors import Invalid, NotFound, Refused
from apps.core.ids import uuid7
from apps.quotas.operations import payload_size, spend_storage
from apps.search import operations as search
from apps.tenants.models import Vault

WRITE = "runtime.configurations.write"


class Stale(Refused):
    """Somebody has changed the draft since the editor began; `there` is what stands there now."""

    def __init__(self, there: RuntimeConfiguration) -> None:
        super().__init__(
            f"Version {there.version} has been changed since you began: nothing was saved."
        )
        self.there = there


def draft_configuration(*, payload: dict[str, Any]) -> RuntimeConfiguration:
    """A Draft with the environment's next version.

    Holds the counter's row lock until the commit. Raises Invalid for what is not a JSON object,
    has no canonical form, looks secret, or names a vault that is not the tenant's.
    """
    entered = door.require(WRITE)
    with door.atomic():
        digest = check_payload(payload)
        configuration = RuntimeConfiguration(
            tenant_id=door.tenant(),
            environment_id=door.environment(),
            version=_next_version(),
            payload=payload,
            checksum=digest,
            created_by=entered.actor.label,
        )
        spend_storage(rows=1, size=payload_size(payload))
        configuration.save(force_insert=True)
        search.index([configuration])
        _audit(configuration, "configuration.drafted", after=configuration.as_api())
    return configuration


def edit_configuration(
    configuration_id: UUID, *, payload: dict[str, Any], made_from: str = ""
) -> RuntimeConfiguration:
    """Changes a Draft; Refused once it has been Published.

    `made_from` is the checksum of what the editor began with: Stale where it is another by now.
    """
    door.require(WRITE)
    with door.atomic():
        configuration = locked(configuration_id)
        if configuration.status != ConfigurationStatus.DRAFT:
            raise Refused(f"Version {configuration.version} is {configuration.status}, no Draft.")
        before, digest = configuration.checksum, check_payload(payload)
        if made_from and made_from != before and digest != before:
            raise Stale(configuration)
        if digest != before:
            spend_storage(size=payload_size(payload) - payload_size(configuration.payload))
            configuration.payload, configuration.checksum = payload, digest
            configuration.save(update_fields=["payload", "checksum"])
            search.index([configuration])
            _audit(
                configuration,
                "configuration.edited",
                before={"checksum": before},
                after={"checksum": digest},
            )
    return configuration


def publish_configuration(configuration_id: UUID, *, reason: str = "") -> RuntimeConfiguration:
    """Draft → Published; the one that was Published is Superseded in the same transaction."""
    entered = door.require(WRITE)
    with door.atomic():
        lock_counter()  # two publishers queue here, so that neither meets the other's Published
        configuration = locked(configuration_id)
        configuration.must("publish")
        verified(configuration)
        check_payload(configuration.payload)
        supersede_all(reason=f"version {configuration.version} published")
        configuration.move("publish")
        configuration.published_by = entered.actor.label
        configuration.save(update_fields=["status", "published_by"])
        _audit(
            configuration,
            "configuration.published",
            before={"status": "Draft"},
            after={"status": "Published", "version": configuration.version},
            reason=reason,
        )
    return configuration


def discard_configuration(configuration_id: UUID, *, reason: str = "") -> RuntimeConfiguration:
    """Draft → Discarded; its number is not given again."""
    door.require(WRITE)
    with door.atomic():
        configuration = locked(configuration_id)
        configuration.move("discard")
        configuration.save(update_fields=["status"])
        _audit(
            configuration,
            "configuration.discarded",
            before={"status": "Draft"},
            after={"status": "Discarded"},
            reason=reason,
        )
    return configuration


def supersede_all(*, reason: str) -> None:
    """The environment's Published version, if any → Superseded."""
    door.require(WRITE)
    with door.atomic():
        for configuration in _here().select_for_update().filter(status="Published"):
            configuration.move("supersede")
            configuration.save(update_fields=["status"])
            _audit(
                configuration,
                "configuration.superseded",
                before={"status": "Published"},
                after={"status": "Superseded"},
                reason=reason,
            )


def discard_all(*, reason: str) -> None:
    """Every Draft of the environment → Discarded."""
    for identifier in _here().filter(status="Draft").values_list("id", flat=True):
        discard_configuration(identifier, reason=reason)


def published_or_empty() -> RuntimeConfiguration:
    """The Published version; where there is none yet, an empty version is published."""
    with door.atomic():
        lock_counter()
        found = _here().filter(status="Published").first()
        return found or publish_configuration(draft_configuration(payload={}).id)


def verified(configuration: RuntimeConfiguration) -> RuntimeConfiguration:
    """The configuration, if its payload is the one that was published; every deployment asks."""
    if not verifies(configuration):
        raise Refused(
            f"Version {configuration.version} does not match its checksum: it was altered."
        )
    return configuration


def verifies(configuration: RuntimeConfiguration) -> bool:
    """Whether the payload is what the checksum was made of; one without a canonical form is not."""
    try:
        return checksum(configuration.payload) == configuration.checksum
    except Invalid:
        return False


def check_payload(payload: Any) -> str:
    """The checksum, after every check; a vault of another is answered like none at all."""
    if not isinstance(payload, dict):
        raise Invalid.field("payload", "must be a JSON object.")
    digest = checksum(payload)
    found = list(references(payload))
    known = set(
        Vault.objects.filter(tenant_id=door.tenant(), name__in={v for _, v in found}).values_list(
            "name", flat=True
        )
    )
    fields = {path: [f"there is no vault '{v}'"] for path, v in found if v not in known}
    if fields:
        raise Invalid("A reference names a vault that is not there.", fields=fields)
    return digest


def locked(configuration_id: UUID) -> RuntimeConfiguration:
    """The row, locked until the commit; NotFound where there is none to be seen."""
    try:
        return _here().select_for_update().get(id=configuration_id)
    except RuntimeConfiguration.DoesNotExist as error:
        raise NotFound(f"There is no configuration {configuration_id}.") from error


def _here() -> Any:
    return RuntimeConfiguration.objects.filter(environment_id=door.environment())


def _next_version() -> int:
    counter = lock_counter()
    counter.last_version += 1
    counter.save(update_fields=["last_version"])
    return counter.last_version


def lock_counter() -> VersionCounter:
    """The counter's row, locked. Made by whoever comes first; the second waits for the first."""
    keys = {"tenant_id": door.tenant(), "environment_id": door.environment()}
    found = VersionCounter.objects.select_for_update().filter(**keys).first()
    if found is None:
        # ON CONFLICT waits for a concurrent first writer instead of raising.
        VersionCounter.objects.bulk_create(
            [VersionCounter(id=uuid7(), **keys)], ignore_conflicts=True
        )
        found = VersionCounter.objects.select_for_update().get(**keys)
    return found


def _audit(configuration: RuntimeConfiguration, action: str, **values: Any) -> None:
    audit.record(
        action,
        object_type="configuration",
        object_id=configuration.id,
        environment_id=configuration.environment_id,
        **values,
    )

"""What the tests of blobs share: a container, what lies in it, and a run over one tenant's."""

from dataclasses import dataclass
from typing import Any

from azure.storage.blob import BlobClient

from tests.core.shell import Ended, manage
from tests.isolation.logins import connect, rows
from tests.retention.ages import DEPLOYMENTS, STEPS, Aged, aged
from tests.retention.azurite import Azurite


@dataclass
class Container:
    """As its owner sees it, whose key no part of the portal has."""

    server: Azurite
    name: str
    settings: Any

    def blob(self, path: str) -> BlobClient:
        return self.server.container(self.name).get_blob_client(path)

    def paths(self, prefix: str = "") -> set[str]:
        return set(self.server.container(self.name).list_blob_names(name_starts_with=prefix))

    def tier(self, path: str) -> str:
        return str(self.blob(path).get_blob_properties().blob_tier)

    def use(self, **given: str) -> None:
        """Other credentials for `step_logs` or `steward_step_logs`."""
        made = self.server.storages(self.name, **given)
        self.settings.STORAGES = {**self.settings.STORAGES, **made}


@dataclass(frozen=True)
class Log:
    """What the row says."""

    id: Any
    path: str
    size: int
    tier: str
    seen: int | None
    seen_at: Any
    problem: str


def logs(found: Aged, where: str = "true") -> list[Log]:
    with connect("owner") as owner:
        return [
            Log(*row)
            for row in rows(
                owner,
                "SELECT id, log_path, log_bytes, log_tier, log_observed_bytes, log_observed_at, "
                f"log_problem FROM {found.table(STEPS)} WHERE tenant_id = %s AND log_path <> '' "
                f"AND {where} ORDER BY id",
                [found.slug],
            )
        ]


def listed(found: Aged) -> dict[str, tuple[bool, str]]:
    """{path: (gone, problem)} of the list."""
    with connect("owner") as owner:
        return {
            path: (gone, problem)
            for path, gone, problem in rows(
                owner,
                "SELECT path, gone_at IS NOT NULL, problem FROM retention_removedlog "
                "WHERE tenant_id = %s",
                [found.slug],
            )
        }


def run(found: Aged, *arguments: Any) -> Ended:
    return manage(
        "run_retention", "--tenant", found.slug, "--data-class", "step-log", *arguments,
        "--format", "json",
    )  # fmt: skip


def entry(ended: Ended) -> dict[str, Any]:
    (only,) = ended.json["entries"]
    return dict(only)


def old_logs(age: str = "91 days", model: str = "pool") -> Aged:
    """A tenant whose every step has ended so long ago."""
    found = aged(model)
    found.release_anew(2)
    found.age(STEPS, age)
    found.age(DEPLOYMENTS, age)
    return found


def rows_gone(model: str = "pool") -> Aged:
    """A tenant of whose five deployments two have just gone, with their rows."""
    found = aged(model)
    found.release_anew(4)
    found.age_all("800 days")
    assert manage("run_retention", "--tenant", found.slug, "--data-class",
                  "deployment-history").code == 0  # fmt: skip
    return found

import pytest

from apps.integrations.kubernetes.component_types import component_type


@pytest.mark.parametrize(
    ("name", "repository", "expected"),
    [
        ("carts-db", "mongo", "database"),
        ("user-db", "weaveworksdemos/user-db", "database"),
        ("store", "docker.io/bitnami/postgresql-repmgr", "database"),
        ("documentdb", "ghcr.io/documentdb/documentdb-local", "database"),
        ("session", "redis", "database"),
        ("task-queue", "redis", "queue"),
        ("rabbitmq", "mcr.microsoft.com/azurelinux/base/rabbitmq-server", "queue"),
        ("events", "confluentinc/cp-kafka", "queue"),
        ("metrics", "kbudde/rabbitmq-exporter", "microservice"),
        ("consumer-api", "acme/kafka-orders-consumer", "microservice"),
        ("controller", "registry.k8s.io/ingress-nginx/controller", "gateway"),
        ("front", "traefik", "gateway"),
        ("api-gateway", "acme/gw", "gateway"),
        ("payment-gateway", "acme/pay", "microservice"),
        ("store-admin", "acme/store-admin", "admin-portal"),
        ("admin-api", "acme/admin", "microservice"),
        ("frontend", "acme/frontend", "customer-portal"),
        ("front-end", "acme/fe", "customer-portal"),
        ("store-front", "acme/sf", "customer-portal"),
        ("mobile-bff", "acme/m", "mobile-backend"),
        ("mail-worker", "acme/m", "worker"),
        ("queue-master", "acme/q", "microservice"),
        ("orders", "acme/orders", "microservice"),
        ("web", "nginx", "microservice"),
    ],
)
def test_a_deployment_with_a_service_is_typed_by_image_and_name(
    name: str, repository: str, expected: str
) -> None:
    assert typed(name=name, repository=repository) == expected


@pytest.mark.parametrize("kind", ["Job", "CronJob"])
def test_a_job_is_a_worker_whatever_it_runs(kind: str) -> None:
    assert typed(kind=kind, repository="postgres", name="backup-db") == "worker"


def test_a_daemon_set_is_a_worker_unless_it_is_a_gateway() -> None:
    assert typed(kind="DaemonSet") == "worker"
    assert typed(kind="DaemonSet", repository="ingress-nginx/controller") == "gateway"


def test_a_stateful_set_is_a_database_unless_it_is_known_better() -> None:
    assert typed(kind="StatefulSet") == "database"
    assert typed(kind="StatefulSet", repository="rabbitmq") == "queue"


def test_what_no_service_leads_to_is_a_worker_where_there_are_services() -> None:
    assert typed(has_service=False) == "worker"
    assert typed(has_service=False, any_service=False) == "microservice"
    assert typed(has_service=False, any_service=False, has_ports=False) == "worker"


def typed(
    *,
    kind: str = "Deployment",
    name: str = "orders",
    repository: str = "acme/orders",
    has_service: bool = True,
    has_ports: bool = True,
    any_service: bool = True,
) -> str:
    return component_type(
        kind=kind,
        name=name,
        repository=repository,
        has_service=has_service,
        has_ports=has_ports,
        any_service=any_service,
    )

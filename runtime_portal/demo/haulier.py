"""Kestrelhaul Freight: in the pool, with the timeout that was given in seconds."""

from apps.deployments.models import Strategy
from apps.scaling_policies.models import Metric
from apps.services.models import ComponentType, ComputeTarget
from runtime_portal.demo.shape import Ailment, ByHand, Failure, Landscape, Module

HAULIER = Landscape(
    tenant="kestrelhaul",
    environment="pool",
    releases=24,
    every_days=15,
    last_days_ago=1.6,
    reference="v5.{number}.0",
    strategy=Strategy.ROLLING,
    modules=[
        Module(
            "gateway",
            ComponentType.GATEWAY,
            2,
            "2.8.0",
            (2, 6),
            Metric.REQUESTS,
            endpoint="https://api.kestrelhaul.example",
        ),
        Module("bookings", ComponentType.MICROSERVICE, 3, "4.1.0", (2, 6)),
        Module("tracking", ComponentType.MICROSERVICE, 4, "3.6.2", (3, 10), pace=0.6),
        Module("routes", ComponentType.MICROSERVICE, 2, "2.2.9", (2, 8), Metric.MEMORY),
        Module("customs-forms", ComponentType.MICROSERVICE, 2, "1.7.0", pace=0.3),
        Module("tariffs", ComponentType.MICROSERVICE, 1, "0.22.0", (1, 3), since=6),
        Module("telematics", ComponentType.QUEUE, 3, "3.12.1", target=ComputeTarget.KUBERNETES),
        Module("positions", ComponentType.WORKER, 4, "5.0.1", (2, 12), Metric.QUEUE_LENGTH),
        Module("label-printer", ComponentType.WORKER, 1, "1.1.4", tag="latest", pace=0.2),
        Module(
            "dispatch-board",
            ComponentType.ADMIN_PORTAL,
            2,
            "6.4.0",
            endpoint="https://dispatch.kestrelhaul.example",
            pace=0.5,
        ),
        Module(
            "shipper-portal",
            ComponentType.CUSTOMER_PORTAL,
            2,
            "9.0.3",
            (2, 6),
            Metric.REQUESTS,
            endpoint="https://ship.kestrelhaul.example",
            pace=0.6,
        ),
        Module(
            "cab-app-api",
            ComponentType.MOBILE_BACKEND,
            2,
            "1.15.0",
            (2, 5),
            Metric.REQUESTS,
            endpoint="https://cab.kestrelhaul.example",
        ),
        Module("edi-inbox", ComponentType.OTHER, 1, "1999.4", until=15, pace=0.0),
    ],
    payload={
        "tracking": {"upstreamTimeoutMs": 3000, "retries": 2, "cacheSeconds": 20},
        "routes": {"engine": "contour", "maxDetourKm": 25},
        "positions": {"batch": 500, "brokerKey": {"secretRef": "kv://kestrelhaul/telematics-key"}},
        "customs": {
            "office": "https://customs.example/entry",
            "password": {"secretRef": "kv://kestrelhaul/customs-login"},
        },
        "features": {"etaSharing": True, "nightWindows": False},
    },
    turns={
        4: {"positions.batch": 1000},
        6: {"tariffs": {"currency": "EUR", "roundTo": 0.05}},
        11: {"features.nightWindows": True},
        14: {"routes.maxDetourKm": 40},
        19: {"tracking.upstreamTimeoutMs": 3, "tracking.retries": 1},
        23: {"tracking.cacheSeconds": 60},
    },
    rescaled={10: {"positions": (3, 14)}, 20: {"tracking": (4, 12)}},
    failures={
        9: Failure(
            3,
            "routes was killed for its memory",
            [
                "routes: 1/2 replicas ready",
                "routes-5c6b: terminated: OOMKilled (limit 512Mi, exit code 137)",
                "routes-5c6b: back-off restarting failed container, 5 restarts",
                "roll out stopped after 240 s",
            ],
        ),
        17: Failure(
            2,
            "the broker refused the new topic",
            [
                "publishing configuration",
                "telematics: create topic positions.v2: not enough in-sync replicas (1 of 2)",
                "configuration stays published, no service was restarted",
            ],
        ),
    },
    ailments={
        19: Ailment("tracking", "a third of the calls upstream time out after 3 ms"),
    },
    by_hand={
        12: ByHand("positions", "holiday traffic", 6),
    },
    unseen=["label-printer"],
)

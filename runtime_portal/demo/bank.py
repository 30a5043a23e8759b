"""Tallowreed Savings: the core in a silo, the public pages in the shared environment."""

from apps.deployments.models import Strategy
from apps.scaling_policies.models import Metric
from apps.services.models import ComponentType, ComputeTarget
from runtime_portal.demo.shape import Ailment, ByHand, Failure, Landscape, Module

CORE_BANKING = Landscape(
    tenant="tallowreed",
    environment="core",
    releases=26,
    every_days=14,
    last_days_ago=3.2,
    reference="core-{year}.{week:02}",
    strategy=Strategy.BLUE_GREEN,
    modules=[
        Module(
            "edge-gateway",
            ComponentType.GATEWAY,
            3,
            "4.2.0",
            (3, 8),
            Metric.REQUESTS,
            endpoint="https://api.tallowreed.example",
        ),
        Module("ledger", ComponentType.MICROSERVICE, 4, "7.1.3", (4, 8), by_digest=True, pace=0.3),
        Module("payments", ComponentType.MICROSERVICE, 4, "5.8.0", (4, 10), by_digest=True),
        Module("cards", ComponentType.MICROSERVICE, 2, "3.0.4", (2, 6)),
        Module("accounts", ComponentType.MICROSERVICE, 3, "6.3.1", (3, 6)),
        Module("fraud-scoring", ComponentType.WORKER, 3, "1.14.2", (2, 9), Metric.QUEUE_LENGTH),
        Module("statements-worker", ComponentType.WORKER, 2, "2.4.0", tag="2.4.0", pace=0.5),
        Module("interest-runner", ComponentType.WORKER, 1, "1.9.7", pace=0.2),
        Module(
            "back-office",
            ComponentType.ADMIN_PORTAL,
            2,
            "8.0.0",
            endpoint="https://desk.tallowreed.example",
        ),
        Module(
            "online-banking",
            ComponentType.CUSTOMER_PORTAL,
            4,
            "12.3.0",
            (4, 12),
            Metric.REQUESTS,
            endpoint="https://my.tallowreed.example",
            pace=0.7,
        ),
        Module(
            "pocket-app-api",
            ComponentType.MOBILE_BACKEND,
            3,
            "2.0.0",
            (3, 9),
            Metric.REQUESTS,
            endpoint="https://pocket.tallowreed.example",
            since=9,
            pace=0.6,
        ),
        Module(
            "ledger-store",
            ComponentType.DATABASE,
            3,
            "16.4",
            target=ComputeTarget.KUBERNETES,
            pace=0.06,
            by_digest=True,
        ),
        Module(
            "events", ComponentType.QUEUE, 3, "3.13.2", target=ComputeTarget.KUBERNETES, pace=0.08
        ),
        Module("fax-bridge", ComponentType.OTHER, 1, "0.9.12", until=11, pace=0.0),
        Module("sms-tan", ComponentType.WORKER, 2, "1.2.5", until=18, pace=0.15),
    ],
    payload={
        "logging": {"level": "info", "format": "json"},
        "ledger": {
            "database": "ledger-store",
            "password": {"secretRef": "kv://tallowreed/ledger-store-password"},
            "poolSize": 20,
            "closeOfDay": "22:30",
        },
        "payments": {
            "clearing": "https://clearing.example/v2",
            "clientCertificate": {"secretRef": "kv://tallowreed/clearing-certificate"},
            "instantLimit": 15000,
        },
        "fraud": {"threshold": 0.82, "model": "rings-3"},
        "features": {"instantPayments": False, "pocketApp": False, "smsTan": True},
    },
    turns={
        3: {"ledger.poolSize": 30},
        5: {"fraud.threshold": 0.8},
        9: {"features.pocketApp": True},
        10: {"pocket": {"pushKey": {"secretRef": "kv://tallowreed/push-relay-key"}, "batch": 200}},
        13: {"fraud.model": "rings-4", "fraud.threshold": 0.77},
        16: {"features.instantPayments": True, "payments.instantLimit": 5000},
        18: {"features.smsTan": False},
        20: {"payments.instantLimit": 15000},
        22: {"payments.clearing": "https://clearing.example/v3"},
        25: {"ledger.closeOfDay": "23:00"},
    },
    rescaled={13: {"fraud-scoring": (3, 12)}, 17: {"payments": (4, 12)}},
    failures={
        7: Failure(
            3,
            "cards did not become ready",
            [
                "cards: 0/2 replicas ready after 300 s",
                "Warning  Unhealthy  readiness probe failed: HTTP 503 from /ready",
                "cards-7d9f: cannot reach issuer gateway: connect timeout after 5000 ms",
                "roll out of cards exceeded its deadline; the others were not started",
            ],
        ),
        21: Failure(
            2,
            "a secret could not be read",
            [
                "resolving kv://tallowreed/clearing-certificate",
                "vault answered 403: the identity of environment core-banking may not read it",
                "no service was restarted",
            ],
        ),
    },
    rollbacks={
        16: Failure(
            4,
            "instant payments were booked twice under load",
            [
                "check payments /health ............ ok (38 ms)",
                "check ledger double-entry balance . FAILED",
                "  expected 0.00, found -412.50 over 7 bookings in 120 s",
                "check edge-gateway error rate ..... ok (0.02 %)",
                "1 of 3 checks failed: backing out",
            ],
        ),
    },
    ailments={12: Ailment("fraud-scoring", "queue grows faster than it is worked off", healed=13)},
    by_hand={
        14: ByHand("accounts", "month's end: more room for statements", 4),
    },
    stopped={"interest-runner": "runs again at the quarter's end"},
    draft={"features.darkMode": True, "logging.level": "debug"},
)

PUBLIC_PAGES = Landscape(
    tenant="tallowreed",
    environment="common",
    releases=10,
    every_days=36,
    last_days_ago=11.4,
    reference="pages-{number:03}",
    modules=[
        Module(
            "website",
            ComponentType.CUSTOMER_PORTAL,
            2,
            "21.0.0",
            (2, 6),
            Metric.REQUESTS,
            target=ComputeTarget.CONTAINER_APPS,
            endpoint="https://www.tallowreed.example",
            pace=0.9,
        ),
        Module(
            "branch-finder",
            ComponentType.MICROSERVICE,
            1,
            "1.3.0",
            (1, 3),
            target=ComputeTarget.CONTAINER_APPS,
        ),
        Module(
            "rates-board",
            ComponentType.MICROSERVICE,
            1,
            "1.0.8",
            (1, 3),
            target=ComputeTarget.FUNCTIONS,
        ),
        Module(
            "iban-check", ComponentType.OTHER, 1, "0.4.1", target=ComputeTarget.FUNCTIONS, since=6
        ),
    ],
    payload={
        "website": {"theme": "reed", "analytics": False},
        "rates": {"source": "https://rates.example/daily", "refreshMinutes": 60},
        "contact": {"relayKey": {"secretRef": "kv://tallowreed/mail-relay"}},
    },
    turns={4: {"rates.refreshMinutes": 15}, 8: {"website.theme": "reed-2"}},
    failures={
        5: Failure(
            1,
            "an image is not in the registry",
            [
                "website: manifest unknown, the registry has no such tag",
                "website: the build that should have pushed it was cancelled",
                "nothing was changed",
            ],
        ),
    },
    unseen=["iban-check"],
)

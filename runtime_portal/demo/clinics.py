"""Ospreylane Clinics: small, in the shared environment, in no hurry."""

from apps.deployments.models import Strategy
from apps.scaling_policies.models import Metric
from apps.services.models import ComponentType, ComputeTarget
from runtime_portal.demo.shape import Ailment, Failure, Landscape, Module

CLINICS = Landscape(
    tenant="ospreylane",
    environment="common",
    releases=12,
    every_days=30,
    last_days_ago=16.3,
    reference="clinic-{year}-{month:02}",
    strategy=Strategy.RECREATE,
    modules=[
        Module(
            "patient-portal",
            ComponentType.CUSTOMER_PORTAL,
            2,
            "3.2.0",
            (2, 4),
            Metric.REQUESTS,
            target=ComputeTarget.APP_SERVICE,
            endpoint="https://my.ospreylane.example",
            pace=0.7,
        ),
        Module(
            "appointments",
            ComponentType.MICROSERVICE,
            2,
            "2.6.1",
            (1, 4),
            target=ComputeTarget.CONTAINER_APPS,
        ),
        Module(
            "reminders",
            ComponentType.WORKER,
            1,
            "1.4.0",
            (1, 2),
            Metric.QUEUE_LENGTH,
            target=ComputeTarget.FUNCTIONS,
        ),
        Module(
            "letters",
            ComponentType.MICROSERVICE,
            1,
            "0.9.3",
            target=ComputeTarget.APP_SERVICE,
            endpoint="http://letters.ospreylane.example",
        ),
        Module(
            "front-desk",
            ComponentType.ADMIN_PORTAL,
            1,
            "4.0.0",
            target=ComputeTarget.APP_SERVICE,
            endpoint="https://desk.ospreylane.example",
        ),
        Module(
            "records-store",
            ComponentType.DATABASE,
            1,
            "16.3",
            target=ComputeTarget.KUBERNETES,
            pace=0.15,
            by_digest=True,
        ),
        Module("phone-queue", ComponentType.OTHER, 1, "1.0.0", until=9, pace=0.0),
    ],
    payload={
        "appointments": {"slotMinutes": 15, "overbook": 0},
        "reminders": {
            "relay": "https://mail.example",
            "relayKey": {"secretRef": "kv://ospreylane/mail-relay"},
            "hoursBefore": 48,
        },
        "records": {
            "database": "records-store",
            "password": {"secretRef": "kv://ospreylane/records-password"},
        },
    },
    turns={
        4: {"reminders.hoursBefore": 24},
        7: {"reminders.relayKey": {"secretRef": "kv://ospreylane/test-mail-relay"}},
        10: {"appointments.slotMinutes": 20},
    },
    failures={
        6: Failure(
            3,
            "records-store did not start again",
            [
                "recreating records-store",
                "records-store: FATAL: could not open lock file: no space left on device",
                "volume records-data is at 100 %",
                "put the earlier revision back by hand; grow the volume before the next release",
            ],
        ),
    },
    ailments={
        12: Ailment("reminders", "the mail relay refuses every second message"),
    },
    unseen=["front-desk"],
)

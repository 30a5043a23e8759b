"""Brindlecart Stores: in the pool, with a checkout that may sleep."""

from apps.deployments.models import Strategy
from apps.scaling_policies.models import Metric
from apps.services.models import ComponentType, ComputeTarget
from runtime_portal.demo.shape import ByHand, Failure, Landscape, Module

RETAILER = Landscape(
    tenant="brindlecart",
    environment="pool",
    releases=20,
    every_days=18,
    last_days_ago=6.5,
    reference="shop-{number:03}",
    strategy=Strategy.CANARY,
    modules=[
        Module(
            "storefront",
            ComponentType.CUSTOMER_PORTAL,
            4,
            "33.1.0",
            (3, 14),
            Metric.REQUESTS,
            endpoint="https://shop.brindlecart.example",
            pace=0.8,
        ),
        Module("basket", ComponentType.MICROSERVICE, 2, "4.4.4", (2, 6)),
        Module(
            "checkout",
            ComponentType.MICROSERVICE,
            2,
            "6.0.2",
            (2, 8),
            Metric.REQUESTS,
            target=ComputeTarget.CONTAINER_APPS,
            by_digest=True,
            endpoint="https://pay.brindlecart.example",
        ),
        Module("catalogue", ComponentType.MICROSERVICE, 3, "10.2.0", (2, 8)),
        Module("search-index", ComponentType.WORKER, 1, "2.9.0", (1, 4), Metric.MEMORY),
        Module("stock-sync", ComponentType.WORKER, 2, "3.3.1"),
        Module(
            "orders", ComponentType.QUEUE, 3, "3.12.1", target=ComputeTarget.KUBERNETES, pace=0.1
        ),
        Module("loyalty", ComponentType.MICROSERVICE, 1, "1.20.0", (1, 3)),
        Module("gift-cards", ComponentType.MICROSERVICE, 1, "0.8.0", since=8),
        Module(
            "store-desk",
            ComponentType.ADMIN_PORTAL,
            1,
            "5.5.0",
            target=ComputeTarget.APP_SERVICE,
            endpoint="https://desk.brindlecart.example",
        ),
        Module("wish-list", ComponentType.MICROSERVICE, 1, "1.0.3", until=13, pace=0.1),
    ],
    payload={
        "checkout": {
            "provider": "https://pay.example/v1",
            "merchantKey": {"secretRef": "kv://brindlecart/merchant-key"},
            "retrySeconds": 5,
        },
        "catalogue": {"pageSize": 48, "imageHost": "https://img.brindlecart.example"},
        "stock": {"warehouses": ["north", "harbour"], "syncMinutes": 10},
        "features": {"giftCards": False, "clickAndCollect": True},
        "configMaps": {
            "storefront-settings": {
                "SEARCH_TIMEOUT_MS": "800",
                "BANNER": "spring",
                "CHECKOUT_MAX_ITEMS": "50",
            },
        },
    },
    turns={
        5: {"stock.syncMinutes": 5},
        8: {"features.giftCards": True, "giftCards": {"expiryMonths": 36}},
        12: {"stock.warehouses": ["north", "harbour", "ridge"]},
        16: {"catalogue.pageSize": 60},
    },
    rescaled={9: {"storefront": (4, 18)}, 15: {"checkout": (0, 8), "storefront": (3, 14)}},
    failures={
        14: Failure(
            4,
            "the smoke test could not pay",
            [
                "GET  /                     200   41 ms",
                "POST /basket/items         201   63 ms",
                "POST /checkout             502  30012 ms",
                "checkout: provider answered nothing within 30 s",
                "smoke test failed: 1 of 3",
            ],
        ),
    },
    rollbacks={
        11: Failure(
            4,
            "the canary answered every tenth request with 500",
            [
                "canary at 10 % for 600 s",
                "storefront error rate 9.8 % (limit 1.0 %)",
                "TypeError: cannot read price of undefined (catalogue item without a price)",
                "backing out the canary",
            ],
        ),
    },
    by_hand={
        10: ByHand("stock-sync", "winter sale, to be taken back in January", 6, kept=True),
    },
    stopped={"loyalty": "points are settled by the partner until the contract is signed"},
)

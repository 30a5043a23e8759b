"""The demo's own data: four invented companies. Nothing here is anybody's real system.

| tenant | where | what |
|---|---|---|
| `tallowreed`, a savings bank | silo `core-banking` | 26 releases |
| its public pages | shared `common-prod` | 10 releases |
| `kestrelhaul`, a haulier | pool `pool-prod` | 24 releases |
| `brindlecart`, a retailer | pool `pool-prod` | 20 releases |
| `ospreylane`, a group of clinics | shared `common-prod` | 12 releases |

Mistakes worth finding, for whoever looks (or shows the product):

1. tallowreed's `statements-worker` has a new version every few releases and still runs the image
   tag `2.4.0`: the release says one thing, the image another.
2. kestrelhaul's `tracking` is Degraded since release 19. The configuration published with that
   release set `tracking.upstreamTimeoutMs` from 3000 to 3: somebody thought in seconds.
3. brindlecart's `checkout` may scale to zero in production (min = 0, since release 15): the first
   customer of the morning waits for a cold start.
4. ospreylane's `letters` has an endpoint with http://.
5. ospreylane's production configuration names the secret `test-mail-relay` since release 7.
6. kestrelhaul's `label-printer` runs `:latest`, so nobody can say what it runs.
7. tallowreed's `iban-check` in `common-prod` runs and was never seen by anybody: a service without
   a probe.
8. brindlecart's `stock-sync` was raised by hand to 6 replicas for a sale and never taken
   back: every release since repeats it.
9. brindlecart's environment was checked for drift: `storefront` runs a hotfix (acknowledged),
   `basket` more replicas than its policy allows, the `storefront-settings` in the cluster take 500
   items where 50 are meant, and an ignore rule hides a shell that the platform team left there.

And under way: release `pages-011` of tallowreed's public pages, which waits for somebody to go on
(or to let it fail); a freeze of the whole fleet is to come.
"""

from runtime_portal.demo.bank import CORE_BANKING, PUBLIC_PAGES
from runtime_portal.demo.clinics import CLINICS
from runtime_portal.demo.haulier import HAULIER
from runtime_portal.demo.retailer import RETAILER
from runtime_portal.demo.shape import Company, Place

COMPANIES = (
    Company(
        "tallowreed",
        "Tallowreed Savings",
        {
            "tenant-admin": "Marit Aspevik",
            "tenant-operator": "Joon Falkenberg",
            "tenant-viewer": "Pia Lindqvarn",
            "tenant-auditor": "Teodor Blix",
        },
    ),
    Company(
        "kestrelhaul",
        "Kestrelhaul Freight",
        {"tenant-admin": "Dov Harrowgate", "tenant-viewer": "Nele Brandsma"},
    ),
    Company(
        "brindlecart",
        "Brindlecart Stores",
        {"tenant-admin": "Amparo Quist", "tenant-viewer": "Lewis Tornquay"},
    ),
    Company(
        "ospreylane",
        "Ospreylane Clinics",
        {"tenant-admin": "Ruth Okonjima", "tenant-viewer": "Emil Sandvoort"},
    ),
)

# Mailbox, name, role: two officers, since what takes a second person takes two of them.
PLATFORM_PEOPLE = (
    ("admin", "Solveig Marchetti", "platform-admin"),
    ("viewer", "Bram Ilves", "platform-viewer"),
    ("officer", "Hanneke Durand", "governance-officer"),
    ("second-officer", "Isidor Vance", "governance-officer"),
)

PLACES = (
    Place("core", "tallowreed", "banking", "core-banking", "swedencentral", "silo"),
    Place("pool", "platform", "fleet", "pool-prod", "westeurope", "pool"),
    Place("common", "platform", "fleet", "common-prod", "northeurope", "shared"),
)

LANDSCAPES = (CORE_BANKING, PUBLIC_PAGES, HAULIER, RETAILER, CLINICS)

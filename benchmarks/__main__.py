"""`make bench`: every budget, one after the other, in one place."""

import sys

from benchmarks import (
    bulk_services,
    enter_tenant,
    health_ingest,
    make_partition,
    purge,
    purge_days,
    search,
    services_list,
    tenant_page,
    worker_memory,
)
from benchmarks.run import run

if __name__ == "__main__":
    sys.exit(
        run(
            tenant_page.measure,
            enter_tenant.measure,
            services_list.measure,
            search.measure,
            make_partition.measure,
            health_ingest.measure,
            bulk_services.measure,
            purge.measure,
            purge_days.measure,
            worker_memory.measure,
        )
    )

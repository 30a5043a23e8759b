"""A hold, an exception that is asked for and a way back: found, or made. They keep nothing that
other pages show: none is about what stands in the environment that these are tried in."""

from uuid import UUID

from apps.core.access import Role
from apps.retention.exceptions import request_exception
from apps.retention.models import GovernanceException, LegalHold, WindowReturn
from apps.retention.operations import place_hold, set_retention
from apps.retention.returns import ask_return
from tests.console.people import as_admin, as_platform
from tests.drift_findings.seen import in_days
from tests.world import TestTenant


def things_of_governance(tenant: TestTenant, model: str) -> dict[str, UUID]:
    with as_admin(tenant):
        asked = GovernanceException.objects.filter(status="Asked").first() or request_exception(
            data_class="step-log", reason="erasure", legal_basis="GDPR 17", lapses_at=in_days(7)
        )
    elsewhere = next(e for m, e in tenant.environments.items() if m != model)
    with as_platform(tenant, Role.GOVERNANCE_OFFICER):
        hold = LegalHold.objects.filter(tenant_id=tenant.slug, status="Placed").first()
        if hold is None:
            hold = place_hold(
                tenant_id=tenant.slug, data_classes=["configuration-version"], matter="a matter",
                reason="a court", environment_id=elsewhere,
            )  # fmt: skip
        back = WindowReturn.objects.filter(tenant_id=tenant.slug, status="Asked").first()
        if back is None:
            where = {"tenant_id": tenant.slug, "data_class": "step-log", "reason": "a contract"}
            set_retention(days=120, **where)
            back = ask_return(days=90, **where)
    return {"exception": asked.id, "hold": hold.id, "window_return": back.id}

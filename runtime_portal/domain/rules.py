"""Rules of the domain that no single constraint carries: where they are held, by hand.

`name` is what the test that attacks the rule is marked with.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    name: str
    says: str
    held_by: str


RULES = (
    Rule(
        "owning gives no right",
        "Owning an environment gives no right to rows: only a binding does. A bound "
        "tenant reads no environment row.",
        "policies, walls.policies.CONTROL_PLANE",
    ),
    Rule(
        "binding decides",
        "A tenant whose binding is Pending, Released or none cannot tell that the "
        "environment exists.",
        "app.admission, app.readable",
    ),
    Rule(
        "suspended reads only",
        "A Suspended binding admits reads and no write, from the next statement on.",
        "app.writable, restrictive policies",
    ),
    Rule(
        "no writer after a release",
        "No writer commits after a release.",
        "app.tenant_lock, context.lock_tenant_for_release",
    ),
    Rule(
        "release is whole",
        "Releasing ends all that is live there in one transaction, or nothing.",
        "tenant_bindings.release",
    ),
    Rule(
        "bound again",
        "A tenant bound again to the same environment finds what has not been purged yet.",
        "tenant_bindings.operations.request_binding",
    ),
    Rule(
        "decommissioning goes on",
        "Decommissioning stops new work at once and releases binding by binding; killed "
        "or held up, it goes on with those that are left.",
        "environments.decommission",
    ),
    Rule(
        "decommissioned last",
        "An environment is Decommissioned only after its last binding.",
        "environments.operations.finish_decommissioning_environment",
    ),
    Rule(
        "environment of a binding",
        "A binding is made for a Provisioned environment only.",
        "tenant_bindings.operations.request_binding",
    ),
    Rule(
        "copies follow",
        "A binding's copies of its environment follow it until it is released.",
        "environments.operations",
    ),
    Rule(
        "versions without gaps",
        "version counts 1, 2, 3 … without gaps or repeats, also under concurrent writers.",
        "configurations.operations, VersionCounter",
    ),
    Rule(
        "checksum verified",
        "A payload that is not what its checksum was made of takes no deployment.",
        "configurations.operations.verified",
    ),
    Rule(
        "vaults of its own",
        "A reference to another's vault is answered as one to none.",
        "configurations.operations.check_payload",
    ),
    Rule(
        "one deployment each service",
        "deploymentId of a service is never empty: a change by hand makes a deployment.",
        "services.operations",
    ),
    Rule(
        "policy with its service",
        "Every live service has a scaling policy, made with it.",
        "services.operations.apply_release",
    ),
    Rule(
        "gate",
        "A deployment goes past its gate only as the gate says.",
        "deployments.operations",
    ),
    Rule(
        "stale is not healthy",
        "A service not observed for 15 minutes is shown as stale.",
        "services.models.live_state",
    ),
    Rule(
        "one entry a change",
        "Every change is one audit entry in its transaction; what changes nothing is none.",
        "core.audit, context",
    ),
    Rule(
        "rights",
        "Nobody does what the one table of rights does not give them.",
        "core.access, core.door.require",
    ),
    Rule(
        "terms with their source",
        "Search terms are what their source's row says, and are found behind the same walls.",
        "search.operations.index",
    ),
    Rule(
        "nothing goes early",
        "No DELETE takes a row inside its window, in use or held, whoever sends it and how.",
        "app.going, policy steward_delete",
    ),
    Rule(
        "a hold binds at once",
        "When a hold has been placed, nothing that it covers goes, whatever run is under way.",
        "app.retention_lock, app.unheld",
    ),
    Rule(
        "an exception acts where a run names it",
        "Nothing goes by an exception but in a run that names it, at work and no dry one.",
        "app.exception, retention_retentionrun",
    ),
    Rule(
        "an exception acts within its dates",
        "From its approval until it lapses, by the database's clock.",
        "app.exception",
    ),
    Rule(
        "an exception lets go what has not changed",
        "Rows frozen at the approval whose digest is still what it was, and no others.",
        "app.why, app.freeze_exception",
    ),
    Rule(
        "an exception shortens a window and nothing above it",
        "A hold, a state that protects and a window beyond the floor keep what it covers.",
        "app.why, app.exception",
    ),
    Rule(
        "an exception is spent by the run that ended",
        "No login spends it or takes that back: the end of the run that named it does.",
        "app.spends_exception",
    ),
    Rule(
        "an exception is approved by another",
        "Who asked, in their own name, does not decide.",
        "app.freeze_exception, policies of retention_governanceexception",
    ),
    Rule(
        "a window goes back by two officers and 72 hours",
        "Towards the floor and never below; what is lengthened meanwhile stands.",
        "retention.returns, app.retention_window",
    ),
    Rule(
        "what has gone counts no more",
        "What is purged gives its bytes back to the quota, with its terms and its followers.",
        "retention.purge",
    ),
    Rule(
        "certified once",
        "Each row that a run purges is a leaf of exactly one certificate, that of the run and "
        "tenant, or counted there with the day that it went with, whatever ends the run.",
        "retention.purge, retention.certified, app.day_has_gone",
    ),
    Rule(
        "days go whole",
        "A day's table is dropped by one function, which proves first that every row in it is due "
        "and unheld, for every tenant; no login but the owner may call it.",
        "app.proved_day, app.drop_day",
    ),
)

"""Governance officers: proposed by a platform admin, confirmed by an officer, never at the shell.

Promises: it takes two signed-in people, who are two (a check constraint says so); an officer is
seated in the transaction that confirms the proposal and in no other (`app.is_seated`).
"""

from uuid import UUID

from django.db import IntegrityError

from apps.core import audit, door
from apps.core.access import PLATFORM, Role
from apps.core.errors import Forbidden, Invalid, NotFound, Refused
from apps.people.memberships import find_membership, keep_officers, lock
from apps.people.models import Membership, OfficerProposal
from apps.people.operations import end

ADMINS, OFFICERS = "runtime.people.write", "runtime.officers.write"


def _signed_in(scope: str) -> UUID:
    entered = door.require(scope)
    me = entered.actor.id
    if me is None or entered.actor.kind != "person" or entered.tenant_id is not None:
        raise Forbidden("Officers are made by signed-in people of the platform alone.")
    return me


def propose_officer(*, person_id: UUID, reason: str) -> OfficerProposal:
    """Proposed. Of the platform's people, but not oneself, an admin, or an officer already.

    Raises Invalid without a reason, NotFound, Refused.
    """
    me = _signed_in(ADMINS)
    if not reason.strip():
        raise Invalid.field("reason", "says why this person.")
    if person_id == me:
        raise Refused("Nobody proposes themself.")
    held = Membership.objects.filter(tenant_id=PLATFORM, person_id=person_id, ended_at=None)
    roles = set(held.values_list("role", flat=True))
    if not roles:
        raise NotFound("There is no such person of the platform.")
    if roles & {Role.PLATFORM_ADMIN, Role.GOVERNANCE_OFFICER}:
        raise Refused("Nobody is platform admin and governance officer at once, or officer twice.")
    try:
        with door.atomic():
            proposal = OfficerProposal.objects.create(
                person_id=person_id, reason=reason.strip(), proposed_by=me
            )
            _audit(proposal, "officer.proposed", reason)
    except IntegrityError as error:
        raise Refused("They are proposed already.") from error
    return proposal


def confirm_officer(proposal_id: UUID, *, reason: str) -> Membership:
    """Proposed → Confirmed, and seated. By an officer who did not propose.

    Raises NotFound, Refused (also where they have become a platform admin meanwhile).
    """
    me = _signed_in(OFFICERS)
    try:
        with door.atomic():
            proposal = _decide(proposal_id, "confirm", me)
            membership = Membership.objects.create(
                person_id=proposal.person_id, tenant_id=PLATFORM, role=Role.GOVERNANCE_OFFICER
            )
            _audit(proposal, "officer.confirmed", reason)
            audit.record(
                "membership.granted",
                object_type="membership",
                object_id=membership.id,
                after={"personId": str(proposal.person_id), "role": membership.role},
                reason=reason,
                tenant_id=PLATFORM,
            )
    except IntegrityError as error:
        raise Refused("They hold a role that excludes this one.") from error
    return membership


def decline_officer(proposal_id: UUID, *, reason: str) -> OfficerProposal:
    """Proposed → Declined, by an officer. Raises NotFound, Refused."""
    me = _signed_in(OFFICERS)
    with door.atomic():
        proposal = _decide(proposal_id, "decline", me)
        _audit(proposal, "officer.declined", reason)
    return proposal


def withdraw_officer(proposal_id: UUID, *, reason: str) -> OfficerProposal:
    """Proposed → Withdrawn, by a platform admin. Raises NotFound, Refused."""
    me = _signed_in(ADMINS)
    with door.atomic():
        proposal = _decide(proposal_id, "withdraw", me)
        _audit(proposal, "officer.withdrawn", reason)
    return proposal


def end_officer(membership_id: UUID, *, reason: str) -> Membership:
    """Ends an officer's role, one's own too; two stay. Raises NotFound, Refused."""
    _signed_in(OFFICERS)
    with door.atomic():
        found = find_membership(membership_id, PLATFORM)
        if found.role != Role.GOVERNANCE_OFFICER:
            raise NotFound("There is no such officer.")
        lock(found)
        keep_officers(found)
        end(found, reason=reason)
    return found


def _decide(proposal_id: UUID, verb: str, me: UUID) -> OfficerProposal:
    rows = OfficerProposal.objects.select_for_update(of=("self",))
    proposal = rows.filter(id=proposal_id).first()
    if proposal is None:
        raise NotFound("There is no such proposal.")
    proposal.must(verb)
    if verb != "withdraw" and me in (proposal.proposed_by, proposal.person_id):
        raise Refused("It takes another officer: nobody decides on what they proposed, or on self.")
    proposal.move(verb)
    proposal.decided_by = me
    proposal.save(update_fields=["status", "decided_by"])
    return proposal


def _audit(proposal: OfficerProposal, action: str, reason: str) -> None:
    audit.record(
        action,
        object_type="proposal",
        object_id=proposal.id,
        after={"personId": str(proposal.person_id), "status": proposal.status},
        reason=reason,
        tenant_id=PLATFORM,
    )

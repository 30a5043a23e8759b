"""What changes under the feet of an open transaction: bindings suspended, resumed, released."""

from collections.abc import Callable
from uuid import UUID

from apps.core import door
from apps.tenant_bindings.context import enter_platform
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.operations import resume_binding, suspend_binding
from apps.tenant_bindings.release import release_binding
from tests.world import OPERATOR


def _as_platform(operation: Callable[..., RuntimeTenantBinding], binding: UUID) -> None:
    with door.using("owner"), enter_platform(actor=OPERATOR):
        operation(binding)


def suspend(binding: UUID) -> None:
    _as_platform(suspend_binding, binding)


def resume(binding: UUID) -> None:
    _as_platform(resume_binding, binding)


def release(binding: UUID) -> None:
    _as_platform(release_binding, binding)

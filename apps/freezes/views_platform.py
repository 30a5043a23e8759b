"""Freezes that hold for all tenants."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from apps.core.access import PLATFORM, needs
from apps.core.htmx import posted
from apps.freezes.forms import FreezeForm
from apps.freezes.views import READ, WRITE, ended, listed, made

HOME = "/platform/freezes/"


@needs(READ)
def freeze_list(request: Any) -> HttpResponse:
    return listed(request, PLATFORM, HOME)


@needs(WRITE)
def freeze_create(request: Any) -> HttpResponse:
    return made(request, FreezeForm(posted(request)), HOME)


@needs(WRITE)
def freeze_end(request: Any, platform_freeze_id: UUID) -> HttpResponse:
    return ended(request, PLATFORM, platform_freeze_id, HOME)

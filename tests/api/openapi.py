"""Writes openapi.json beside it: what the API is, to be read in a change of it."""

import os
from pathlib import Path

import django

COMMITTED = Path(__file__).with_name("openapi.json")

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "runtime_portal.settings")
    os.environ.setdefault("PORTAL_NO_DATABASE", "1")
    django.setup()
    from apps.api import openapi

    COMMITTED.write_text(openapi.text(), encoding="utf-8")

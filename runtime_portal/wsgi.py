"""The web process."""

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "runtime_portal.settings")
os.environ.setdefault("DATABASE_POOL_SIZE", "8")

application = get_wsgi_application()


def _refuse_unwalled() -> None:
    from runtime_portal.checks import runtime_problem

    if problem := runtime_problem():
        sys.stderr.write(f"runtime-portal: {problem}\n")
        raise SystemExit(2)


_refuse_unwalled()

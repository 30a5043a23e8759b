"""The web process."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "runtime_portal.settings")
os.environ.setdefault("DATABASE_POOL_SIZE", "8")

application = get_wsgi_application()

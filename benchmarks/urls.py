"""The portal's pages, and `/plain/…`: the list of services with no tenancy at all."""

from django.urls import path

from benchmarks.plain import service_list
from runtime_portal.urls import handler403, handler404, handler500
from runtime_portal.urls import urlpatterns as portal

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("plain/<slug:name>/services/", service_list), *portal]

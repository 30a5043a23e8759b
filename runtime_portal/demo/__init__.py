"""The demo: four invented tenants with a year of releases, made where there is no tenant yet."""

from runtime_portal.demo.make import make_demo

__all__ = ["make_demo"]

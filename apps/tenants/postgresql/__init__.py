"""The database backend: django-tenants' with the door in place of its search path."""

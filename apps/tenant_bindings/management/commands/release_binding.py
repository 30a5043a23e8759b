from apps.tenant_bindings.commands import BindingCommand
from apps.tenant_bindings.release import release_binding


class Command(BindingCommand):
    help = "Releases a binding. Retires what is live there; final."
    operation = staticmethod(release_binding)
    past = "released"

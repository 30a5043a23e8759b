from apps.tenant_bindings.commands import BindingCommand
from apps.tenant_bindings.operations import suspend_binding


class Command(BindingCommand):
    help = "Suspends a binding."
    operation = staticmethod(suspend_binding)
    past = "suspended"

from apps.tenant_bindings.commands import BindingCommand
from apps.tenant_bindings.operations import resume_binding


class Command(BindingCommand):
    help = "Resumes a binding."
    operation = staticmethod(resume_binding)
    past = "resumed"

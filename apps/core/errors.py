"""What an operation refuses, in terms that console, API, admin and commands all translate.

Each carries a sentence for people, and `fields` where single inputs were wrong:
{"replicas": ["must be 0 or more"]}.
"""

from collections.abc import Mapping, Sequence

Fields = Mapping[str, Sequence[str]]


class PortalError(Exception):
    """The root. `status` is the HTTP status that says the same."""

    status = 400

    def __init__(self, message: str, *, fields: Fields | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields: Fields = fields or {}


class Invalid(PortalError):
    """The input is wrong; `fields` says where and what would be right."""

    status = 422

    @classmethod
    def field(cls, name: str, message: str) -> "Invalid":
        return cls(f"{name}: {message}", fields={name: [message]})


class NotFound(PortalError):
    """There is no such thing, or it is another's: the answer is the same."""

    status = 404

    def __init__(self, message: str = "There is no such thing here.") -> None:
        super().__init__(message)


class Forbidden(PortalError):
    """A colleague without the right. Strangers get NotFound."""

    status = 403


class Refused(PortalError):
    """The state of things forbids it: a transition, a suspended binding, a taken name."""

    status = 409


class Suspended(Refused):
    """The binding admits reads only."""


class NoTenantEntered(RuntimeError):
    """A tenant's rows were asked for outside the door: a bug, never an answer to a user."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: people come by invitation of a tenant's admin."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False

    def set_password(self, user: Any, password: str) -> None:
        """Writes the one column that the web's login may write."""
        user.set_password(password)
        user.save(update_fields=["password"])

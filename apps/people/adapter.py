from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: people come by invitation of a tenant's admin."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False

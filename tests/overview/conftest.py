"""Signed in as somebody."""

from tests.console.signed_in import sign_in as sign_in

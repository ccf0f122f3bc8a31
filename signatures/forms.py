"""Forms of the site."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest

FAILURES_ALLOWED = 10
FAILURES_SECONDS = 10 * 60


def place_of(request: HttpRequest) -> str:
    """Return the network address that a request comes from: behind a proxy, the one that the proxy saw and put last."""
    seen = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return seen if settings.COUNTERPART_BEHIND_PROXY and seen else request.META.get("REMOTE_ADDR", "")


def _one_more(key: str) -> int:
    """Count one more under a key, until so long after the last one, and return how many there are."""
    count: int = cache.get(key, 0) + 1
    cache.set(key, count, FAILURES_SECONDS)
    return count


class SignInForm(AuthenticationForm):
    """E-mail address and password. Ten failures for an address from one place shut it for ten minutes."""

    username = forms.EmailField(
        label="E-mail address", widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"})
    )
    error_messages = {
        "invalid_login": "This e-mail address and password do not belong together. Try again.",
        "inactive": "This account is closed.",
        "too_many": "Too many attempts with this address. Wait ten minutes, then try again.",
    }

    def clean(self) -> dict[str, Any]:
        key = self._key()
        if cache.get(key, 0) >= FAILURES_ALLOWED:
            raise ValidationError(self.error_messages["too_many"], code="too_many")
        try:
            cleaned = super().clean()
        except ValidationError:
            _one_more(key)
            raise
        cache.delete(key)
        return cleaned

    def _key(self) -> str:
        place = place_of(self.request) if self.request else ""
        who = f"{self.cleaned_data.get('username', '').lower()} {place}"
        return f"sign-in {hashlib.sha256(who.encode()).hexdigest()}".replace(" ", "-")


class ForgottenForm(forms.Form):
    """The address of somebody who has forgotten a password. So many askings from one place shut it for ten minutes."""

    email = forms.EmailField(
        label="E-mail address", widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"})
    )

    def __init__(self, *given: Any, place: str, **named: Any) -> None:
        super().__init__(*given, **named)
        self._key = f"forgotten-{hashlib.sha256(place.encode()).hexdigest()}"

    def clean(self) -> dict[str, Any]:
        if _one_more(self._key) > FAILURES_ALLOWED:
            raise ValidationError("Too many attempts. Wait ten minutes, then try again.")
        return super().clean() or {}

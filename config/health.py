"""The address /healthz, which tells a load balancer whether this process reaches its database."""

from __future__ import annotations

from collections.abc import Callable

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse


class HealthMiddleware:
    """Answers /healthz before anything else looks at the request.

    It stands first, so that a probe needs neither a known host name nor HTTPS.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != "/healthz":
            return self.get_response(request)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except Error:
            return HttpResponse("The database does not answer.\n", status=503, content_type="text/plain")
        return HttpResponse("ok\n", content_type="text/plain")

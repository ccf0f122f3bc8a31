"""What the provider of the mail tells of letters: those that came back. It must know the secret of the settings."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from anymail.exceptions import AnymailConfigurationError
from anymail.signals import EventType
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from signatures.domain.packets import bounces

# Those that hand back our Message-ID, or what stands in a header of ours, also for a letter that came by SMTP.
PROVIDERS = {
    "brevo": BrevoTrackingWebhookView,
    "mailgun": MailgunTrackingWebhookView,
    "postmark": PostmarkTrackingWebhookView,
}
CAME_BACK = {EventType.BOUNCED, EventType.REJECTED, EventType.FAILED}
LETTER = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")


@csrf_exempt
@require_http_methods(["HEAD", "POST"])
def mail_events(request: HttpRequest, provider: str) -> HttpResponse:
    """Enter the letters of ours that a provider says came back; everything else that it tells is passed over.

    Without the secret in the settings there is no such address; a wrong one is answered with 400.
    """
    if provider not in PROVIDERS or not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        raise Http404
    try:
        reader = PROVIDERS[provider]()
    except AnymailConfigurationError as error:
        raise Http404 from error
    if request.method == "HEAD":
        return HttpResponse()
    reader.run_validators(request)
    try:
        events = reader.parse_events(request)
    except (AnymailConfigurationError, AttributeError, KeyError, TypeError, ValueError, json.JSONDecodeError):
        return HttpResponse("This is no event of that provider.", status=400, content_type="text/plain")
    for event in events:
        letter = _letter(event)
        if event.event_type in CAME_BACK and letter is not None:
            words = event.mta_response or event.description or event.reject_reason or ""
            bounces.enter(bounces.Returned(letter, event.recipient or "", str(words)))
    return HttpResponse()


def _letter(event: Any) -> uuid.UUID | None:
    """Return which letter an event is about: its id stands in the Message-ID, or was handed on as `dispatch`."""
    said = [str((event.metadata or {}).get("dispatch", "")), str(event.message_id or "")]
    found = next(filter(None, map(LETTER.search, said)), None)
    return uuid.UUID(found.group()) if found else None

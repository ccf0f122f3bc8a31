"""The entry point for a WSGI server: `gunicorn config.wsgi`."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

# Everything is imported before the first request, so that it does not wait, and a fault in it shows at the start.
import config.urls  # noqa: E402, F401

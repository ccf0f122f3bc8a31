"""Settings of the whole site, read from the environment.

Production needs COUNTERPART_BASE_URL and DATABASE_URL; everything else has a default that is safe there.
What is generated once (the secret key, the key of the holders' links) is kept under COUNTERPART_DATA.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config.database_url import django_database
from config.keys import stored_key
from config.places import CHECKOUT, data_folder

BASE_DIR = CHECKOUT


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").strip().lower() in {"1", "true", "yes", "on"}


def _words(name: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


# Counterpart's own settings -------------------------------------------------------------------------------------

COUNTERPART_DATA: Path = data_folder()
COUNTERPART_BASE_URL: str = os.environ.get("COUNTERPART_BASE_URL", "http://localhost:8000").rstrip("/")
# Secret links are derived from this key, a link's id and its generation; whoever has only the database opens nothing.
COUNTERPART_LINK_KEY: str = os.environ.get("COUNTERPART_LINK_KEY") or stored_key("link_key")
COUNTERPART_FILES: Path = COUNTERPART_DATA / "files"
COUNTERPART_WORKER_PROCESSES: int = int(os.environ.get("COUNTERPART_WORKER_PROCESSES", "2"))
# A job whose worker has shown no sign of life for so long is given to another one.
COUNTERPART_STALLED_SECONDS: int = int(os.environ.get("COUNTERPART_STALLED_SECONDS", "30"))

# Django ---------------------------------------------------------------------------------------------------------

DEBUG = _flag("COUNTERPART_DEBUG")
SECRET_KEY = os.environ.get("COUNTERPART_SECRET_KEY") or stored_key("secret_key")
_base = urlsplit(COUNTERPART_BASE_URL)
_secure = _base.scheme == "https"
ALLOWED_HOSTS = [
    *dict.fromkeys([_base.hostname or "localhost", "localhost", "127.0.0.1", "[::1]", *_words("COUNTERPART_HOSTS")])
]
CSRF_TRUSTED_ORIGINS = [f"{_base.scheme}://{_base.netloc}"]

INSTALLED_APPS = [
    "holders",
    "signatures",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    # Before staticfiles, so that runserver serves static files the way production does.
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "pgtrigger",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "config.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# Connections stay open for a minute in gunicorn's threads. No pool: none may exist before a fork, and a pool
# together with CONN_MAX_AGE is refused by Django.
DATABASES = {"default": django_database(os.environ.get("DATABASE_URL", "postgresql:///counterpart"))}
DATABASES["default"].update(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)

# Rate limits want one cache for all processes and machines: a table, which migrating makes as well.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "counterpart_cache",
        # Of a full cache a third goes, whatever it counts: who tries many addresses must not fill it.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}

# Only the worker needs the tasks, and everything that they import; whoever asks for a job imports the one it means.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = None
PROCRASTINATE_IMPORT_PATHS = ["signatures.tasks"]

# People -----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "signatures.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# Cookies, headers, content security policy -----------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _secure
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
SECURE_SSL_REDIRECT = _secure and not DEBUG and _flag("COUNTERPART_SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _secure
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
COUNTERPART_BEHIND_PROXY = _flag("COUNTERPART_BEHIND_PROXY", _secure)
if COUNTERPART_BEHIND_PROXY:
    # The proxy must set this header itself and drop the one that a client sends.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        # Bootstrap's icons are data: addresses; previews of files that are about to be sent are blob: ones.
        "img-src": ["'self'", "data:", "blob:"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    },
}

# Mail -------------------------------------------------------------------------------------------------------------

# Without a server and an address to send from nothing is sent, and whoever asks for it is told so.
EMAIL_HOST = os.environ.get("COUNTERPART_MAIL_HOST", "")
_mail_security = os.environ.get("COUNTERPART_MAIL_SECURITY", "starttls").strip().lower()
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail_security == "starttls", _mail_security == "tls"
EMAIL_PORT = int(os.environ.get("COUNTERPART_MAIL_PORT", "465" if EMAIL_USE_SSL else "587"))
EMAIL_HOST_USER = os.environ.get("COUNTERPART_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("COUNTERPART_MAIL_PASSWORD", "")
# Far below the time after which a send counts as "perhaps sent".
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = os.environ.get("COUNTERPART_MAIL_FROM", "")
# Instead of a server, a folder that letters are put into: for trying things.
EMAIL_FILE_PATH = "" if EMAIL_HOST else os.environ.get("COUNTERPART_MAIL_FOLDER", "")
if EMAIL_FILE_PATH:
    EMAIL_BACKEND = "config.letter_folder.EmailBackend"

# Where the provider of the mail tells which letters came back (/mail-events/PROVIDER/): name:password, which it sends
# as basic authentication. Without it there is no such address. Some want a key of their own: ANYMAIL_MAILGUN_....
ANYMAIL = {name.removeprefix("ANYMAIL_"): value for name, value in os.environ.items() if name.startswith("ANYMAIL_")}
ANYMAIL["WEBHOOK_SECRET"] = os.environ.get("COUNTERPART_MAIL_EVENTS_SECRET", "")
# The mailbox of the address that letters are sent from: imaps://name:password@host/folder. Without it, none is asked.
COUNTERPART_MAILBOX = os.environ.get("COUNTERPART_MAILBOX", "")

# Files ------------------------------------------------------------------------------------------------------------

# Everything that is sent as a file goes to disk at once, and a form's own fields stay small.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 500
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
COUNTERPART_MAX_FILE_BYTES = int(os.environ.get("COUNTERPART_MAX_FILE_BYTES", str(200 * 1024 * 1024)))

STATIC_URL = "/static/"
STATIC_ROOT = COUNTERPART_DATA / "static"
STATIC_ROOT.mkdir(mode=0o755, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
# Straight from where they lie, or after `manage.py collectstatic`, compressed and with hashes in their names.
_collected = _flag("COUNTERPART_STATIC_COLLECTED")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if _collected
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not _collected
WHITENOISE_AUTOREFRESH = DEBUG

# Language, time, logging ------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {
        "trouble": {"()": "config.logs.Trouble"},
        "without secrets": {"()": "config.logs.WithoutSecrets"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without secrets"]},
        "jobs": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["trouble", "without secrets"]},
    },
    "root": {"handlers": ["stderr"], "level": os.environ.get("COUNTERPART_LOG_LEVEL", "WARNING").upper()},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        # It warns of every query that it cancels when a worker ends.
        "psycopg": {"level": "ERROR"},
        "procrastinate": {"handlers": ["jobs"], "level": "INFO", "propagate": False},
    },
}

"""Django's own administration, as it comes: ``python django_admin.py DIRECTORY PASSWORD``."""

from __future__ import annotations

import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.urls import path

directory, password = sys.argv[1:]
settings.configure(
    SECRET_KEY="a key for a test",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{directory}/db.sqlite3"}
    },
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
)
django.setup()

from django.contrib import admin  # noqa: E402 - Django must be set up first
from django.contrib.auth.models import User  # noqa: E402 - as above
from django.core.management import call_command  # noqa: E402 - as above
from django.core.wsgi import get_wsgi_application  # noqa: E402 - as above

urlpatterns = [path("admin/", admin.site.urls)]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        return


call_command("migrate", verbosity=0)
User.objects.create_superuser("robot", password=password)
with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet) as server:
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}" + "\n")
    sys.stdout.flush()
    server.serve_forever()

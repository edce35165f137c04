"""Django admin's changelist of the mirror's users: a WSGI app for gunicorn, and its set-up.

Environment: `BENCH_DATABASE` (SQLite file; Django's own tables go into `BENCH_DJANGO`),
`BENCH_CUSTOMER` (customer id). The table's composite key is mapped through SQLite's rowid.
"""

from __future__ import annotations

import os
import sys
import types
from typing import Any

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="bench-only-not-a-secret",  # noqa: S106
    DEBUG=False,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="bench_urls",
    USE_TZ=True,
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
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
    STATIC_URL="/static/",
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["BENCH_DJANGO"]},
        "mirror": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["BENCH_DATABASE"]},
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.contrib import admin  # noqa: E402  Django wants its settings before its models
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.urls import path  # noqa: E402

from bench.peers.licenses import in_words, product_names  # noqa: E402

NAMES = product_names(os.environ["BENCH_DATABASE"])


class Holding(models.Model):
    """The mirror's distinct sets of licenses, read only."""

    licenses = models.JSONField()

    class Meta:
        """The console's own table."""

        managed = False
        db_table = "holding"
        app_label = "auth"


class DirectoryUser(models.Model):
    """The mirror's users, read only."""

    rowid = models.BigIntegerField(primary_key=True)
    customer_id = models.IntegerField()
    display_name = models.TextField()
    user_principal_name = models.TextField()
    department = models.TextField()
    usage_location = models.TextField()
    user_type = models.TextField(choices=(("Member", "Member"), ("Guest", "Guest")))
    account_enabled = models.BooleanField()
    mail = models.TextField()
    holding = models.ForeignKey(Holding, models.DO_NOTHING)

    class Meta:
        """The console's own table."""

        managed = False
        db_table = "directory_user"
        app_label = "auth"


class Users(admin.ModelAdmin):  # type: ignore[type-arg]
    """50 rows a page, searchable, sorted by name; with the links, boxes and counts of Django's defaults.

    The filters are the kinds that need no question of their own: a list of a column's values takes Django
    another 60 ms at 100,000 users.
    """

    list_display = (
        "display_name",
        "user_principal_name",
        "department",
        "usage_location",
        "user_type",
        "account_enabled",
        "licenses",
    )
    list_filter = (("usage_location", admin.EmptyFieldListFilter), "user_type", "account_enabled")
    list_select_related = ("holding",)
    search_fields = ("display_name", "user_principal_name", "mail", "department")
    ordering = ("display_name",)
    list_per_page = 50

    def get_queryset(self, _request: Any) -> Any:
        """Only this customer's users, from the mirror's file."""
        return DirectoryUser.objects.using("mirror").filter(customer_id=int(os.environ["BENCH_CUSTOMER"]))

    def licenses(self, user: DirectoryUser) -> str:
        """The names of the products."""
        return in_words(user.holding.licenses, NAMES)


admin.site.register(DirectoryUser, Users)
_urls = types.ModuleType("bench_urls")
_urls.urlpatterns = [path("admin/", admin.site.urls)]  # type: ignore[attr-defined]
sys.modules["bench_urls"] = _urls


def prepare() -> str:
    """Make Django's own tables and a superuser; return the session cookie that signs it in."""
    from django.contrib.auth.models import User
    from django.test import Client

    call_command("migrate", verbosity=0)
    user = User.objects.filter(username="bench").first() or User.objects.create_superuser("bench")
    client = Client()
    client.force_login(user)
    return f"sessionid={client.cookies['sessionid'].value}"


def create_app() -> Any:
    """The app; the list is at /admin/auth/directoryuser/."""
    return get_wsgi_application()

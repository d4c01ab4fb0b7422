"""django-graphql-jwt on graphene-django: long-running refresh tokens, JWTs in cookies."""

from datetime import timedelta
from typing import Any

import django
import django_common
from django.conf import settings

settings.configure(
    SECRET_KEY=django_common.SECRET_KEY,
    DEBUG=False,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": django_common.database()},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "graphene_django",
        "graphql_jwt.refresh_token.apps.RefreshTokenConfig",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    AUTHENTICATION_BACKENDS=[
        "graphql_jwt.backends.JSONWebTokenBackend",
        "django.contrib.auth.backends.ModelBackend",
    ],
    PASSWORD_HASHERS=django_common.PASSWORD_HASHERS,
    GRAPHENE={"MIDDLEWARE": ["graphql_jwt.middleware.JSONWebTokenMiddleware"]},
    GRAPHQL_JWT={
        "JWT_VERIFY_EXPIRATION": True,
        "JWT_EXPIRATION_DELTA": timedelta(days=1),
        "JWT_LONG_RUNNING_REFRESH_TOKEN": True,
    },
    LOGGING_CONFIG=None,
)
django.setup()

import graphene
import graphql_jwt
from django.contrib.auth import get_user_model
from django.core.wsgi import get_wsgi_application
from django.dispatch import receiver
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from graphene_django import DjangoObjectType
from graphene_django.views import GraphQLView
from graphql_jwt.decorators import jwt_cookie, login_required
from graphql_jwt.refresh_token.signals import refresh_token_rotated


@receiver(refresh_token_rotated)
def revoke_old(request: Any, refresh_token: Any, **_: object) -> None:
    """Revoke what was rotated away, as its documentation shows; else it would stay valid."""
    refresh_token.revoke(request)


class UserType(DjangoObjectType):
    """What is told of a person."""

    class Meta:
        model = get_user_model()
        fields = ("id", "username", "email")


class Query(graphene.ObjectType):
    """Who is asking."""

    me = graphene.Field(UserType)

    @login_required
    def resolve_me(self, info: Any) -> Any:
        """Say it."""
        return info.context.user


class Mutation(graphene.ObjectType):
    """Logging in and staying in."""

    token_auth = graphql_jwt.ObtainJSONWebToken.Field()
    refresh_token = graphql_jwt.Refresh.Field()


schema = graphene.Schema(query=Query, mutation=Mutation)
urlpatterns = [
    path("graphql", csrf_exempt(jwt_cookie(GraphQLView.as_view(schema=schema)))),
    path("healthz", lambda _: HttpResponse("ok")),
]
application = get_wsgi_application()


def seed() -> None:
    """Make the tables and the people."""
    django_common.seed()

"""strawberry-django-auth: Strawberry's synchronous view, its JWT middleware and its schema."""

from datetime import timedelta

import django
import django_common
from django.conf import settings
from gqlauth.settings_type import GqlAuthSettings

settings.configure(
    SECRET_KEY=django_common.SECRET_KEY,
    DEBUG=False,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": django_common.database()},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    INSTALLED_APPS=[
        "django.contrib.admin",  # gqlauth does not load without it
        "django.contrib.messages",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "strawberry_django",
        "gqlauth",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "gqlauth.core.middlewares.django_jwt_middleware",
    ],
    PASSWORD_HASHERS=django_common.PASSWORD_HASHERS,
    GQL_AUTH=GqlAuthSettings(
        LOGIN_REQUIRE_CAPTCHA=False,
        REGISTER_REQUIRE_CAPTCHA=False,
        JWT_EXPIRATION_DELTA=timedelta(days=1),
    ),
    LOGGING_CONFIG=None,
)
django.setup()

import strawberry
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from gqlauth.core.middlewares import JwtSchema
from gqlauth.models import UserStatus
from gqlauth.user import arg_mutations
from gqlauth.user.queries import UserQueries
from strawberry.django.views import GraphQLView


@strawberry.type
class Mutation:
    """Logging in and staying in."""

    token_auth = arg_mutations.ObtainJSONWebToken.field
    refresh_token = arg_mutations.RefreshToken.field


@strawberry.type
class Query(UserQueries):
    """Who is asking."""


schema = JwtSchema(query=Query, mutation=Mutation)
urlpatterns = [
    path("graphql", csrf_exempt(GraphQLView.as_view(schema=schema, graphql_ide=None))),
    path("healthz", lambda _: HttpResponse("ok")),
]
application = get_wsgi_application()


def seed() -> None:
    """Make the tables and the people, all of them verified."""
    for user in django_common.seed():
        UserStatus.objects.update_or_create(user=user, defaults={"verified": True})

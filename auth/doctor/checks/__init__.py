"""What is missing or dangerous in the settings, a file a subject, in the order of `CHECKS`."""

from authberry.doctor.checks.cookies import check_cookie_reach, check_cookies, check_cross_site
from authberry.doctor.checks.factors import (
    check_passkey_origins,
    check_passkeys,
    check_second_factor,
)
from authberry.doctor.checks.mail import check_mail
from authberry.doctor.checks.policy import check_policy
from authberry.doctor.checks.secrets import check_secrets
from authberry.doctor.checks.urls import check_links, check_proxies, check_public_url

__all__ = ["CHECKS"]

CHECKS = (
    check_secrets,
    check_public_url,
    check_links,
    check_proxies,
    check_cookies,
    check_cookie_reach,
    check_cross_site,
    check_mail,
    check_policy,
    check_passkeys,
    check_passkey_origins,
    check_second_factor,
)

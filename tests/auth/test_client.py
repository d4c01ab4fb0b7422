"""Whom attempts are counted against."""

import pytest

from authberry import Client


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:c000:201", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, "unknown"),
    ],
)
def test_a_client_is_counted_by_its_network(address: str | None, network: str) -> None:
    """One IPv4 address however it is written; a /64 of IPv6, which is what one household has."""
    assert Client(address).network == network


def test_a_wider_network_is_what_a_home_has_and_a_site() -> None:
    """Of IPv6 a /64, a /56 and a /48; of IPv4 there is one."""
    assert Client("2001:db8:1:2345::1").networks == (
        "2001:db8:1:2345::/64",
        "2001:db8:1:2300::/56",
        "2001:db8:1::/48",
    )
    assert Client("::ffff:192.0.2.1").networks == Client("192.0.2.1").networks == ("192.0.2.1",)
    assert Client().networks == ("unknown",)

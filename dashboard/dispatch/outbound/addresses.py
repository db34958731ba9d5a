"""Which addresses may be connected to: no name leads inwards unless it was allowed to."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass

from dashboard.dispatch.outbound.errors import NotTakenError, OutboundError
from dashboard.dispatch.outbound.settings import LOOPBACK, DeliverySettings

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_INNER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "fc00::/7",
    )
)


@dataclass(frozen=True)
class Doors:
    """The allow-list, as asked before each connection.

    Attributes:
        hosts: that may be asked at all.
        inner: of these, whose names may lead to inner addresses.
    """

    hosts: frozenset[str]
    inner: frozenset[str]

    @classmethod
    def of(cls, settings: DeliverySettings) -> Doors:
        """As the settings say."""
        return cls(frozenset(settings.allow_hosts), frozenset(settings.inner_hosts))

    def require(self, host: str) -> None:
        """Raise OutboundError unless the host is on the allow-list."""
        if host.lower() not in self.hosts:
            raise OutboundError(
                f"host {host} is not on the allow-list: add it to dispatch.delivery.allow_hosts "
                "if it is meant"
            )

    def addresses(self, host: str, port: int, resolve: Resolve | None = None) -> list[str]:
        """The addresses of a host that may be connected to, in the system's order.

        One forbidden address among them refuses all: a name that leads inwards now and then is
        not to be trusted.

        Raises:
            OutboundError: not on the allow-list, or it leads to an address that is not allowed.
            NotTakenError: its name is not known now.
        """
        self.require(host)
        found = (resolve or system_resolve)(host, port)
        if not found:
            raise NotTakenError(f"host {host} has no known address", answered=False)
        for address in found:
            trouble = self._trouble(host.lower(), address)
            if trouble:
                raise OutboundError(f"host {host} leads to {address}, {trouble}")
        return found

    def _trouble(self, host: str, text: str) -> str | None:
        address = _plain(ipaddress.ip_address(text.partition("%")[0]))
        if address.is_loopback:
            return None if host in LOOPBACK else "this machine, which is not allowed"
        if host in LOOPBACK:
            return "which is not this machine"
        if any(address in network for network in _INNER if network.version == address.version):
            if host in self.inner:
                return None
            return "an inner address: add the host to dispatch.delivery.inner_hosts if it is meant"
        # Link-local, multicast, reserved, unspecified, documentation: never meant.
        return None if address.is_global and not address.is_multicast else "which is not allowed"


def _plain(address: Ip) -> Ip:
    """The address that is meant by one of IPv6 that only wraps one of IPv4."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def system_resolve(host: str, port: int) -> list[str]:
    """Addresses of a name as the system knows them; empty when it knows none."""
    try:
        told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return list(dict.fromkeys(str(entry[4][0]) for entry in told))

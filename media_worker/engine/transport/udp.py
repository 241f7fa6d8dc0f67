"""The socket of a media port: bound to every address, answering from the one that was asked.

A client accepts an answer only from the address that it sent to. A machine with several addresses
would answer from the one its routes prefer; where that is another, we name the right one by hand
(IP_PKTINFO, RFC 3542), at the price of a slower call.
"""

import socket
from typing import Any

from media_worker.engine.transport.dtls import Address

#: Bytes that the kernel may hold for us: a second of a full stage while the loop is busy.
_BUFFER = 2 << 20
#: Linux: <netinet/in.h>; the socket module has no name for it before Python 3.12.
_IP_PKTINFO = 8
#: Room for one control message of either family.
_CONTROL = 64

Control = list[tuple[int, int, Any]]


class UdpSocket:
    """One non-blocking socket for IPv6 and IPv4 where the machine has both, else for IPv4."""

    def __init__(self, port: int) -> None:
        self.ipv6 = socket.has_dualstack_ipv6()
        self._socket = socket.socket(socket.AF_INET6 if self.ipv6 else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._prepare()
            self._socket.bind(("", port))
        except OSError:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]
        #: Where answers must name their source: the other end → the control message.
        self._sources: dict[Address, Control] = {}

    def _prepare(self) -> None:
        if self.ipv6:
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        else:
            self._socket.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        self._socket.setblocking(False)

    def fileno(self) -> int:
        """For `loop.add_reader`."""
        return self._socket.fileno()

    def receive(self) -> tuple[bytes, Control, Address]:
        """One datagram, what the kernel says about it, and who sent it. Raises OSError, BlockingIOError when empty."""
        data, control, _, address = self._socket.recvmsg(2048, _CONTROL)
        return data, control, address

    def send(self, data: bytes, address: Address) -> None:
        """Send one datagram. Raises OSError."""
        if address in self._sources:
            self._socket.sendmsg([data], self._sources[address], 0, address)
        else:
            self._socket.sendto(data, address)

    def learn(self, address: Address, control: Control) -> None:
        """Remember which of our addresses `address` sent to, if the routes would choose another."""
        source = self._source_of(control)
        if source is None or self._preferred(address) == source[0]:
            self._sources.pop(address, None)
        else:
            self._sources[address] = source[1]

    def forget(self, address: Address) -> None:
        """The other end is gone."""
        self._sources.pop(address, None)

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()

    def _source_of(self, control: Control) -> tuple[str, Control] | None:
        """Our address in the control message of a received datagram, and the message that sends from it."""
        for level, kind, value in control:
            if self.ipv6 and level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO and len(value) == 20:
                host = socket.inet_ntop(socket.AF_INET6, value[:16])
                return host, [(level, kind, value)]
            if not self.ipv6 and level == socket.IPPROTO_IP and kind == _IP_PKTINFO and len(value) == 12:
                # in_pktinfo: interface, local address of the packet, address in its header.
                host = socket.inet_ntop(socket.AF_INET, value[8:12])
                return host, [(level, kind, value[:4] + value[8:12] + bytes(4))]
        return None

    def _preferred(self, address: Address) -> str | None:
        """Our address that the routes choose towards `address`; a datagram socket sends nothing on connect."""
        with socket.socket(self._socket.family, socket.SOCK_DGRAM) as asking:
            try:
                asking.connect(address)
            except OSError:
                return None
            host: str = asking.getsockname()[0]
            return host

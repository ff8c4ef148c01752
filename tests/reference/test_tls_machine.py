"""The TLS state machine, without a socket: two of them, and a test that carries the bytes."""

import ssl

import pytest
import trustme

from loopcert.reference.tls_machine import Phase, TLSMachine
from loopcert.reference.tls_options import TLSOptions

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


class Line:
    """A client and a server, and what lies on the way between them."""

    def __init__(self, version: ssl.TLSVersion, *, trusted: bool = True, name: str = "peer.test") -> None:
        authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
        at_server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("peer.test", key_type=trustme.KeyType.ECDSA).configure_cert(at_server)
        at_client = ssl.create_default_context()
        at_client.maximum_version = version
        if trusted:
            authority.configure_trust(at_client)
        self.client = TLSMachine(TLSOptions(at_client, False, name, 1, 1))
        self.server = TLSMachine(TLSOptions(at_server, True, None, 1, 1))

    def carry(self, step: int = 1 << 20) -> None:
        """Bring what each has to send to the other, `step` bytes at a time."""
        for source, target in ((self.client, self.server), (self.server, self.client)):
            data = source.take()
            for start in range(0, len(data), step):
                target.feed(data[start : start + step])

    def shake_hands(self, step: int = 1 << 20) -> None:
        done = [False, False]
        for _ in range(9):
            done = [done[0] or self.client.handshake(), done[1] or self.server.handshake()]
            self.carry(step)
            if all(done):
                break
        assert all(done)
        assert self.client.read() == self.server.read() == b""


@pytest.fixture(params=VERSIONS, ids=lambda version: str(version.name))
def line(request: pytest.FixtureRequest) -> Line:
    made = Line(request.param)
    made.shake_hands()
    return made


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: str(version.name))
def test_a_handshake_survives_bytes_that_come_one_by_one(version: ssl.TLSVersion) -> None:
    line = Line(version)
    line.shake_hands(step=1)
    assert line.client.phase is line.server.phase is Phase.OPEN
    assert line.client.object.version() == version.name.replace("TLSv1_", "TLSv1.")


def test_data_passes_both_ways(line: Line) -> None:
    big = bytes(range(256)) * 1000
    assert line.client.write(big) == len(big) and line.server.write(b"small") == 5
    line.carry(step=999)
    assert line.server.read() == big and line.client.read() == b"small"
    assert not line.server.eof_read


def test_data_goes_into_a_buffer_of_the_caller(line: Line) -> None:
    line.client.write(b"abcdef")
    line.carry()
    buffer = bytearray(4)
    assert line.server.read_into(buffer) == 4 and bytes(buffer) == b"abcd"
    assert line.server.read_into(buffer) == 2 and bytes(buffer) == b"efcd"
    assert line.server.read_into(buffer) == 0


def test_half_a_record_gives_nothing_yet(line: Line) -> None:
    line.client.write(b"whole")
    record = line.client.take()
    line.server.feed(record[:-1])
    assert line.server.read() == b""
    line.server.feed(record[-1:])
    assert line.server.read() == b"whole"


def test_goodbye_ends_when_both_have_said_it(line: Line) -> None:
    assert line.client.shut_down() is False
    line.carry()
    assert line.server.read() == b""
    assert line.server.shut_down() is True
    line.carry()
    assert line.client.shut_down() is True
    assert line.client.phase is line.server.phase is Phase.OVER


def test_goodbye_drops_what_the_peer_sent_before_and_after(line: Line) -> None:
    line.server.write(b"before" * 9999)
    line.carry()
    assert line.client.shut_down() is False
    line.server.write(b"after" * 9999)
    line.carry()
    assert line.client.shut_down() is False
    assert line.server.shut_down() is True
    line.carry()
    assert line.client.shut_down() is True


def test_one_can_still_write_when_the_peer_has_said_goodbye(line: Line) -> None:
    line.client.shut_down()
    line.carry()
    assert line.server.read() == b"" and line.server.eof_read
    assert line.server.write(b"last words") == 10


def test_the_end_of_the_stream_is_an_end_without_goodbye(line: Line) -> None:
    line.client.write(b"data")
    line.carry()
    line.server.feed_eof()
    assert line.server.read() == b"data" and line.server.eof_read
    assert line.server.shut_down() is True


def test_garbage_is_an_error_and_the_peer_is_told(line: Line) -> None:
    line.server.feed(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(ssl.SSLError):
        line.server.read()
    line.carry()
    with pytest.raises(ssl.SSLError):
        line.client.read()


def test_what_came_before_garbage_is_still_good(line: Line) -> None:
    line.client.write(b"good")
    line.server.feed(line.client.take() + b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert line.server.read() == b"good"
    with pytest.raises(ssl.SSLError):
        line.server.read()


@pytest.mark.parametrize(("trusted", "name"), [(False, "peer.test"), (True, "other.test")])
def test_a_certificate_that_does_not_fit_ends_the_handshake_at_both(trusted: bool, name: str) -> None:
    line = Line(ssl.TLSVersion.TLSv1_3, trusted=trusted, name=name)
    assert line.client.handshake() is False
    line.carry()
    line.server.handshake()
    line.carry()
    with pytest.raises(ssl.SSLCertVerificationError):
        line.client.handshake()
    line.carry()
    with pytest.raises(ssl.SSLError):
        line.server.handshake()


def test_the_end_of_the_stream_within_the_handshake_is_an_error() -> None:
    line = Line(ssl.TLSVersion.TLSv1_3)
    line.client.handshake()
    line.client.feed_eof()
    with pytest.raises(ssl.SSLError):
        line.client.handshake()


def test_what_is_known_has_its_names(line: Line) -> None:
    assert line.client.describe("peercert")["subject"] and line.server.describe("peercert") is None
    assert line.client.describe("cipher") == line.server.describe("cipher")
    assert line.client.describe("compression") is None
    assert line.client.describe("ssl_object").context is line.client.describe("sslcontext")
    with pytest.raises(KeyError):
        line.client.describe("peername")

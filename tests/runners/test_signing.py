"""Signed certificates: an envelope that holds by its key, and by no other."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("securesystemslib", reason='signatures are the extra "loopcert[sign]"')

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

from loopcert.runners.certificate import dump
from loopcert.runners.cli import run
from loopcert.runners.envelope import PASSPHRASE, PAYLOAD, read_private_key, sign
from loopcert.runners.exits import Exit, Stop

from .certified import Certified, certified

Json = dict[str, Any]
PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8
PLAIN = serialization.NoEncryption()


def write_keys(folder: Path, key: Any, name: str = "key", encryption: Any = PLAIN) -> None:
    (folder / f"{name}.pem").write_bytes(key.private_bytes(PEM, PKCS8, encryption))
    public = key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / f"{name}.pub.pem").write_bytes(public)


def sign_it(held: Certified, key: str = "key.pem") -> Json:
    text = sign((held.folder / "c.json").read_bytes(), read_private_key(held.folder / key))
    (held.folder / "c.dsse.json").write_text(text)
    return dict(json.loads(text))


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certified:
    monkeypatch.chdir(tmp_path)
    write_keys(tmp_path, ed25519.Ed25519PrivateKey.generate())
    return certified(tmp_path)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["verify", *arguments]) == Exit.USAGE
    shown = capsys.readouterr()
    (line,) = shown.err.splitlines()
    assert line.startswith("loopcert: ") and shown.out == ""
    return line


@pytest.mark.parametrize(
    "generate",
    [
        ed25519.Ed25519PrivateKey.generate,
        lambda: ec.generate_private_key(ec.SECP256R1()),
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: ec.generate_private_key(ec.SECP521R1()),
        lambda: rsa.generate_private_key(65537, 2048),
    ],
)
def test_what_was_signed_holds_by_its_public_key(
    held: Certified, generate: Callable[[], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    write_keys(held.folder, generate())
    envelope = sign_it(held)
    assert run(["verify", "c.dsse.json", "--key", "key.pub.pem", "--report", "r.jsonl"]) == Exit.AS_EXPECTED
    assert "signed with the key of key.pub.pem" in capsys.readouterr().out
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    assert base64.b64decode(envelope["payload"]).decode() == dump(held.statement)


def test_without_a_key_it_is_told_that_no_signature_was_checked(
    held: Certified, capsys: pytest.CaptureFixture[str]
) -> None:
    sign_it(held)
    assert run(["verify", "c.dsse.json"]) == Exit.AS_EXPECTED
    assert "signature not checked: no --key" in capsys.readouterr().out


def test_another_key_is_refused(held: Certified, capsys: pytest.CaptureFixture[str]) -> None:
    write_keys(held.folder, ed25519.Ed25519PrivateKey.generate(), "other")
    sign_it(held)
    assert "was not signed with the key of other.pub.pem" in refused(capsys, "c.dsse.json", "--key", "other.pub.pem")


def test_one_key_of_several_is_enough_and_its_id_proves_nothing(
    held: Certified, capsys: pytest.CaptureFixture[str]
) -> None:
    envelope = sign_it(held)
    (good,) = envelope["signatures"]
    strange: list[Any] = [{"sig": "AAAA"}, {}, "x", {"keyid": good["keyid"], "sig": "!"}, {"sig": good["sig"]}]
    Path("c.dsse.json").write_text(json.dumps({**envelope, "signatures": strange}))
    assert run(["verify", "c.dsse.json", "--key", "key.pub.pem"]) == Exit.AS_EXPECTED
    capsys.readouterr()
    Path("c.dsse.json").write_text(json.dumps({**envelope, "signatures": strange[:-1]}))
    assert "was not signed with the key" in refused(capsys, "c.dsse.json", "--key", "key.pub.pem")


def test_another_payload_under_the_same_signature_is_refused(
    held: Certified, capsys: pytest.CaptureFixture[str]
) -> None:
    envelope = sign_it(held)
    held.edit(lambda statement: statement["predicate"]["python"].update(version="3.13.1"))
    payload = base64.b64encode((held.folder / "c.json").read_bytes()).decode()
    Path("c.dsse.json").write_text(json.dumps({**envelope, "payload": payload}))
    said = refused(capsys, "c.dsse.json", "--key", "key.pub.pem")
    assert "was not signed with the key of key.pub.pem, or was changed after it was signed" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"payloadType": "application/json"}, f"holds 'application/json'; a certificate is '{PAYLOAD}'"),
        ({"payload": "%%%"}, "its payload is not base64"),
        ({"payload": 7}, "its payload is not base64"),
        ({"payload": base64.b64encode(b"{").decode()}, "the payload of c.dsse.json is no certificate"),
        ({"signatures": []}, "c.dsse.json is not signed"),
        ({"signatures": None}, "c.dsse.json is not signed"),
        ({"signatures": "x"}, "c.dsse.json is not signed"),
    ],
)
def test_an_envelope_that_was_tampered_with_is_refused(
    held: Certified, change: Json, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("c.dsse.json").write_text(json.dumps({**sign_it(held), **change}))
    assert said in refused(capsys, "c.dsse.json", "--key", "key.pub.pem")


def test_a_certificate_without_an_envelope_is_not_signed(held: Certified, capsys: pytest.CaptureFixture[str]) -> None:
    assert held
    assert "c.json is not signed" in refused(capsys, "c.json", "--key", "key.pub.pem")


def test_what_is_no_public_key_is_refused(held: Certified, capsys: pytest.CaptureFixture[str]) -> None:
    sign_it(held)
    assert "key.pem cannot be read as a public key" in refused(capsys, "c.dsse.json", "--key", "key.pem")
    public = x25519.X25519PrivateKey.generate().public_key()
    Path("x.pem").write_bytes(public.public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    assert "x.pem cannot be read as a public key" in refused(capsys, "c.dsse.json", "--key", "x.pem")


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff" * 20])
def test_what_is_no_private_key_costs_no_run(held: Certified, data: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (held.folder / "bad.pem").write_bytes(data)
    assert run(["certify", "asyncio", "--sign-key", "bad.pem"]) == Exit.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert "bad.pem cannot be read as a private key: a PEM file is wanted, Ed25519" in line


@pytest.mark.parametrize(
    "generate", [x25519.X25519PrivateKey.generate, lambda: ec.generate_private_key(ec.SECP256K1())]
)
def test_a_key_that_cannot_sign_is_refused(tmp_path: Path, generate: Callable[[], Any]) -> None:
    write_keys(tmp_path, generate())
    with pytest.raises(Stop, match="cannot be read as a private key"):
        read_private_key(tmp_path / "key.pem")


def test_a_public_key_cannot_sign(held: Certified) -> None:
    with pytest.raises(Stop, match="cannot be read as a private key"):
        read_private_key(held.folder / "key.pub.pem")


def test_a_folder_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="cannot read the key"):
        read_private_key(tmp_path)


def test_an_encrypted_key_takes_its_passphrase_from_the_environment(
    held: Certified, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = serialization.BestAvailableEncryption(b"open sesame")
    write_keys(held.folder, ed25519.Ed25519PrivateKey.generate(), encryption=secret)
    monkeypatch.delenv(PASSPHRASE, raising=False)
    with pytest.raises(Stop, match=f"key.pem is encrypted; give its passphrase in {PASSPHRASE}"):
        read_private_key(held.folder / "key.pem")
    monkeypatch.setenv(PASSPHRASE, "open barley")
    with pytest.raises(Stop, match=f"as a private key by the passphrase in {PASSPHRASE}"):
        read_private_key(held.folder / "key.pem")
    monkeypatch.setenv(PASSPHRASE, "open sesame")
    sign_it(held)
    assert run(["verify", "c.dsse.json", "--key", "key.pub.pem"]) == Exit.AS_EXPECTED
    capsys.readouterr()


def test_the_loop_under_test_does_not_inherit_the_passphrase(held: Certified, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setenv(PASSPHRASE, "open sesame")
    read_private_key(held.folder / "key.pem")
    assert PASSPHRASE not in os.environ


@pytest.mark.parametrize("library", ["securesystemslib", "cryptography"])
def test_where_the_library_is_missing_it_is_named(
    held: Certified, library: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sign_it(held)
    monkeypatch.setitem(sys.modules, library, None)
    said = f'signatures need {library}, which is not installed: pip install "loopcert[sign]"'
    assert said in refused(capsys, "c.dsse.json", "--key", "key.pub.pem")
    assert run(["certify", "asyncio", "--sign-key", "key.pem"]) == Exit.USAGE
    assert said in capsys.readouterr().err

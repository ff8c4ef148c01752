"""Signatures: a DSSE envelope around the bytes of a certificate, made and checked with a key of the user's.

The library that knows how is an extra (``loopcert[sign]``): it is imported when a key is used and not before.
"""

from __future__ import annotations

import base64
import importlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from loopcert.runners.certificate import Json
from loopcert.runners.exits import Stop

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

PAYLOAD = "application/vnd.in-toto+json"
PASSPHRASE = "LOOPCERT_SIGN_PASSPHRASE"
_KINDS = "Ed25519, ECDSA on P-256, P-384 or P-521, RSA"


def is_envelope(document: object) -> bool:
    """Whether a JSON document is a DSSE envelope, sound or not."""
    return isinstance(document, dict) and {"payload", "payloadType"} <= set(document)


def open_envelope(document: Json, name: str) -> bytes:
    """Return what the envelope called ``name`` holds, whoever signed it; `Stop` where that is no in-toto statement."""
    if document["payloadType"] != PAYLOAD:
        raise Stop(f"{name} holds {str(document['payloadType'])[:100]!r}; a certificate is {PAYLOAD!r}")
    try:
        return base64.b64decode(document["payload"], validate=True)
    except (TypeError, ValueError):
        raise Stop(f"{name} is no sound envelope: its payload is not base64") from None


def read_private_key(path: Path) -> CryptoSigner:
    """Read a private key (PEM), by the passphrase in `PASSPHRASE` if it is encrypted; `Stop` says why it cannot be.

    The passphrase is taken out of the environment, which the loop under test would inherit.
    """
    _demand_library()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    passphrase = os.environ.pop(PASSPHRASE, None)
    data = _read(path)
    try:
        try:
            key = load_pem_private_key(data, None)
        except TypeError:  # the library's way of saying that the key is encrypted
            if passphrase is None:
                raise Stop(f"the key {path} is encrypted; give its passphrase in {PASSPHRASE}") from None
            key = load_pem_private_key(data, passphrase.encode())
        return CryptoSigner(key)
    except (ValueError, UnsupportedAlgorithm):
        hint = f" by the passphrase in {PASSPHRASE}" if b"ENCRYPTED" in data else ""
        raise Stop(f"{path} cannot be read as a private key{hint}: a PEM file is wanted, {_KINDS}") from None


def sign(payload: bytes, signer: CryptoSigner) -> str:
    """Return the envelope around the bytes of a certificate, as it is written to a file."""
    from securesystemslib.dsse import Envelope

    envelope = Envelope(payload, PAYLOAD, {})
    envelope.sign(signer)
    return json.dumps(envelope.to_dict(), indent=1) + "\n"


def check_signature(document: Json, key: Path, name: str) -> None:
    """`Stop` unless one of the signatures in the envelope called ``name`` was made with the private half of ``key``.

    A key's id in an envelope is a hint of its author, which proves nothing: each signature is tried.
    """
    _demand_library()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import VerificationError
    from securesystemslib.signer import SSlibKey

    data = _read(key)
    try:
        public = SSlibKey.from_crypto(load_pem_public_key(data))
    except (ValueError, UnsupportedAlgorithm):
        raise Stop(f"{key} cannot be read as a public key: a PEM file is wanted, {_KINDS}") from None
    signatures = document.get("signatures")
    if not isinstance(signatures, list) or not signatures:
        raise Stop(f"{name} is not signed: its envelope has no signature")
    for each in signatures:
        try:
            alone = {"keyid": public.keyid, "sig": each["sig"]}
            Envelope.from_dict({**document, "signatures": [alone]}).verify([public], 1)
        except (VerificationError, KeyError, TypeError, ValueError):
            continue
        return
    raise Stop(f"{name} was not signed with the key of {key}, or was changed after it was signed")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Stop(f"cannot read the key {path}: {error.strerror}") from error


def _demand_library() -> None:
    for library in ("securesystemslib", "cryptography"):
        try:
            importlib.import_module(library)
        except ImportError:
            raise Stop(f'signatures need {library}, which is not installed: pip install "loopcert[sign]"') from None

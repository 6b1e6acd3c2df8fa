"""The server's certificate: the operator's own, or one that signs itself for use on a LAN."""

import datetime as dt
import ipaddress
import os
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server.addresses import lan_addresses
from server.config import Config, ConfigError

_VALID_FOR = dt.timedelta(days=365)
_RENEW_BEFORE = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Tls:
    """What the server listens with; `fingerprint` is set for a certificate that signs itself."""

    context: ssl.SSLContext
    fingerprint: str | None


def load_tls(config: Config, now: dt.datetime) -> Tls | None:
    """Make the TLS context that the configuration asks for, or None for plain http.

    Raises:
        ConfigError: the certificate or its key cannot be used.
    """
    if config.tls == "off":
        return None
    fingerprint = None
    if config.tls == "files":
        assert config.tls_cert is not None
        assert config.tls_key is not None
        cert, key = config.tls_cert, config.tls_key
    else:
        names = {"localhost", socket.gethostname(), "127.0.0.1", "::1"}
        names.update(lan_addresses(config.host))
        names = {name for name in names if name.isascii()}
        try:
            cert, key = self_signed(config.data_dir, sorted(names), now)
        except OSError as error:
            raise ConfigError(
                f"The certificate cannot be kept in {config.data_dir}: {error.strerror}."
            ) from None
        fingerprint = _fingerprint(cert)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert, key, password="")  # never ask on the terminal
    except OSError as error:  # ssl.SSLError among them
        reason = _what_is_wrong(cert, key) if isinstance(error, ssl.SSLError) else error.strerror
        raise ConfigError(
            f"The certificate {cert} with the key {key} cannot be used: {reason}."
        ) from None
    return Tls(context, fingerprint)


def _what_is_wrong(cert: Path, key: Path) -> str:
    """Why OpenSSL refuses the two files; its own words name lines of its source."""
    try:
        x509.load_pem_x509_certificates(cert.read_bytes())
    except ValueError:
        return "the first is not a certificate in PEM form"
    try:
        serialization.load_pem_private_key(key.read_bytes(), password=None)
    except TypeError:
        return "the key has a password"
    except (ValueError, UnsupportedAlgorithm):
        return "the second is not a private key in PEM form"
    return "they do not belong together"


def self_signed(directory: Path, names: Iterable[str], now: dt.datetime) -> tuple[Path, Path]:
    """The certificate and key in `directory`, made anew when they are missing or soon expire.

    They are kept because people have told their browsers to trust this one; for the same reason
    one that is good for more names than are asked for now stays as well.
    """
    cert_path, key_path = directory / "self-signed.crt", directory / "self-signed.key"
    names = list(names)
    if not _still_good(cert_path, key_path, names, now):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        certificate, private_key = _issue(names, now)
        _write_private(key_path, private_key)
        cert_path.write_bytes(certificate)
    return cert_path, key_path


def _still_good(cert_path: Path, key_path: Path, names: list[str], now: dt.datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(cert_path.read_bytes())
        key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    return (
        set(named) >= set(map(_alternative, names))
        and certificate.not_valid_after_utc - now > _RENEW_BEFORE
        and certificate.public_key() == key.public_key()
    )


def _issue(names: Iterable[str], now: dt.datetime) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Greenroom, self-signed")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + _VALID_FOR)
        .add_extension(x509.SubjectAlternativeName([_alternative(n) for n in names]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, never readable by others for a moment."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _fingerprint(cert_path: Path) -> str:
    certificate = x509.load_pem_x509_certificate(cert_path.read_bytes())
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()

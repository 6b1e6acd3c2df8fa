import datetime as dt
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from server.config import Config, ConfigError
from server.tls import load_tls, self_signed

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
NAMES = ["localhost", "127.0.0.1", "::1", "192.168.1.20"]


def test_a_self_signed_certificate_names_the_hosts_and_hides_its_key(tmp_path: Path) -> None:
    cert_path, key_path = self_signed(tmp_path / "data", NAMES, NOW)
    certificate = x509.load_pem_x509_certificate(cert_path.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    addresses = {str(a) for a in names.get_values_for_type(x509.IPAddress)}
    assert addresses == {"127.0.0.1", "::1", "192.168.1.20"}
    assert stat.S_IMODE(key_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(key_path.parent.stat().st_mode) == 0o700


def test_it_is_kept_until_it_soon_expires(tmp_path: Path) -> None:
    first = self_signed(tmp_path, NAMES, NOW)[0].read_bytes()
    later = NOW + dt.timedelta(days=300)
    assert self_signed(tmp_path, NAMES, later)[0].read_bytes() == first
    near_the_end = NOW + dt.timedelta(days=340)
    assert self_signed(tmp_path, NAMES, near_the_end)[0].read_bytes() != first


def test_it_is_made_anew_for_a_name_that_it_lacks_and_kept_for_fewer(tmp_path: Path) -> None:
    local = self_signed(tmp_path, NAMES[:3], NOW)[0].read_bytes()
    on_the_network = self_signed(tmp_path, NAMES, NOW)[0].read_bytes()
    assert on_the_network != local
    certificate = x509.load_pem_x509_certificate(on_the_network)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "192.168.1.20" in map(str, names.get_values_for_type(x509.IPAddress))
    assert self_signed(tmp_path, NAMES[:3], NOW)[0].read_bytes() == on_the_network


@pytest.mark.parametrize("damage", ["self-signed.crt", "self-signed.key"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: str) -> None:
    self_signed(tmp_path, NAMES, NOW)
    (tmp_path / damage).write_text("damaged")
    self_signed(tmp_path, NAMES, NOW)
    assert "damaged" not in (tmp_path / damage).read_text()


def test_plain_http_needs_nothing() -> None:
    assert load_tls(Config(), NOW) is None


def test_a_self_signed_context_comes_with_its_fingerprint(tmp_path: Path) -> None:
    tls = load_tls(Config(tls="self-signed", data_dir=tmp_path), NOW)
    assert tls is not None
    assert tls.fingerprint is not None
    assert len(tls.fingerprint.split(":")) == 32


def test_the_operators_own_files_are_used(tmp_path: Path) -> None:
    cert, key = self_signed(tmp_path, NAMES, NOW)
    tls = load_tls(Config(tls="files", tls_cert=cert, tls_key=key), NOW)
    assert tls is not None
    assert tls.fingerprint is None


def test_files_that_cannot_be_used_are_said_in_a_sentence(tmp_path: Path) -> None:
    cert, key = self_signed(tmp_path / "a", NAMES, NOW)
    other_key = self_signed(tmp_path / "b", NAMES, NOW)[1]
    text, locked = tmp_path / "text", tmp_path / "locked.key"
    text.write_text("neither")
    private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    locked.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"password"),
        )
    )
    for bad_cert, bad_key, reason in [
        (cert, tmp_path / "none", "No such file or directory"),
        (cert, other_key, "they do not belong together"),
        (key, key, "the first is not a certificate in PEM form"),
        (text, text, "the first is not a certificate in PEM form"),
        (cert, text, "the second is not a private key in PEM form"),
        (cert, locked, "the key has a password"),
    ]:
        with pytest.raises(ConfigError) as refused:
            load_tls(Config(tls="files", tls_cert=bad_cert, tls_key=bad_key), NOW)
        assert str(refused.value) == (
            f"The certificate {bad_cert} with the key {bad_key} cannot be used: {reason}."
        )


def test_a_data_directory_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be kept in"):
        load_tls(Config(tls="self-signed", data_dir=tmp_path / "file" / "data"), NOW)

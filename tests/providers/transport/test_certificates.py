"""Whose certificates are trusted, by where they lie."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path
from typing import Any

import pytest
import truststore

from promptops.providers.transport.certificates import trusted_certificates
from tests.providers.loopback import CERTIFICATE


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


def _named(context: ssl.SSLContext) -> list[str]:
    subjects: list[Any] = [each["subject"] for each in context.get_ca_certs()]
    return [dict(part[0] for part in subject)["commonName"] for subject in subjects]


def test_a_file_that_the_environment_names_is_all_that_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    context = trusted_certificates()
    assert _named(context) == ["promptops tests"]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_where_the_system_keeps_them_elsewhere_it_is_asked(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert isinstance(trusted_certificates(), truststore.SSLContext)


def test_so_it_is_where_this_python_knows_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known: dict[str, Any] = {"cafile": None, "capath": str(tmp_path), "openssl_capath": str(tmp_path)}
    nowhere = ssl.get_default_verify_paths()._replace(**known)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nowhere)
    assert isinstance(trusted_certificates(), truststore.SSLContext)
    (tmp_path / "0a1b2c3d.0").write_bytes(CERTIFICATE.read_bytes())
    assert not isinstance(trusted_certificates(), truststore.SSLContext)

"""Whose certificates are trusted: the machine's, or those that SSL_CERT_FILE and SSL_CERT_DIR name."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path


def trusted_certificates() -> ssl.SSLContext:
    """For connections to servers. Reading takes about 20 ms, so only where one is called by https."""
    paths = ssl.get_default_verify_paths()
    # Python's own answer says which paths the two variables name: these differ from those that were built in.
    file = paths.cafile if paths.cafile != paths.openssl_cafile else None
    folder = paths.capath if paths.capath != paths.openssl_capath else None
    if file or folder:
        context = ssl.create_default_context(cafile=file, capath=folder)
    elif sys.platform not in ("darwin", "win32") and (paths.cafile or _has_certificates(paths.capath)):
        context = ssl.create_default_context()
    else:  # what the system keeps elsewhere: a key chain, a registry, a file that this Python does not know of
        import truststore

        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    return context


def named_certificates() -> str | None:
    """The file that SSL_CERT_FILE names, for clients that take no context."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile if paths.cafile != paths.openssl_cafile else None


def _has_certificates(folder: str | None) -> bool:
    return folder is not None and any(Path(folder).glob("*.0"))

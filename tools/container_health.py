"""Asks the server in this container whether it lives; for the image's HEALTHCHECK."""

import os
import ssl
import urllib.request

scheme = "http" if os.environ.get("GREENROOM_TLS", "off") in ("", "off") else "https"
port = os.environ.get("GREENROOM_PORT") or "8080"
# The certificate is for the outside; this asks the same machine.
context = ssl._create_unverified_context() if scheme == "https" else None
urllib.request.urlopen(f"{scheme}://127.0.0.1:{port}/healthz", timeout=2, context=context)

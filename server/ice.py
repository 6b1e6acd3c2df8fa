"""The ICE servers that a participant's browser is told, with TURN credentials that soon expire."""

import base64
import hashlib
import hmac
from typing import Any

from server.config import Config


def ice_servers(config: Config, participant_id: str, now: float) -> list[dict[str, Any]]:
    """The value for `RTCConfiguration.iceServers`.

    With a shared secret the credentials follow the REST convention of TURN servers: the user name
    is the expiry and the participant, and the password its HMAC, so the TURN server needs no list
    of users. They are made for one participant, anew at each join and resume.

    Args:
        config: names the servers and holds the secret.
        participant_id: whom the credentials are for; the TURN server counts quotas by it.
        now: Unix time in seconds.
    """
    servers: list[dict[str, Any]] = []
    if config.stun_urls:
        servers.append({"urls": list(config.stun_urls)})
    if config.turn_urls:
        username, credential = _turn_credentials(config, participant_id, now)
        servers.append(
            {"urls": list(config.turn_urls), "username": username, "credential": credential}
        )
    return servers


def _turn_credentials(config: Config, participant_id: str, now: float) -> tuple[str, str]:
    if config.turn_secret is None:
        assert config.turn_username is not None
        assert config.turn_credential is not None
        return config.turn_username, config.turn_credential.get_secret_value()
    username = f"{int(now) + config.turn_ttl_s}:{participant_id}"
    # coturn's use-auth-secret knows SHA-1 only; an HMAC with it is still sound.
    mac = hmac.new(config.turn_secret.get_secret_value().encode(), username.encode(), hashlib.sha1)
    return username, base64.b64encode(mac.digest()).decode()

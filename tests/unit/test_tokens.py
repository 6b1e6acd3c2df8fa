"""Resume tokens: what is signed here, for this, now, and nothing else."""

import base64
import json
import stat
import time
from pathlib import Path

import jwt
import pytest

from rooms.errors import RoomError, TokenExpired, TokenInvalid
from rooms.ids import ParticipantId, RoomId
from server.signalling.tokens import Claims, ResumeTokens, load_key

KEY = b"k" * 32
CLAIMS = Claims(RoomId("room"), ParticipantId("ana"), 3)
TOKENS = ResumeTokens(KEY, lifetime_s=120)


def test_a_token_gives_back_what_was_signed() -> None:
    assert TOKENS.verify(TOKENS.sign(CLAIMS, time.time())) == CLAIMS


def test_a_token_expires() -> None:
    with pytest.raises(TokenExpired):
        TOKENS.verify(TOKENS.sign(CLAIMS, time.time() - 122))


def test_a_token_is_not_good_before_its_time() -> None:
    with pytest.raises(TokenInvalid):
        TOKENS.verify(TOKENS.sign(CLAIMS, time.time() + 60))


def test_every_flipped_bit_is_noticed() -> None:
    token = TOKENS.sign(CLAIMS, time.time())
    flipped = 0
    for position in range(len(token)):
        for bit in range(6):
            changed = chr(ord(token[position]) ^ (1 << bit))
            forged = token[:position] + changed + token[position + 1 :]
            if _decodes_to_the_same(token, forged):
                continue
            with pytest.raises(RoomError) as refusal:
                TOKENS.verify(forged)
            assert refusal.value.code in ("token-invalid", "token-expired")
            flipped += 1
    assert flipped >= 1000


def _decodes_to_the_same(token: str, forged: str) -> bool:
    """The last character of a part may carry unused bits; then the token is the same token."""

    def parts(text: str) -> list[bytes] | None:
        try:
            return [base64.urlsafe_b64decode(p + "=" * (-len(p) % 4)) for p in text.split(".")]
        except ValueError:
            return None

    return parts(token) == parts(forged)


def _forge(header: dict[str, object], payload: dict[str, object], signature: str = "") -> str:
    def part(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part(header)}.{part(payload)}.{signature}"


def test_the_algorithm_is_pinned() -> None:
    genuine = TOKENS.sign(CLAIMS, time.time())
    header = jwt.get_unverified_header(genuine)
    payload = jwt.decode(genuine, options={"verify_signature": False})
    with pytest.raises(TokenInvalid):
        TOKENS.verify(_forge({**header, "alg": "none"}, payload))
    hs512 = jwt.encode(payload, KEY * 2, "HS512", headers={"kid": header["kid"]})
    with pytest.raises(TokenInvalid):
        TOKENS.verify(hs512)


@pytest.mark.parametrize("missing", ["aud", "exp", "nbf", "room", "sub", "ser"])
def test_every_claim_is_needed(missing: str) -> None:
    genuine = TOKENS.sign(CLAIMS, time.time())
    payload = jwt.decode(genuine, options={"verify_signature": False})
    del payload[missing]
    kid = jwt.get_unverified_header(genuine)["kid"]
    with pytest.raises(TokenInvalid):
        TOKENS.verify(jwt.encode(payload, KEY, "HS256", headers={"kid": kid}))


@pytest.mark.parametrize(("claim", "value"), [("aud", "other"), ("room", 1), ("ser", "3")])
def test_a_claim_of_another_kind_is_refused(claim: str, value: object) -> None:
    genuine = TOKENS.sign(CLAIMS, time.time())
    payload = jwt.decode(genuine, options={"verify_signature": False}) | {claim: value}
    kid = jwt.get_unverified_header(genuine)["kid"]
    with pytest.raises(TokenInvalid):
        TOKENS.verify(jwt.encode(payload, KEY, "HS256", headers={"kid": kid}))


def test_another_key_or_key_id_is_refused() -> None:
    other = ResumeTokens(b"o" * 32, lifetime_s=120)
    with pytest.raises(TokenInvalid):
        TOKENS.verify(other.sign(CLAIMS, time.time()))
    payload = jwt.decode(TOKENS.sign(CLAIMS, time.time()), options={"verify_signature": False})
    with pytest.raises(TokenInvalid):
        TOKENS.verify(jwt.encode(payload, KEY, "HS256"))


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "." * 3, "é" * 10, "e30.e30.e30", "[" * 2000])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(TokenInvalid):
        TOKENS.verify(text)


def test_the_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    key = load_key(tmp_path / "data")
    assert len(key) == 32
    assert load_key(tmp_path / "data") == key
    assert stat.S_IMODE((tmp_path / "data" / "resume.key").stat().st_mode) == 0o600


def test_a_torn_key_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "resume.key").write_bytes(b"short")
    assert len(load_key(tmp_path)) == 32

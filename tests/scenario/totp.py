"""Codes as an authenticator app shows them (RFC 6238)."""

import base64
import hashlib
import hmac
import struct
import time
from urllib.parse import parse_qs, urlparse


def seed_of(answer):
    uri = urlparse(answer["uri"])
    query = parse_qs(uri.query)
    assert uri.scheme == "otpauth" and uri.netloc == "totp"
    assert query["secret"] == [answer["secret"]]
    return base64.b32decode(answer["secret"])


def code_of(seed, step):
    mac = hmac.new(seed, struct.pack(">Q", step), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(int.from_bytes(mac[at:at + 4], 'big') & 0x7fffffff) % 1000000:06}"


def now():
    return int(time.time()) // 30

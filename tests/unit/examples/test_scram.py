# SPDX-License-Identifier: Apache-2.0
import base64
import hmac

from orders_postgres.scram import verifier

SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
NONCE = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
EXCHANGE = (
    f"n=user,r=rOprNGfwEbeRWgbNEkqO,r={NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r={NONCE}"
)
SIGNATURE = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_the_exchange_of_rfc_7677_holds():
    kind, parameters, keys = verifier("pencil", SALT).split("$")
    server_key = base64.b64decode(keys.split(":")[1])
    signature = hmac.digest(server_key, EXCHANGE.encode(), "sha256")
    assert (kind, parameters) == ("SCRAM-SHA-256", "4096:W22ZaJ0SNY7soEsUEjb6gQ==")
    assert base64.b64encode(signature).decode() == SIGNATURE


def test_the_password_is_not_in_it():
    assert "pencil" not in verifier("pencil", SALT)

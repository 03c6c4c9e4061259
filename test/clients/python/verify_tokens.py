"""Reads verifiers with tokens from standard input. Prints for each token null, or why it is refused."""

import json
import sys

import jwt  # PyJWT[crypto]


class Verifier:
    def __init__(self, issuer, audience, typ, algorithm):
        self.keys = jwt.PyJWKClient(issuer.rstrip("/") + "/.well-known/jwks.json")
        self.issuer = issuer
        self.audience = audience  # of your API, never the project id
        self.typ = typ  # "at+jwt" of the profile RFC9068, else "JWT"
        self.algorithm = algorithm  # "RS256"

    def verify(self, token):
        verified = jwt.decode_complete(
            token,
            self.keys.get_signing_key_from_jwt(token),
            algorithms=[self.algorithm],
            issuer=self.issuer,
            audience=self.audience,
            leeway=5,
            options={"require": ["exp", "iss", "aud"]},
        )
        if verified["header"].get("typ") != self.typ:
            raise jwt.InvalidTokenError("not an access token")
        return verified["payload"]


def refusal(verifier, token):
    try:
        verifier.verify(token)
    except jwt.PyJWTError as error:
        return f"{type(error).__name__}: {error}"
    return None


def refusals(issuer, audience, typ, algorithm, tokens, **_):
    verifier = Verifier(issuer, audience, typ, algorithm)
    return [refusal(verifier, token) for token in tokens]


json.dump([refusals(**verification) for verification in json.load(sys.stdin)], sys.stdout)

"""Gets a token, as a program does that calls an API, and verifies tokens, as the API does."""

import os
from collections.abc import Iterator
from typing import Any

import jwt
from authlib.integrations.requests_client import OAuth2Session

Step = dict[str, object]


class ApiSession(OAuth2Session):  # type: ignore[misc]
    """A session of requests that sends access tokens for one API."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, audience: str) -> None:
        super().__init__(
            client_id,
            client_secret,
            grant_type="client_credentials",
            token_endpoint=f"{issuer.rstrip('/')}/oauth/token",
            default_timeout=10,  # seconds; without a limit it waits for ever
        )
        self.audience = audience
        self.fetch_token()

    def fetch_token(self, url: str | None = None, **parameters: Any) -> Any:
        # Authlib renews a token by itself, but without the parameters of the first request.
        return super().fetch_token(url, audience=self.audience, **parameters)


class Verifier:
    """Keeps the keys of the issuer: make one for each issuer and audience."""

    def __init__(self, issuer: str, audience: str) -> None:
        self.issuer = issuer
        self.audience = audience  # of your API, never the project id
        self.keys = jwt.PyJWKClient(f"{issuer.rstrip('/')}/.well-known/jwks.json")

    def verify(self, token: str, scope: str) -> dict[str, Any]:
        verified = jwt.decode_complete(
            token,
            self.keys.get_signing_key_from_jwt(token),
            algorithms=["RS256"],
            issuer=self.issuer,
            audience=self.audience,
            leeway=5,
            options={"require": ["exp", "iss", "aud"]},
        )
        # at+jwt with the token profile RFC9068, JWT with the others, session+jwt for a session
        if verified["header"].get("typ") != "at+jwt":
            raise jwt.InvalidTokenError("not an access token")
        claims: dict[str, Any] = verified["payload"]
        if scope not in claims.get("scope", "").split():
            raise jwt.InvalidTokenError(f"the scope {scope} is missing")
        return claims


def call() -> Iterator[Step]:
    issuer, audience, scope = (os.environ[name] for name in ("ISSUER", "AUDIENCE", "SCOPE"))
    session = ApiSession(issuer, os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"], audience)
    session.ensure_active_token()  # as each of its requests does: no second token, unless it has expired
    yield {"step": "token", "expiresIn": session.token["expires_in"]}

    verifier = Verifier(issuer, audience)
    claims = verifier.verify(session.token["access_token"], scope)
    yield {"step": "verify", "clientId": claims["client_id"], "scopes": claims["scope"].split()}

    for step, name in (("other-token", "OTHER_TOKEN"), ("session-jwt", "SESSION_JWT")):
        try:
            verifier.verify(os.environ[name], scope)
        except jwt.InvalidTokenError:
            yield {"step": step, "refused": True}

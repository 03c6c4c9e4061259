"""Reads clients from standard input. Prints for each the access token that Authlib gets, or the error."""

import json
import sys

from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT


def access_token(token_endpoint, client_id, credential, method, scope):
    session = OAuth2Session(client_id, credential, token_endpoint_auth_method=method, scope=scope)
    if method == "private_key_jwt":
        # the audience of its assertions is the token endpoint
        session.register_client_auth_method(PrivateKeyJWT(token_endpoint))
    return session.fetch_token(token_endpoint, grant_type="client_credentials")["access_token"]


def answer(client):
    try:
        return {"accessToken": access_token(**client)}
    except Exception as error:
        return {"error": str(error)}


json.dump([answer(client) for client in json.load(sys.stdin)], sys.stdout)

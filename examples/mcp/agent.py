# An agent in Python. It proves itself with a client secret, or with a private key where there is one. Calls one tool:
#
#   MCP_SERVER_URL=… ISSUER=… CLIENT_ID=… CLIENT_SECRET=… python3 agent.py refund_order 1001
#   MCP_SERVER_URL=… ISSUER=… CLIENT_ID=… PRIVATE_KEY_FILE=… python3 agent.py refund_order 1001
import asyncio
import os
import sys

import httpx2
from mcp import Client
from mcp.client.auth.extensions.client_credentials import (
    ClientCredentialsOAuthProvider,
    PrivateKeyJWTOAuthProvider,
    SignedJWTParameters,
)
from mcp.client.streamable_http import streamable_http_client

SERVER_URL = os.environ["MCP_SERVER_URL"]
CLIENT_ID = os.environ["CLIENT_ID"]


class Memory:
    """Keeps the token as long as the process runs."""

    def __init__(self):
        self.tokens = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return None

    async def set_client_info(self, client_info):
        pass


def auth_provider():
    settings = {
        "server_url": SERVER_URL,
        "storage": Memory(),
        "client_id": CLIENT_ID,
        "issuer": os.environ["ISSUER"],  # no MCP server can lead the credentials elsewhere
    }
    key_file = os.environ.get("PRIVATE_KEY_FILE")
    if not key_file:
        return ClientCredentialsOAuthProvider(**settings, client_secret=os.environ["CLIENT_SECRET"])
    with open(key_file) as file:
        assertions = SignedJWTParameters(
            issuer=CLIENT_ID, subject=CLIENT_ID, signing_key=file.read(), signing_algorithm="ES256"
        )
    return PrivateKeyJWTOAuthProvider(
        **settings, assertion_provider=assertions.create_assertion_provider()
    )


async def call(tool, arguments):
    async with httpx2.AsyncClient(auth=auth_provider()) as http_client:
        async with Client(streamable_http_client(SERVER_URL, http_client=http_client)) as client:
            result = await client.call_tool(tool, arguments)
            for part in result.content:
                print(part.text)


tool, *order = sys.argv[1:] or ["read_orders"]
try:
    asyncio.run(call(tool, {"orderId": order[0]} if order else {}))
except Exception as error:
    print(f"failed: {error!r}")
    sys.exit(1)

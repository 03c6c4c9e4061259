"""Reads tool calls from standard input, one a line. Prints for each what the tool answers, or what the MCP SDK raises."""

import asyncio
import json
import logging
import sys

import httpx2
from mcp import Client
from mcp.client.auth.extensions.client_credentials import (
    ClientCredentialsOAuthProvider,
    PrivateKeyJWTOAuthProvider,
    SignedJWTParameters,
)
from mcp.client.streamable_http import streamable_http_client


class Memory:
    tokens = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens


def auth_provider(call):
    common = {
        "server_url": call["serverUrl"],
        "storage": Memory(),
        "client_id": call["clientId"],
        "issuer": call["expectedIssuer"],
    }
    if "clientSecret" in call:
        return ClientCredentialsOAuthProvider(**common, client_secret=call["clientSecret"])
    assertions = SignedJWTParameters(
        issuer=call["clientId"],
        subject=call["clientId"],
        signing_key=call["privateKey"],
        signing_algorithm="ES256",
    )
    return PrivateKeyJWTOAuthProvider(
        **common, assertion_provider=assertions.create_assertion_provider()
    )


async def call_tool(call):
    async with httpx2.AsyncClient(auth=auth_provider(call)) as http_client:
        transport = streamable_http_client(call["serverUrl"], http_client=http_client)
        async with Client(transport) as client:
            result = await client.call_tool(call["tool"], call["arguments"])
            return {"text": result.content[0].text}


def describe(error):
    """The SDK's task groups wrap what ends them."""
    while hasattr(error, "exceptions"):
        error = error.exceptions[0]
    return {"error": {"name": type(error).__name__, "message": str(error)}}


logging.disable()
for line in sys.stdin:
    try:
        answer = asyncio.run(call_tool(json.loads(line)))
    except Exception as error:
        answer = describe(error)
    print(json.dumps(answer), flush=True)

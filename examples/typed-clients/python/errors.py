"""What the typed client makes of the faults of a server."""

import os
from collections.abc import Iterator

import httpx

from connect import connect
from countersign import (
    ClientStatus,
    GetClientWithEvents,
    GraphQLClientError,
    GraphQLClientGraphQLMultiError,
    GraphQLClientHttpError,
    countersign_errors,
)

Step = dict[str, object]


def show_errors() -> Iterator[Step]:
    client_id = os.environ["FAULTS_CLIENT_ID"]
    faults = os.environ["COUNTERSIGN_FAULTS_URL"]

    with connect(f"{faults}/newer") as api:
        client = api.get_client(client_id).client
    assert client
    # Values that a newer server has are not in the list: see open_enum.py.
    known = client.status in list(ClientStatus)
    status = client.status.value if known else "unknown"
    yield {"step": "newer", "clientId": client.client_id, "status": status}

    with connect(f"{faults}/forbidden") as api:
        try:
            api.get_client_with_events(client_id)
        except GraphQLClientGraphQLMultiError as error:
            # What the caller may not read is None, and the rest is there.
            part = GetClientWithEvents.model_validate(error.data).client
            assert part and part.events is None
            yield {"step": "forbidden", "clientId": part.client_id, **describe(error)}

    for fault in ("bad-request", "rate-limited", "unavailable"):
        with connect(f"{faults}/{fault}") as api:
            try:
                api.get_client(client_id)
            except GraphQLClientError as error:
                yield {"step": fault, **describe(error)}


def describe(error: GraphQLClientError) -> Step:
    extensions = extensions_of(error)
    code = extensions.get("code")
    step: Step = {"code": code, "retryable": code in countersign_errors.RETRYABLE}
    if code in (countersign_errors.RATE_LIMITED, countersign_errors.SERVICE_UNAVAILABLE):
        step["retryAfterSeconds"] = extensions["retryAfterSeconds"]  # as the header Retry-After
    return step


def extensions_of(error: GraphQLClientError) -> dict[str, object]:
    """Those of the first error. With status 400, 429 and 503 they are in the body of the response."""
    match error:
        case GraphQLClientGraphQLMultiError():
            return error.errors[0].extensions or {}
        case GraphQLClientHttpError(response=httpx.Response() as response):
            try:
                extensions: dict[str, object] = response.json()["errors"][0]["extensions"]
                return extensions
            except (ValueError, LookupError):  # of a gateway
                raise error from None
        case _:
            raise error

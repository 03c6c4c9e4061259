"""Takes a client through its life."""

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

from connect import connect
from countersign import (
    AttestSessionInput,
    Client,
    ClientFields,
    CompleteSecretRotationInput,
    CreateClientInput,
    ImportClientInput,
    IssueTokenInput,
    StartSecretRotationInput,
    UpdateClientInput,
    VerifyTokenInput,
)

Step = dict[str, object]


def manage() -> Iterator[Step]:
    with connect(os.environ["COUNTERSIGN_URL"]) as api:
        yield from manage_clients(api)


def manage_clients(api: Client) -> Iterator[Step]:
    created = api.create_client(
        CreateClientInput(
            name="Reports",
            description="Writes the monthly reports",
            scopes=["read:reports"],
            trusted_metadata={"plan": "pro", "seats": 3},
            expires_at=datetime(2100, 1, 1, tzinfo=UTC),
            idempotency_key=secrets.token_hex(),  # so that the call may be repeated after a failure
        )
    ).create_client
    client_id = created.client.client_id
    secret = created.client_secret or ""  # only a repeated call has none
    yield {"step": "create", "clientId": client_id}

    # The id and the secret that a program elsewhere has already.
    imported = api.import_client(
        ImportClientInput(
            client_id=f"billing-{secrets.token_hex(8)}",
            client_secret=secrets.token_urlsafe(),
            name="Billing",
            scopes=["read:invoices"],
        )
    ).import_client
    yield {"step": "import", "clientId": imported.client.client_id}

    # Inputs are variables: texts of operations, which are logged and cached, have no credentials.
    issued = api.issue_token(IssueTokenInput(client_id=client_id, client_secret=secret)).issue_token
    yield {"step": "issue", "scope": issued.scope, "expiresIn": issued.expires_in}

    token = api.verify_token(
        VerifyTokenInput(access_token=issued.access_token, required_scopes=["read:reports"])
    ).verify_token.token
    yield {"step": "verify", "clientId": token.client_id, "scopes": token.scopes}

    yield rotate(api, client_id)
    yield page(api)

    profile_id, foreign_token = os.environ.get("PROFILE_ID"), os.environ.get("TRUSTED_AUTH_TOKEN")
    if profile_id and foreign_token:
        attested = api.attest_session(
            AttestSessionInput(profile_id=profile_id, token=foreign_token)
        ).attest_session
        member = attested.member
        yield {"step": "attest", "memberId": member.member_id, "emailAddress": member.email_address}

    # What is not set is left out and stays. None is sent as null, which clears.
    renamed = api.update_client(UpdateClientInput(client_id=client_id, name="Monthly reports"))
    yield {"step": "rename", **describe(renamed.update_client.client)}
    cleared = api.update_client(UpdateClientInput(client_id=client_id, description=None))
    yield {"step": "clear", **describe(cleared.update_client.client)}


def rotate(api: Client, client_id: str) -> Step:
    """Replaces the secret. Both are valid until the rotation is completed."""
    started = api.start_secret_rotation(
        StartSecretRotationInput(client_id=client_id)
    ).start_secret_rotation
    secret = started.next_client_secret or ""
    issued = api.issue_token(IssueTokenInput(client_id=client_id, client_secret=secret)).issue_token
    api.complete_secret_rotation(CompleteSecretRotationInput(client_id=client_id))
    return {
        "step": "rotate",
        "clientId": client_id,
        "scope": issued.scope,
        "expiresIn": issued.expires_in,
    }


def page(api: Client) -> Step:
    """Reads all clients, two a page."""
    client_ids: list[str] = []
    pages, after = 0, None
    while True:
        clients = api.list_clients(first=2, after=after).clients
        pages += 1
        client_ids += [client.client_id for client in clients.nodes]
        if not clients.page_info.has_next_page:
            return {"step": "page", "pages": pages, "clientIds": client_ids}
        after = clients.page_info.end_cursor


def describe(client: ClientFields) -> Step:
    names = {"client_id", "name", "description", "scopes", "trusted_metadata", "expires_at"}
    return client.model_dump(mode="json", by_alias=True, include=names)

import os
from base64 import b64encode

from countersign import Client


def connect(url: str) -> Client:
    """A client that calls with the management key of the environment."""
    key = f"{os.environ['COUNTERSIGN_PROJECT_ID']}:{os.environ['COUNTERSIGN_SECRET']}"
    authorization = f"Basic {b64encode(key.encode()).decode()}"
    return Client(f"{url}/graphql", headers={"authorization": authorization})

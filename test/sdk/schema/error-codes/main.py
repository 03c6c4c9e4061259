"""Prints what it knows of each code of its arguments."""

import json
import sys

import countersign_errors as errors

print(
    json.dumps(
        [
            {
                "code": code,
                "retryable": code in errors.RETRYABLE,
                "description": errors.DESCRIPTIONS.get(code, ""),
                "isClientNotFound": code == errors.CLIENT_NOT_FOUND,
            }
            for code in sys.argv[1:]
        ]
    )
)

"""Typed calls of Countersign's API with ariadne-codegen; tokens with Authlib and their verification with PyJWT."""

import json
import sys

from call import call
from errors import show_errors
from manage import manage

COMMANDS = {"manage": manage, "errors": show_errors, "call": call}

command = COMMANDS.get("".join(sys.argv[1:]))
if command is None:
    sys.exit("usage: python main.py manage|errors|call")
for step in command():
    print(json.dumps(step), flush=True)

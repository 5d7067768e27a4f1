"""Says for each policy file whether the published schema accepts it: `name true|false`, a line each.

usage: policies.py SCHEMA FILE...
"""

import json
import pathlib
import sys

import jsonschema

schema = json.loads(pathlib.Path(sys.argv[1]).read_text())
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for path in map(pathlib.Path, sys.argv[2:]):
    print(path.name, "true" if validator.is_valid(json.loads(path.read_text())) else "false")

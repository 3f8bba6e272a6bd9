"""A check for schemathesis, which passes NDJSON over: every line of it is as the document says."""

import json

import jsonschema_rs
import schemathesis

MEDIA = "application/x-ndjson"
# A caller that asks for other beginnings and ends of lines gets what is no JSON.
OWN_ENDS = ("x-row-prefix", "x-row-suffix")


@schemathesis.check
def every_line(ctx, response, case):
    media = response.headers.get("content-type", [""])[0].split(";")[0]
    if media != MEDIA or any((case.headers or {}).get(name) for name in OWN_ENDS):
        return
    document = case.operation.schema.raw_schema
    at = [case.path, case.method.lower(), "responses", str(response.status_code)]
    steps = ["paths", *at, "content", MEDIA, "schema"]
    pointer = "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)
    parts = {name: document[name] for name in ("paths", "components")}
    validator = jsonschema_rs.validator_for({"$ref": f"#/{pointer}", **parts})
    for line in response.text.splitlines():
        wrong = [error.message for error in validator.iter_errors(json.loads(line))]
        assert not wrong, f"{wrong[0]}: {line}"

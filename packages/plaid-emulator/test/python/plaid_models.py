"""Holds the emulator to the models of plaid-python, which is newer than Plaid's published document.
Reads every endpoint's path, the fields that the emulator takes there and good requests; makes each
request from the client's own models and lets them read the answer, types, enums and required fields
included. Prints one line for each difference.
"""

import importlib
import json
import os
import sys

import plaid
from plaid.api import plaid_api
from plaid.model_utils import OpenApiModel, validate_and_convert_types

URL = os.environ["EMULATOR_URL"]
CREDENTIALS = {"client_id", "secret"}
# Calls that are not named after their path.
NAMED = {"item_public_token_create": "item_create_public_token"}

configuration = plaid.Configuration(host=URL, api_key={"clientId": "client", "secret": "secret"})
client = plaid_api.PlaidApi(plaid.ApiClient(configuration))


def request_model(method):
    module = importlib.import_module(f"plaid.model.{method}_request")
    name = f"{method}_request".replace("_", "").lower()
    return next(getattr(module, each) for each in dir(module) if each.lower() == name)


def models_in(types):
    """The models among a field's types, those of lists too."""
    for each in types:
        if isinstance(each, list):
            yield from models_in(each)
        elif isinstance(each, type) and issubclass(each, OpenApiModel):
            yield each


def untaken(model, taken, path):
    """The model's fields that the emulator does not take; where it takes anything, none."""
    if taken is None or not getattr(model, "attribute_map", None):
        return
    types = model.openapi_types
    types = types() if callable(types) else types.fget(model) if hasattr(types, "fget") else types
    for name, field in model.attribute_map.items():
        if path == "" and field in CREDENTIALS:
            continue
        if field not in taken:
            yield f"{path}{field}"
            continue
        for below in models_in(types.get(name, ())):
            yield from untaken(below, taken[field], f"{path}{field}.")


def main():
    answers = 0
    for endpoint in json.load(sys.stdin):
        path = endpoint["path"]
        method = path.strip("/").replace("/", "_")
        call = getattr(client, NAMED.get(method, method))
        if endpoint["open"]:
            call({})
            answers += 1
            continue
        model = request_model(method)
        for field in untaken(model, endpoint["taken"], ""):
            print(f"DIFFERENCE {path} does not take {field}")
        for body in endpoint["requests"]:
            try:
                request = validate_and_convert_types(
                    body, (model,), [path], True, True, configuration=configuration
                )
                call(request)
                answers += 1
            except plaid.OpenApiException as error:
                print(f"DIFFERENCE {path} {json.dumps(body)}: {error}")
    print(f"{answers} answers were read")


main()

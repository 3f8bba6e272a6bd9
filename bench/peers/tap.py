"""A Singer tap of plaid-api's feed, with Meltano's SDK: transactions, by pages."""

import os

from singer_sdk import RESTStream, Tap
from singer_sdk.pagination import BaseAPIPaginator
import requests

URL = os.environ["PEER_URL"]
AUTHORIZATION = {"Authorization": f"Bearer {os.environ['PEER_KEY']}"}


class Pages(BaseAPIPaginator):
    def has_more(self, response):
        return response.json()["has_more"]

    def get_next(self, response):
        return response.json()["next_cursor"]


class Transactions(RESTStream):
    name = "transactions"
    path = "/transactions/incremental"
    url_base = URL
    primary_keys = ("transaction_id",)
    replication_key = "updated_at"
    records_jsonpath = "$.transactions[*]"
    http_headers = AUTHORIZATION

    def __init__(self, tap):
        answer = requests.get(f"{URL}/schema/transactions", headers=AUTHORIZATION, timeout=30)
        super().__init__(tap, schema=answer.json()["json_schema"])

    def get_new_paginator(self):
        return Pages(None)

    def get_url_params(self, context, next_page_token):
        return {"limit": 5000, **({"cursor": next_page_token} if next_page_token else {})}


class TapPlaid(Tap):
    name = "tap-plaid"
    config_jsonschema = {"properties": {}}

    def discover_streams(self):
        return [Transactions(self)]


if __name__ == "__main__":
    TapPlaid.cli()

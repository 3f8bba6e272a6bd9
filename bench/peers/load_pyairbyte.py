"""PyAirbyte: a declarative source over plaid-api's feed, into its PostgreSQL cache."""

import os
from urllib.parse import unquote, urlsplit

import airbyte
import yaml
from airbyte.caches import PostgresCache

database = urlsplit(os.environ["PEER_DATABASE"])
with open(os.environ["PEER_MANIFEST"], encoding="utf8") as file:
    manifest = yaml.safe_load(file)
source = airbyte.get_source(
    "source-plaid",
    config={"base_url": os.environ["PEER_URL"], "api_key": os.environ["PEER_KEY"]},
    source_manifest=manifest,
    streams=["transactions"],
)
cache = PostgresCache(
    host=database.hostname,
    port=database.port,
    username=database.username,
    password=unquote(database.password or ""),
    database=database.path.lstrip("/"),
    schema_name=os.environ["PEER_SCHEMA"],
    cache_dir=os.environ["PEER_FOLDER"],
)
source.read(cache=cache, write_strategy="merge")

"""dlt from plaid-api's feed to PostgreSQL. Argument: append or merge."""

import os
import sys

import dlt
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

client = RESTClient(
    base_url=os.environ["PEER_URL"],
    auth=BearerTokenAuth(os.environ["PEER_KEY"]),
    data_selector="transactions",
    paginator=JSONResponseCursorPaginator(
        cursor_path="next_cursor", cursor_param="cursor", has_more_path="has_more"
    ),
)


@dlt.resource(primary_key="transaction_id", write_disposition=sys.argv[1], max_table_nesting=0)
def transactions():
    yield from client.paginate("/transactions/incremental", params={"limit": 5000})


pipeline = dlt.pipeline(
    pipeline_name=os.environ["PEER_SCHEMA"],
    pipelines_dir=os.environ["PEER_FOLDER"],
    destination=dlt.destinations.postgres(os.environ["PEER_DATABASE"]),
    dataset_name=os.environ["PEER_SCHEMA"],
)
pipeline.run(transactions()).raise_on_failed_jobs()

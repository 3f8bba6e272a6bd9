"""A stand-in for the Python server of Plaid's quickstart: its client, and its first call."""

import plaid
from plaid.api import plaid_api
from plaid.model.country_code import CountryCode
from plaid.model.link_token_create_request import LinkTokenCreateRequest
from plaid.model.link_token_create_request_user import LinkTokenCreateRequestUser
from plaid.model.products import Products

host = plaid.Environment.Sandbox
configuration = plaid.Configuration(host=host, api_key={"clientId": "any", "secret": "any"})
client = plaid_api.PlaidApi(plaid.ApiClient(configuration))

if __name__ == "__main__":
    request = LinkTokenCreateRequest(
        products=[Products(name) for name in "auth,transactions,signal".split(",")],
        client_name="Quickstart",
        country_codes=[CountryCode("US")],
        language="en",
        user=LinkTokenCreateRequestUser(client_user_id="user-id"),
    )
    print(client.link_token_create(request)["link_token"])

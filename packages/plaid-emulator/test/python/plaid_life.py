"""The whole life of an Item by plaid-python, unmodified, as an application would that follows
Plaid's documentation: link, exchange, sync, webhooks verified with PyJWT, a lost login and its
repair, a rotated token, the end. Prints one line a step; any surprise ends it with a traceback.
"""

import datetime
import hashlib
import hmac
import http.server
import json
import os
import queue
import threading
import time
import urllib.parse
import urllib.request

import jwt
import plaid
from plaid.api import plaid_api
from plaid.model.accounts_get_request import AccountsGetRequest
from plaid.model.country_code import CountryCode
from plaid.model.institutions_get_by_id_request import InstitutionsGetByIdRequest
from plaid.model.investments_holdings_get_request import InvestmentsHoldingsGetRequest
from plaid.model.investments_transactions_get_request import InvestmentsTransactionsGetRequest
from plaid.model.item_access_token_invalidate_request import ItemAccessTokenInvalidateRequest
from plaid.model.item_get_request import ItemGetRequest
from plaid.model.item_public_token_exchange_request import ItemPublicTokenExchangeRequest
from plaid.model.item_remove_request import ItemRemoveRequest
from plaid.model.liabilities_get_request import LiabilitiesGetRequest
from plaid.model.link_token_create_hosted_link import LinkTokenCreateHostedLink
from plaid.model.link_token_create_request import LinkTokenCreateRequest
from plaid.model.link_token_create_request_user import LinkTokenCreateRequestUser
from plaid.model.link_token_get_request import LinkTokenGetRequest
from plaid.model.link_token_transactions import LinkTokenTransactions
from plaid.model.products import Products
from plaid.model.sandbox_item_reset_login_request import SandboxItemResetLoginRequest
from plaid.model.sandbox_public_token_create_request import SandboxPublicTokenCreateRequest
from plaid.model.transactions_sync_request import TransactionsSyncRequest
from plaid.model.webhook_verification_key_get_request import WebhookVerificationKeyGetRequest

URL = os.environ["EMULATOR_URL"]
ADMIN_TOKEN = os.environ["EMULATOR_ADMIN_TOKEN"]
TODAY = os.environ["EMULATOR_TODAY"]
WAIT_SECONDS = 10

configuration = plaid.Configuration(host=URL, api_key={"clientId": "client", "secret": "secret"})
client = plaid_api.PlaidApi(plaid.ApiClient(configuration))
received = queue.Queue()


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        received.put((body, self.headers["Plaid-Verification"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def verify(body, token):
    """As plaid.com/docs/api/webhooks/webhook-verification says, step by step."""
    header = jwt.get_unverified_header(token)
    assert header["alg"] == "ES256", header
    request = WebhookVerificationKeyGetRequest(key_id=header["kid"])
    key = client.webhook_verification_key_get(request)["key"].to_dict()
    assert key["expired_at"] is None, key
    public = jwt.PyJWK({name: key[name] for name in ("kty", "crv", "x", "y", "alg", "use")})
    claims = jwt.decode(token, public.key, algorithms=["ES256"])
    assert claims["iat"] > time.time() - 5 * 60, claims
    digest = hashlib.sha256(body).hexdigest()
    assert hmac.compare_digest(digest, claims["request_body_sha256"])


def webhook(code):
    """The next webhook of this code; those before it are verified and passed over."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        body, token = received.get(timeout=max(0.01, until - time.monotonic()))
        verify(body, token)
        event = json.loads(body)
        if event["webhook_code"] == code:
            print(f"{code} came and is signed")
            return event


def advance(duration):
    request = urllib.request.Request(
        f"{URL}/emulator/commands",
        data=json.dumps({"advance": duration}).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {ADMIN_TOKEN}"},
    )
    urllib.request.urlopen(request).read()


def consent(link_url):
    form = {
        "institution_id": "ins_109508",
        "username": "user_good",
        "password": "pass_good",
        "action": "consent",
    }
    data = urllib.parse.urlencode(form).encode()
    assert urllib.request.urlopen(link_url, data=data).status == 200


def link(**more):
    return client.link_token_create(
        LinkTokenCreateRequest(
            client_name="Python",
            language="en",
            country_codes=[CountryCode("US")],
            user=LinkTokenCreateRequestUser(client_user_id="user"),
            hosted_link=LinkTokenCreateHostedLink(),
            **more,
        )
    )


def sync(access_token, cursor=""):
    added, modified, removed = [], [], []
    while True:
        page = client.transactions_sync(
            TransactionsSyncRequest(access_token=access_token, cursor=cursor, count=250)
        )
        added += page["added"]
        modified += page["modified"]
        removed += page["removed"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            return added, modified, removed, cursor


def refused(code, call, request):
    try:
        call(request)
    except plaid.ApiException as error:
        assert json.loads(error.body)["error_code"] == code, error.body
        print(f"{code} as expected")
        return
    raise AssertionError(f"{code} was expected")


def sandbox_item(institution_id, *products):
    created = client.sandbox_public_token_create(
        SandboxPublicTokenCreateRequest(
            institution_id=institution_id, initial_products=[Products(each) for each in products]
        )
    )
    exchanged = client.item_public_token_exchange(
        ItemPublicTokenExchangeRequest(public_token=created["public_token"])
    )
    return exchanged["access_token"]


def other_products():
    """Items made without Link, and what they hold and owe."""
    bank = client.institutions_get_by_id(
        InstitutionsGetByIdRequest(institution_id="ins_109510", country_codes=[CountryCode("US")])
    )["institution"]
    assert str(bank["connection_availability"]) == "SUPPORTED", bank
    investor = sandbox_item("ins_109510", "investments")
    held = client.investments_holdings_get(InvestmentsHoldingsGetRequest(access_token=investor))
    assert held["holdings"] and held["securities"]
    today = datetime.date.fromisoformat(TODAY)
    moved = client.investments_transactions_get(
        InvestmentsTransactionsGetRequest(
            access_token=investor, start_date=today - datetime.timedelta(days=365), end_date=today
        )
    )
    assert moved["investment_transactions"]
    debtor = sandbox_item("ins_109509", "liabilities")
    owed = client.liabilities_get(LiabilitiesGetRequest(access_token=debtor))["liabilities"]
    assert owed["credit"] and owed["mortgage"]
    for token in (investor, debtor):
        client.item_remove(ItemRemoveRequest(access_token=token))
    print("investments and liabilities")


def main():
    other_products()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hook = f"http://127.0.0.1:{server.server_port}/webhook"

    created = link(
        products=[Products("transactions")],
        transactions=LinkTokenTransactions(days_requested=730),
        webhook=hook,
    )
    consent(created["hosted_link_url"])
    finished = webhook("SESSION_FINISHED")
    session = client.link_token_get(LinkTokenGetRequest(link_token=created["link_token"]))
    result = session["link_sessions"][0]["results"]["item_add_results"][0]
    assert finished["public_tokens"] == [result["public_token"]]
    exchanged = client.item_public_token_exchange(
        ItemPublicTokenExchangeRequest(public_token=result["public_token"])
    )
    token, item_id = exchanged["access_token"], exchanged["item_id"]
    accounts = client.accounts_get(AccountsGetRequest(access_token=token))["accounts"]
    assert len(accounts) >= 2
    print(f"linked {item_id} with {len(accounts)} accounts")

    added, modified, removed, cursor = sync(token)
    assert len(added) > 1000 and not modified and not removed
    print(f"{len(added)} transactions")
    advance("3d")
    assert webhook("SYNC_UPDATES_AVAILABLE")["item_id"] == item_id
    added, _, _, cursor = sync(token, cursor)
    assert added
    print(f"{len(added)} more after three days")

    client.sandbox_item_reset_login(SandboxItemResetLoginRequest(access_token=token))
    assert webhook("ERROR")["error"]["error_code"] == "ITEM_LOGIN_REQUIRED"
    request = TransactionsSyncRequest(access_token=token, cursor=cursor)
    refused("ITEM_LOGIN_REQUIRED", client.transactions_sync, request)
    consent(link(access_token=token)["hosted_link_url"])
    item = client.item_get(ItemGetRequest(access_token=token))["item"]
    assert item["error"] is None
    print("the login is repaired")

    rotated = client.item_access_token_invalidate(
        ItemAccessTokenInvalidateRequest(access_token=token)
    )
    refused("INVALID_ACCESS_TOKEN", client.item_get, ItemGetRequest(access_token=token))
    token = rotated["new_access_token"]
    assert sync(token, cursor)[:3] == ([], [], [])
    client.item_remove(ItemRemoveRequest(access_token=token))
    refused("ITEM_NOT_FOUND", client.item_get, ItemGetRequest(access_token=token))
    server.shutdown()
    print("the end")


main()

"""Leads schemathesis past the emulator's door.

Random tokens only ever meet INVALID_ACCESS_TOKEN. So whatever an answer names (tokens, cursors,
accounts, dates) is kept by the name of its field, and most of the values that the next requests
have in a field of that name are replaced by one that was really given. And some requests are good
ones that the project's own suite knows, with a few of the generated fields put in. At the end it
writes how often each endpoint answered with which status.
"""

import atexit
import collections
import copy
import json
import os
import random

import schemathesis

KEPT_MAX = 200
REAL_SHARE = 0.8
GOOD_SHARE = 0.3
FIELD_SHARE = 0.2
GIVEN_AS = {
    "new_access_token": ["access_token"],
    "next_cursor": ["cursor"],
    "kid": ["key_id"],
    "date": ["start_date", "end_date"],
    "account_id": ["account_id", "account_ids"],
}
# What leaves an Item unusable, and so the token out of the game.
SPENT = {"ITEM_NOT_FOUND", "ITEM_LOGIN_REQUIRED", "INVALID_ACCESS_TOKEN"}

with open(os.environ["FUZZ_SEEDS"], encoding="utf-8") as file:
    SEEDS = json.load(file)
GOOD = SEEDS["good"]
kept = {
    name: collections.deque(values, maxlen=KEPT_MAX) for name, values in SEEDS["fields"].items()
}
counts = collections.Counter()
dice = random.Random(4)


def keep(name, value):
    for field in GIVEN_AS.get(name, [name]):
        if field in kept:
            kept[field].append([value] if field == "account_ids" else value)


def harvest(value):
    if isinstance(value, list):
        for each in value[:20]:
            harvest(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if isinstance(each, str) and each:
                keep(name, each)
            else:
                harvest(each)


def plant(value):
    if not isinstance(value, dict):
        return
    for name, each in value.items():
        if kept.get(name) and dice.random() < REAL_SHARE:
            value[name] = dice.choice(kept[name])
        else:
            plant(each)


def blend(generated, good):
    body = copy.deepcopy(good)
    for name, each in generated.items():
        if dice.random() < FIELD_SHARE:
            body[name] = each
    return body


@schemathesis.hook
def before_call(context, case, kwargs):
    if not isinstance(case.body, dict):
        return
    good = GOOD.get(case.operation.path)
    if good and dice.random() < GOOD_SHARE:
        case.body = blend(case.body, dice.choice(good))
    else:
        plant(case.body)


@schemathesis.hook
def after_call(context, case, response):
    counts[(case.operation.path, response.status_code)] += 1
    try:
        answer = response.json()
    except ValueError:
        return
    token = case.body.get("access_token") if isinstance(case.body, dict) else None
    tokens = kept["access_token"]
    if response.status_code == 200:
        harvest(answer)
    elif answer.get("error_code") in SPENT and token in tokens and len(tokens) > 1:
        tokens.remove(token)


@atexit.register
def report():
    rows = [[path, status, count] for (path, status), count in sorted(counts.items())]
    with open(os.environ["FUZZ_REPORT"], "w", encoding="utf-8") as file:
        json.dump(rows, file)

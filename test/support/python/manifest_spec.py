"""What a manifest says of itself, as a platform asks for it: its command `spec` tells only its own."""

import sys

import yaml
from airbyte_cdk.entrypoint import launch
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)

with open(sys.argv[1]) as file:
    manifest = yaml.safe_load(file)
source = ConcurrentDeclarativeSource(
    catalog=None, config={}, state=None, source_config=manifest
)
launch(source, ["spec"])

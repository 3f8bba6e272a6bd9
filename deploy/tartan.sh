#!/bin/sh
# The command line inside the image, where packages and Node.js are in place.
exec node --disable-warning=ExperimentalWarning -- /app/src/cli/main.ts "$@"

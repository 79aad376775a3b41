#!/bin/sh
# Runs the whole suite; arguments go to pytest. Makes its environment on first use.
# What needs a program that isn't here is skipped with the reason; VAHTA_REQUIRE_ALL=1 fails it.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/deploy/environment.sh"
environment requirements-dev.lock requirements.lock
cd "$here"
exec "$here/.venv/bin/python" -m pytest -n 2 --dist loadgroup "$@"

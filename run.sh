#!/bin/sh
# Runs vahta; without arguments the demo. Makes its environment on first use.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/deploy/environment.sh"
environment requirements.lock
[ $# -gt 0 ] || set -- demo
exec "$here/.venv/bin/python" -m vahta "$@"

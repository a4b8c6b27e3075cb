#!/usr/bin/env bash
# Set the environment up and run the checks.
#   scripts/test.sh [ARG ...]          style and the fast tests; arguments go to pytest
#   scripts/test.sh --slow [ARG ...]   the second tier: the tests that train
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup_env.sh
bin="${RASD_VENV:-.venv}/bin"
if [ "${1:-}" = "--slow" ]; then
  shift
  exec "$bin/python" -m pytest -m slow "$@"
fi
"$bin/ruff" check .
"$bin/ruff" format --check .
exec "$bin/python" -m pytest "$@"

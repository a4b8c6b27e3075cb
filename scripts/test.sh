#!/usr/bin/env bash
# Set the environment up and run the checks.
#   scripts/test.sh [ARG ...]          style and the fast tests; arguments go to pytest
#   scripts/test.sh --slow [ARG ...]   the second tier: the tests that train
# Tests run side by side, a process for each core up to four; `-n 0` runs them in one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup_env.sh
bin="${RASD_VENV:-.venv}/bin"
pytest=("$bin/python" -m pytest -n auto --maxprocesses 4 --dist loadfile)
# The models of the tests are too small for threads of their own beside the processes.
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
if [ "${1:-}" = "--slow" ]; then
  shift
  exec "${pytest[@]}" -m slow "$@"
fi
"$bin/ruff" check .
"$bin/ruff" format --check .
exec "${pytest[@]}" "$@"

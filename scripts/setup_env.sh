#!/usr/bin/env bash
# Make the environment that the other commands use: .venv with torch, the pinned versions of constraints.txt, and rasd
# itself, installed from this folder. Where everything is there already, it says so and stops within a second.
#   RASD_VENV=DIR  another folder than .venv       PYTHON=FILE  the Python to make it with (3.10 or newer)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv="${RASD_VENV:-.venv}"
python="$venv/bin/python"
stamp="$venv/rasd-setup.txt"
cpu_index="https://download.pytorch.org/whl/cpu"
network="Is there a network? Behind a proxy or a mirror, set pip up for it (https://pip.pypa.io/en/stable/topics/configuration/)."
log="$(mktemp)"
trap 'rm -f "$log"' EXIT

say() { echo "environment: $*"; }

fail() {
  say "FAILED: $1" >&2
  echo "  $2" >&2
  exit 1
}

# step WHAT HOW_TO_MEND COMMAND...: say what is done, keep the command quiet, show its last lines if it fails.
step() {
  local what="$1" mend="$2"
  shift 2
  say "$what"
  if ! "$@" >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail "$what" "$mend"
  fi
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; }

find_python() {
  local candidate
  if [ -n "${PYTHON:-}" ]; then
    is_new_enough "$PYTHON" || fail "PYTHON=$PYTHON" "It is not a Python of 3.10 or newer."
    echo "$PYTHON"
    return
  fi
  for candidate in python3 python3.13 python3.12 python3.11 python3.10 python; do
    if is_new_enough "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  fail "looking for Python" "rasd needs Python 3.10 or newer. Install one, or name it: PYTHON=/path/to/python3 $0"
}

make_venv() {
  if [ -x "$python" ] && is_new_enough "$python" && "$python" -m pip --version >/dev/null 2>&1; then
    return
  fi
  if [ -e "$venv" ] && [ ! -e "$venv/pyvenv.cfg" ] && [ -n "$(ls -A "$venv")" ]; then
    fail "making $venv" "It exists and is no Python environment: move it away, or choose another with RASD_VENV=DIR."
  fi
  local base
  base="$(find_python)"
  step "making $venv with $("$base" --version)" \
    "Where the module venv is missing, install it (Debian, Ubuntu: apt install python3-venv)." \
    "$base" -m venv --clear "$venv"
}

has_gpu() { command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L >/dev/null 2>&1; }

install_torch() {
  local version
  version="$(sed -n 's/^torch==//p' constraints.txt)"
  if "$python" -c "import importlib.metadata as m, sys; sys.exit(m.version('torch').split('+')[0] != '$version')" \
    2>/dev/null; then
    return
  fi
  if [ "$(uname -s)" = Linux ] && ! has_gpu; then
    say "installing torch $version for the CPU"
    if "$python" -m pip install --quiet --no-deps "torch==$version" --index-url "$cpu_index" --retries 0 --timeout 10 \
      >"$log" 2>&1; then
      return
    fi
    say "$cpu_index gave nothing; taking torch from where pip takes all else (this may bring CUDA's libraries)"
  fi
  step "installing torch $version" "$network" "$python" -m pip install --quiet -c constraints.txt "torch==$version"
}

make_venv
key="$(pwd -P) $("$python" --version) $(cat pyproject.toml constraints.txt | cksum)"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$key" ]; then
  say "$venv is ready"
  exit 0
fi
rm -f "$stamp"
# Older ones, such as Python 3.10 comes with, cannot install a pyproject.toml in place.
step "checking pip" "$network" "$python" -m pip install --quiet "pip>=22.3"
install_torch
step "installing rasd and what it needs" "$network If versions clash, make the environment anew: rm -rf $venv" \
  "$python" -m pip install --quiet -c constraints.txt -e ".[train,dev]"
echo "$key" >"$stamp"
say "$venv is ready"

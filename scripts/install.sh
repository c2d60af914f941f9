#!/usr/bin/env bash
# Build .venv from the hash-locked requirements (`make install`; with `dev` also what the tests need).
# It does nothing when the lock files are those of the last time; it never upgrades and never removes a package.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "make install: $*" >&2
  exit 1
}

is_python311() {
  "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1
}

find_python() {
  local candidate
  for candidate in ${PYTHON:-python3.11 python3 python /usr/bin/python3.11 /usr/local/bin/python3.11}; do
    if is_python311 "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  fail "no Python 3.11 found (tried ${PYTHON:-python3.11, python3, python}): install it (Debian: apt install python3.11 python3.11-venv;" \
    "macOS: brew install python@3.11; anywhere: pyenv install 3.11), or name it: make install PYTHON=/path/to/python3.11"
}

make_venv() {
  local python said
  python=$(find_python)
  said=$("$python" -m venv --clear .venv 2>&1) && .venv/bin/python -m pip --version >/dev/null 2>&1 && return
  rm -rf .venv
  fail "$python cannot make a virtual environment with pip in it: install the missing part (Debian: apt install python3.11-venv) and" \
    "run make again${said:+; it said: $(echo "$said" | tail -n 1)}"
}

# uv does not read pip's configuration: whoever told pip about a mirror need not tell uv again.
follow_pip_mirror() {
  local url
  [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ] || return 0
  url=$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)
  url=${PIP_INDEX_URL:-$url}
  [ -z "$url" ] || export UV_DEFAULT_INDEX="$url"
}

install_locked() {
  local file arguments=()
  for file in "$@"; do arguments+=(-r "$file"); done
  echo "make install: $* into .venv (a minute the first time)" >&2
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt ||
    fail "pip could not install uv; is the package index reachable?"
  follow_pip_mirror
  # Compiled once here, not by every Airflow process: importing Airflow takes 1.5 s instead of 8 s of processor time.
  VIRTUAL_ENV="$PWD/.venv" .venv/bin/uv pip install --quiet --require-hashes --compile-bytecode "${arguments[@]}" ||
    fail "the locked packages could not be installed; is the package index reachable?"
}

install_vectora() {
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ||
    fail "vectora itself could not be installed"
}

# The folder is part of it: the commands in a .venv carry its absolute path.
stamp_of() {
  echo "$(cat pyproject.toml scripts/install.sh "$@" | cksum) in $PWD"
}

usable_venv() {
  is_python311 .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1 || return 1
  [ ! -f .venv/.installed ] || [[ "$(cat .venv/.installed)" == *" in $PWD" ]]
}

# One at a time: two makes in one folder must not build the same .venv.
if [ "${VECTORA_INSTALL_LOCKED:-}" = "" ] && command -v flock >/dev/null; then
  mkdir -p .vectora
  VECTORA_INSTALL_LOCKED=1 exec flock .vectora/install.lock bash scripts/install.sh "$@"
fi

files=(requirements.txt)
stamp=.venv/.installed
if [ "${1:-}" = dev ]; then
  files+=(requirements-distributed.txt requirements-dev.txt)
  stamp=.venv/.installed-dev
fi
wanted=$(stamp_of requirements-uv.txt "${files[@]}")
if [ "$(cat "$stamp" 2>/dev/null || true)" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
  exit 0
fi

usable_venv || make_venv
install_locked "${files[@]}"
install_vectora
stamp_of requirements-uv.txt requirements.txt >.venv/.installed
echo "$wanted" >"$stamp"

#!/usr/bin/env bash
# Compile the lock files from pyproject.toml (`make lock`): exact versions with hashes, no index, no host, no path of this machine.
# It does not install anything; `make install` and `make test` do.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
  .venv/bin/uv pip compile --quiet "${upgrade[@]}" --python-version 3.11 --universal --fork-strategy fewest --generate-hashes --no-header --no-emit-index-url "$@"
}

upgrade=()
[ "${UPGRADE:-}" = "" ] || upgrade=(--upgrade)
export UV_CUSTOM_COMPILE_COMMAND="make lock"

compile pyproject.toml --extra stack --output-file requirements.txt
compile --group distributed --constraint requirements.txt --output-file requirements-distributed.txt
compile --group dev --constraint requirements.txt --constraint requirements-distributed.txt --output-file requirements-dev.txt
echo "uv" | compile --no-annotate - --output-file requirements-uv.txt

#!/usr/bin/env bash
# Make sure of the programs that come from the system: a Chromium, and nginx (`make test`; name only some: system-packages.sh chromium).
# It installs what is missing where it may (root on Debian), starts no service, and otherwise says what to install.
set -euo pipefail
cd "$(dirname "$0")/.."

LOCK_SECONDS=180
INSTALL_SECONDS=600
PATH=$PATH:/usr/sbin:/usr/local/sbin # Debian's nginx

has() {
  local name
  for name in "$@"; do
    if command -v "$name" >/dev/null; then return; fi
  done
  return 1
}

is_there() {
  case "$1" in
    chromium) has chromium chromium-browser google-chrome google-chrome-stable ;;
    nginx) has nginx ;;
    *)
      echo "system-packages.sh: $1 is none of its packages: name chromium or nginx, or nothing for both" >&2
      exit 2
      ;;
  esac
}

find_missing() {
  local package
  missing=()
  for package in "$@"; do
    is_there "$package" || missing+=("$package")
  done
}

# The two variables keep the package from starting the server: sysvinit takes it for single user, systemd is not asked.
apt() {
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 SYSTEMD_OFFLINE=1 timeout "$INSTALL_SECONDS" \
    apt-get -qq -o DPkg::Lock::Timeout="$LOCK_SECONDS" "$@" </dev/null >/dev/null
}

# apt waits for the lock of the installation, but not for that of its lists.
update_lists() {
  local until=$((SECONDS + LOCK_SECONDS))
  until apt update; do
    [ "$SECONDS" -lt "$until" ] || return 1
    sleep 5
  done
}

install_missing() {
  echo "installing ${missing[*]} (apt-get, a minute)" >&2
  apt install --no-install-recommends --yes "${missing[@]}" 2>/dev/null ||
    { update_lists && apt install --no-install-recommends --yes "${missing[@]}"; } || return 1
  if [[ " ${missing[*]} " == *" nginx "* ]]; then
    { invoke-rc.d nginx stop && update-rc.d nginx disable; } >/dev/null 2>&1 || true # nor at the next boot
  fi
}

[ $# -gt 0 ] || set -- chromium nginx
find_missing "$@"
[ ${#missing[@]} -gt 0 ] || exit 0

# One at a time; whoever waited looks again.
if [ "${VECTORA_PACKAGES_LOCKED:-}" = "" ] && has flock; then
  mkdir -p .vectora
  VECTORA_PACKAGES_LOCKED=1 exec flock --timeout "$INSTALL_SECONDS" --conflict-exit-code 0 .vectora/packages.lock bash scripts/system-packages.sh "$@"
fi

if [ "$(id -u)" = 0 ] && has apt-get && install_missing; then exit 0; fi
echo "not installed, and what needs them will fail: ${missing[*]}. Install them (Debian: sudo apt-get install" \
  "--no-install-recommends ${missing[*]}; elsewhere: Chromium or Chrome, and nginx, on the PATH)" >&2

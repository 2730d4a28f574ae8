#!/usr/bin/env bash
# Makes or completes .venv from uv.lock with nothing but python3 and a package index.
#
#   scripts/bootstrap.sh [dev] [train]     no group: what a camera or Serve node runs
#
# Groups add up: asking for less than is installed removes nothing. When neither uv.lock nor the
# groups changed it does no work at all.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv
stamp=$venv/.vigia-synced # first line: hash of the lock; second: groups installed

fail() {
    echo "bootstrap: $*" >&2
    exit 2
}

for group in "$@"; do
    case $group in dev | train) ;; *) fail "unknown group '$group' (dev, train)" ;; esac
done

usable_python() {
    local candidate
    for candidate in python3 python3.12 python3.11; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' \
            2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "needs python3 3.11 or 3.12 with venv (Debian: apt-get install python3-venv)"
}

lock_hash() { sha256sum uv.lock | cut -d' ' -f1; }

installed_groups() {
    if [[ -f $stamp ]]; then sed -n 2p "$stamp"; fi
}

union() { printf '%s\n' "$@" | tr ' ' '\n' | sort -u | grep . | paste -sd' ' || true; }

is_current() {
    [[ -x $venv/bin/python && -f $stamp && $(sed -n 1p "$stamp") == "$(lock_hash)" ]] &&
        [[ $(installed_groups) == "$wanted" ]]
}

# Two makes at once (a demo beside the tests) must not write one .venv together.
if command -v flock >/dev/null && [[ ${VIGIA_BOOTSTRAP_LOCKED:-} != 1 ]]; then
    mkdir -p .local
    VIGIA_BOOTSTRAP_LOCKED=1 exec flock .local/bootstrap.lock "$0" "$@"
fi

wanted=$(union "$@" "$(installed_groups)")
is_current && exit 0

if [[ ! -x $venv/bin/python ]]; then
    python=$(usable_python)
    echo "bootstrap: $venv with $("$python" --version)" >&2
    "$python" -m venv "$venv"
fi
if ! "$venv/bin/python" -m uv --version >/dev/null 2>&1; then
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip --upgrade >&2
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check uv >&2
fi

options=(--frozen --inexact --no-default-groups)
[[ -t 2 ]] || options+=(--quiet) # without a terminal there is no bar, only a list of 180 names
for group in $wanted; do options+=(--group "$group"); done
echo "bootstrap: installing what uv.lock names (runtime${wanted:+ }$wanted)" >&2
UV_PROJECT_ENVIRONMENT=$venv VIRTUAL_ENV=$PWD/$venv \
    "$venv/bin/python" -m uv sync "${options[@]}" >&2
printf '%s\n%s\n' "$(lock_hash)" "$wanted" >"$stamp"

#!/usr/bin/env bash
# Installs the Debian packages that a target needs and this machine lacks.
#
#   scripts/debian-packages.sh demo|test [--print]
#
# Through apt as root or with passwordless sudo; else one line says what to install (exit 2).
# --print only lists what is missing. Services of Debian's own are not started: the product and its
# tests run private ones.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    echo "debian-packages: $*" >&2
    exit 2
}

set_name=${1:-}
[[ $set_name == demo || $set_name == test ]] || fail "say which set: demo or test"

oldest_postgres=15 # the oldest release that the schema is tested on

have_postgis() {
    local control major
    for control in /usr/share/postgresql/*/extension/postgis.control; do
        major=${control#/usr/share/postgresql/}
        major=${major%%/*}
        [[ -f $control && $major -ge $oldest_postgres && -x /usr/lib/postgresql/$major/bin/initdb ]] && return 0
    done
    return 1
}

have() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

# Newest PostgreSQL >= 15 that apt offers together with PostGIS; 15 where the lists are empty.
postgres_packages() {
    local major
    major=$(apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' 2>/dev/null |
        sed -n 's/^postgresql-\([0-9]*\)-postgis-3 .*/\1/p' | sort -n | tail -n 1)
    [[ -n $major && $major -ge $oldest_postgres ]] || major=$oldest_postgres
    echo "postgresql-$major postgresql-$major-postgis-3"
}

missing() {
    local package
    have_postgis || postgres_packages
    local wanted=(fonts-dejavu-core gir1.2-gst-rtsp-server-1.0 python3-gi
        gstreamer1.0-plugins-good gstreamer1.0-plugins-bad)
    [[ $set_name == demo ]] || wanted+=(redis-server rabbitmq-server chromium)
    for package in "${wanted[@]}"; do have "$package" || echo "$package"; done
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    [[ ${2:-} == --print ]] && exit 0
    echo "debian-packages: not a Debian system; needed here: PostgreSQL >= 15 with PostGIS 3," \
        "DejaVu fonts, GStreamer's RTSP server with its Python binding$(
            [[ $set_name == demo ]] || echo ', redis-server, rabbitmq-server, chromium'
        )" >&2
    exit 0
fi

read -ra packages <<<"$(missing | tr '\n' ' ')"
[[ ${2:-} == --print ]] && { echo "${packages[*]:-}"; exit 0; }
[[ ${#packages[@]} -eq 0 ]] && exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then
    sudo -n true 2>/dev/null || fail "install these first: sudo apt-get install ${packages[*]}"
    as_root=(sudo -n)
fi

apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >&2; }

offered() {
    local package
    for package in "$@"; do
        apt-cache policy "$package" 2>/dev/null | grep -q 'Candidate: [^(]' || return 1
    done
}

policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi

if ! offered "${packages[@]}"; then
    apt update
    read -ra packages <<<"$(missing | tr '\n' ' ')" # the lists may now offer a newer PostgreSQL
fi
echo "debian-packages: installing ${packages[*]}" >&2
install() { apt install -y --no-install-recommends "${packages[@]}"; }
# Stale lists name versions that the mirror no longer has: refresh once and try again.
install || { apt update && install; } || fail "apt could not install: ${packages[*]}"

# Sourced by the scripts beside it: where we are, what we say, what must be installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD

step() { printf '\n==> %s\n' "$*" >&2; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else fail "This needs root to install packages: run it as root or install sudo."
    fi
}

# install_packages NAME…: installs what is missing, and asks the network only if something is.
install_packages() {
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f='${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
    done
    [ ${#missing[@]} = 0 ] && return
    step "Installing ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# What a build needs; npm brings the explorer's assets, and the build does without it.
build_packages=(g++ cmake ninja-build ccache libboost1.81-dev libboost-filesystem1.81-dev nlohmann-json3-dev libcli11-dev
    libspdlog-dev libfmt-dev libsqlite3-dev libpcre2-dev zlib1g-dev libzstd-dev libssl-dev libnghttp2-dev libsodium-dev libcrypt-dev
    libcurl4-openssl-dev libpq-dev libmariadb-dev libmongoc-dev ca-certificates)
install_build_packages() {
    install_packages "${build_packages[@]}"
    command -v npm >/dev/null || install_packages npm || step "No npm: the explorer page will say that its assets are missing"
}

# build PRESET [TARGET…]
build() {
    local preset=$1; shift
    step "Configuring $preset"
    cmake --preset "$preset" >"$root/build/$preset.configure.log" 2>&1 || { cat "$root/build/$preset.configure.log" >&2; return 1; }
    step "Building $preset"
    cmake --build --preset "$preset" ${1:+--target "$@"}
}
mkdir -p "$root/build"

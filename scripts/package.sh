#!/usr/bin/env bash
# Builds release and makes a Debian package of it: build/release/mtg_<version>_<architecture>.deb
#   scripts/package.sh            then: apt-get install ./build/release/mtg_*.deb
#   scripts/package.sh --check    and has lintian look at it
. "$(dirname "$0")/lib.sh"

install_build_packages
install_packages dpkg-dev file
build release
step "Packing"
rm -f build/release/mtg_*.deb
(cd build/release && cpack >package.log 2>&1) || { tail -n 40 build/release/package.log >&2; fail "cpack failed: build/release/package.log"; }
package=$(echo build/release/mtg_*.deb)
if [ "${1:-}" = --check ]; then
    install_packages lintian
    step "lintian"
    lintian --fail-on error,warning --tag-display-limit 0 "$package"
fi
echo "$package"

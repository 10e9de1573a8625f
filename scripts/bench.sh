#!/usr/bin/env bash
# Builds release and prints the figures of docs/PERFORMANCE.md.  scripts/bench.sh [--rounds N] [--seconds S] [--tenants N] [--json FILE]
. "$(dirname "$0")/lib.sh"
install_build_packages
install_packages python3 wrk
build release
MT_BIN=$root/build/release/bin exec python3 tests/bench/bench.py "$@"

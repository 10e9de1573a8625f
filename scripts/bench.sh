#!/usr/bin/env bash
# Builds release and prints figures of docs/PERFORMANCE.md.
#   scripts/bench.sh [--rounds N] [--seconds S] [--tenants N] [--json FILE]      this project alone
#   scripts/bench.sh --peers [--rounds N] [--seconds S] [--json FILE]            beside LoopBack 3, and nginx with uWSGI
. "$(dirname "$0")/lib.sh"
install_build_packages
install_packages python3 wrk
program=bench.py
if [ "${1:-}" = --peers ]; then
    shift
    program=peers.py
    install_packages nodejs nginx-light uwsgi-core uwsgi-plugin-python3
fi
build release
MT_BIN=$root/build/release/bin exec python3 "tests/bench/$program" "$@"

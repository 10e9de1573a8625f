#!/usr/bin/env bash
# Builds release and prints figures of docs/PERFORMANCE.md.
#   scripts/bench.sh [--rounds N] [--seconds S] [--tenants N] [--json FILE]      this project alone
#   scripts/bench.sh --peers [--rounds N] [--seconds S] [--json FILE]            beside LoopBack 3, and nginx with uWSGI
#   scripts/bench.sh --fleet [--tenants N] [--resident N] [--json FILE]          ten thousand tenants, a thousand of them running
#   scripts/bench.sh --chaos [--seconds S] [--rate N] [--json FILE]              kill -9 under load
#   scripts/bench.sh --data [--tenants N] [--rows N] [--json FILE]               migrations of a fleet, a million rows out and in
. "$(dirname "$0")/lib.sh"
install_build_packages
install_packages python3 wrk
program=bench.py
targets=()  # all
case "${1:-}" in
    --peers)
        shift
        program=peers.py
        install_packages nodejs nginx-light uwsgi-core uwsgi-plugin-python3 ;;
    --fleet | --chaos | --data)
        program=${1#--}.py
        shift
        targets=(mtg mtm tenant-app) ;;
esac
build release "${targets[@]}"
MT_BIN=$root/build/release/bin exec python3 "tests/bench/$program" "$@"

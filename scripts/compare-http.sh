#!/usr/bin/env bash
# Runs the table of raw-socket cases (tests/conformance/http) against this gateway, nginx and HAProxy and prints what passed.
#   scripts/compare-http.sh [-v] [--group NAME]
. "$(dirname "$0")/lib.sh"
install_build_packages
install_packages python3 nginx-light haproxy
build dev proxy_driver
for front in mtg nginx haproxy; do
    python3 tests/conformance/http/run.py --front "$front" "$@" | grep -v '^FAILED' || true
done

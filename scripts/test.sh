#!/usr/bin/env bash
# Installs what is needed, builds, and runs all tests.
#   scripts/test.sh             the dev build: unit, component, system, conformance, tidy     (under 12 minutes on 2 cores)
#   scripts/test.sh --deep      the same under asan+ubsan and tsan, then every fuzz target
#   scripts/test.sh -L unit     any further arguments go to ctest
. "$(dirname "$0")/lib.sh"

test_packages=(doctest-dev curl openssl python3 chromium chromium-driver wrk procps nghttp2-client)
deep_packages=(clang libclang-rt-14-dev)
fuzz_seconds=${FUZZ_SECONDS:-40}

# A WebSocket client and server, pinned. Without npm that test is skipped.
install_websocket() {
    command -v npm >/dev/null || return 0
    local folder=build/websocket
    cmp -s tests/support/websocket/package-lock.json "$folder/package-lock.json" && [ -d "$folder/node_modules/ws" ] && return 0
    step "Installing ws from npm"
    mkdir -p "$folder"
    cp tests/support/websocket/package.json tests/support/websocket/package-lock.json "$folder"
    npm ci --prefix "$folder" --no-audit --no-fund --silent || step "No ws: the WebSocket test will be skipped"
}

run_tests() {  # PRESET [ctest arguments]
    local preset=$1; shift
    step "Testing $preset"
    ctest --test-dir "build/$preset" --output-on-failure --progress -j2 "$@"
}

if [ "${1:-}" = --deep ]; then
    shift
    install_build_packages
    install_packages "${test_packages[@]}" "${deep_packages[@]}"
    install_websocket
    # A leak is a finding. The supervisor clones with shared memory to start a worker, which tsan takes for a fork.
    export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS="halt_on_error=1 die_after_fork=0"
    for preset in asan tsan; do
        build "$preset"
        run_tests "$preset" -LE 'tidy|browser|install' "$@"
    done
    build fuzz
    step "Fuzzing each target for $fuzz_seconds s"
    for target in build/fuzz/tests/*_fuzz; do
        name=$(basename "$target")
        corpus=$(mktemp -d)
        "$target" -max_total_time="$fuzz_seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 \
            "$corpus" "tests/fuzz/corpus/$name" || fail "$name found something: see above"
        rm -rf "$corpus"
        echo "$name: nothing found in $fuzz_seconds s"
    done
else
    install_build_packages
    install_packages "${test_packages[@]}"
    install_websocket
    build dev
    run_tests dev "$@"
fi

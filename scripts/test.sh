#!/usr/bin/env bash
# Installs what is needed, builds, and runs all tests.
#   scripts/test.sh             the dev build: unit, component, system, conformance, tidy     (under 12 minutes on 2 cores)
#   scripts/test.sh --deep      the same under asan+ubsan and tsan, then every fuzz target, and the package in a bare system
#   scripts/test.sh -L unit     any further arguments go to ctest
. "$(dirname "$0")/lib.sh"

test_packages=(doctest-dev curl openssl python3 chromium chromium-driver wrk procps nghttp2-client groff-base zsh fish
    mariadb-server-core mariadb-client-core)
package_packages=(dpkg-dev file lintian)
deep_packages=(clang libclang-rt-14-dev mmdebstrap systemd-container)
fuzz_runs=${FUZZ_RUNS:-1000000}

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

# The package makes and starts a cluster of its own unless it is told not to; the tests make theirs.
install_postgresql() {
    compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null && return
    local order=/etc/postgresql-common/createcluster.d/mtg-tests.conf
    as_root mkdir -p "$(dirname "$order")"
    printf 'create_main_cluster = false\n' | as_root tee "$order" >/dev/null
    install_packages postgresql
    as_root rm -f "$order"
}

# The package starts a pooler of its own unless its unit is masked; the tests start theirs.
install_pgbouncer() {
    ! command -v pgbouncer >/dev/null && [ ! -x /usr/sbin/pgbouncer ] || return 0
    local unit=/etc/systemd/system/pgbouncer.service
    [ -e "$unit" ] || { as_root mkdir -p "${unit%/*}"; as_root ln -s /dev/null "$unit"; }
    install_packages pgbouncer
    [ "$(readlink "$unit")" != /dev/null ] || as_root rm -f "$unit"
}

# A server that speaks MongoDB's protocol, pinned; Debian has none. Unoptimised, which halves the time of its build.
install_ferretdb() {
    command -v go >/dev/null || { step "No Go: the tests with MongoDB will be skipped"; return 0; }
    local source=tests/support/ferretdb folder=build/ferretdb sum
    sum=$(cat "$source/go.mod" "$source/go.sum" "$source/main.go" | sha256sum)
    [ -x "$folder/ferretdb" ] && [ "$(cat "$folder/sum" 2>/dev/null)" = "$sum" ] && return 0
    step "Building FerretDB"
    mkdir -p "$folder"
    (cd "$source" && go build -buildvcs=false -p 2 -trimpath -tags ferretdb_no_postgresql -gcflags='all=-N -l' -ldflags='-s -w' \
        -o "$root/$folder/ferretdb" .) && printf '%s\n' "$sum" >"$folder/sum" ||
        step "No FerretDB: the tests with MongoDB will be skipped"
}

run_tests() {  # PRESET [ctest arguments]
    local preset=$1; shift
    step "Testing $preset"
    ctest --test-dir "build/$preset" --output-on-failure --progress -j2 "$@"
}

fuzz() {  # TARGET
    local name corpus log
    name=$(basename "$1")
    corpus=$(mktemp -d)
    log=$corpus.log
    # Short stacks, little memory kept back and no weighing of the corpus: a third less time.
    if ASAN_OPTIONS=malloc_context_size=2:quarantine_size_mb=8 \
        "$1" -runs="$fuzz_runs" -entropic=0 -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1 \
        "$corpus" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
        echo "$name: nothing found in $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs, ${SECONDS} s"
        rm -rf "$corpus" "$log"
    else
        tail -n 60 "$log"
        echo "$name found something; the input is above or in $PWD"
        return 1
    fi
}

if [ "${1:-}" = --deep ]; then
    shift
    install_build_packages
    install_packages "${test_packages[@]}" "${package_packages[@]}" "${deep_packages[@]}"
    install_postgresql
    install_pgbouncer
    install_websocket
    install_ferretdb
    export MT_DURABILITY_ROUNDS=100
    # A leak is a finding.
    export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1
    for preset in asan tsan; do
        build "$preset"
        run_tests "$preset" -LE 'tidy|browser|install' -E '^package$' "$@"
    done
    build dev
    MT_DEEP=1 run_tests dev -R '^package$'
    targets=(tests/fuzz/*_fuzz.cpp)
    targets=("${targets[@]##*/}")
    build fuzz "${targets[@]%.cpp}"
    step "Fuzzing each target $fuzz_runs times"
    export -f fuzz; export fuzz_runs
    [ ! -w /dev/shm ] || export TMPDIR=/dev/shm  # model_fuzz writes its input to files
    # It takes as long as all others together, hence first.
    printf '%s\n' build/fuzz/tests/model_fuzz build/fuzz/tests/*_fuzz | awk '!seen[$0]++' | xargs -P2 -I{} bash -c 'fuzz {}' || fail "A fuzz target found something: see above"
else
    install_build_packages
    install_packages "${test_packages[@]}" "${package_packages[@]}"
    install_postgresql
    install_pgbouncer
    install_websocket
    install_ferretdb
    build dev
    run_tests dev "$@"
fi

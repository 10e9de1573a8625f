#!/usr/bin/env bash
# Installs what is needed, builds mtg, starts the gateway and makes two demo tenants if there are none.
#   scripts/run.sh                    in the background, at http://localhost:9000
#   scripts/run.sh --listen 9100      elsewhere; any options of `mtg start`
#   scripts/run.sh --foreground       until Ctrl-C
# MTG_TENANTS names another tenants folder than tenants/ here. If a gateway runs there already, it is restarted.
case " $* " in *" --help "* | *" -h "*) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
. "$(dirname "$0")/lib.sh"

foreground=
if [ "${1:-}" = --foreground ]; then foreground=yes; shift; fi

install_build_packages
build release

export PATH="$root/build/release/bin:$PATH"
tenants=${MTG_TENANTS:-$root/tenants}
export MTG_TENANTS=$tenants

has_tenants() { [ -n "$(find "$tenants" -mindepth 1 -maxdepth 1 -type d -name '[a-z0-9]*' -print -quit 2>/dev/null)" ]; }
add_demo_tenants() {
    step "Creating the demo tenants foo and bar"
    mtm add foo bar
    mtm model foo:Customer name:string! email:string age:number
    mtm model foo:Order description:string! total:number date:date customer:belongsTo:Customer
    mtm model extend foo:Customer orders:hasMany:Order
    mtm model bar:Customer
    mtm model bar:Product name:string! price:number
    mtm model bar:Review text:string! stars:number
}

# The first address that the gateway really listens on, as one types it into a browser.
address() {
    mtg status --json | sed -n 's/.*"listen":\["\([^"]*\)".*/\1/p' |
        sed 's/^\(127\.0\.0\.1\|0\.0\.0\.0\|\[::\]\|\[::1\]\):/localhost:/; s/^/http:\/\//'
}

if mtg status >/dev/null 2>&1; then
    [ -z "$foreground" ] || fail "A gateway runs on $tenants already: end it with 'mtg stop' (build/release/bin), then try again."
    step "A gateway is running on this folder: restarting it with what was just built"
    mtg restart "$@" >/dev/null
else
    step "Starting the gateway"
    mtg start -d "$@" >/dev/null
fi
has_tenants || add_demo_tenants

address=$(address)
if [ -n "$foreground" ]; then mtg stop >/dev/null 2>&1; fi
cat <<TEXT

mtg is at $address. Try:
  curl $address/foo
  curl -X POST -H 'content-type: application/json' -d '{"name":"Ann"}' $address/foo/api/Customers
  curl "$address/foo/api/Customers?filter=%7B%22include%22:%22orders%22%7D"
  a browser at $address/foo/explorer

The programs are in build/release/bin; mtm and mtg work on the folder tenants/ of where they are typed:
  export PATH="$root/build/release/bin:\$PATH" MTG_TENANTS="$tenants"
  mtm list        what runs                mtm add third      one more tenant, live
  mtg status      the gateway              mtg stop           drain and stop everything
TEXT
if [ -n "$foreground" ]; then exec mtg start "$@"; fi

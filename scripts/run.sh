#!/usr/bin/env bash
# Installs what is needed, builds mtg, creates two demo tenants if there are none, starts the gateway on port 9000.
#   scripts/run.sh [--foreground] [options of `mtg start`]      MTG_TENANTS names another tenants folder
. "$(dirname "$0")/lib.sh"

background=-d
if [ "${1:-}" = --foreground ]; then background=; shift; fi

install_build_packages
build release

export PATH="$root/build/release/bin:$PATH"
tenants=${MTG_TENANTS:-$root/tenants}
export MTG_TENANTS=$tenants

has_tenants() { [ -n "$(find "$tenants" -mindepth 1 -maxdepth 1 -type d -name '[a-z0-9]*' -print -quit 2>/dev/null)" ]; }
if ! has_tenants; then
    step "Creating the demo tenants foo and bar"
    mtm add foo bar
    mtm model foo:Customer name:string! email:string age:number
    mtm model foo:Order description:string! total:number date:date customer:belongsTo:Customer
    mtm model extend foo:Customer orders:hasMany:Order
    mtm model bar:Customer
    mtm model bar:Product name:string! price:number
    mtm model bar:Review text:string! stars:number
fi

if mtg status >/dev/null 2>&1; then
    step "A gateway is running on this folder: restarting it with what was just built"
    mtg restart >/dev/null
elif [ -n "$background" ]; then
    step "Starting the gateway"
    mtg start -d "$@" >/dev/null
fi

address=http://localhost:9000
[ -z "$background" ] || address=$(mtm url --base 2>/dev/null || echo "$address")
cat <<TEXT

mtg is at $address. Try:
  curl $address/foo
  curl -X POST -H 'content-type: application/json' -d '{"name":"Ann"}' $address/foo/api/Customers
  curl "$address/foo/api/Customers?filter=%7B%22include%22:%22orders%22%7D"
  a browser at $address/foo/explorer

The programs are in build/release/bin:
  export PATH="$root/build/release/bin:\$PATH"
  mtm list        what runs                mtm add third      one more tenant, live
  mtg status      the gateway              mtg stop           drain and stop everything
TEXT
[ -n "$background" ] || exec mtg start "$@"

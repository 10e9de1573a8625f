#pragma once
#include <boost/asio/io_context.hpp>

#include "tenant-app/connectors/server/settings.hpp"

namespace mt::app::postgresql {

enum class PlaceAction : std::uint8_t {
    make,    ///< roles, schema, tables, the registry's row
    plan,    ///< what `tables` would make
    tables,  ///< what the models lack, as the owner
    shelve,  ///< nobody logs in any more
    unshelve,
    drop,    ///< all of it; of a place with a token only if the registry knows it by that token
};

struct PlaceOrder {
    PlaceAction action;
    server::Settings login;     ///< the operator's; `datasource` is the server's name in mtg.json
    server::TenantPlace place;
    std::string datasource;     ///< of the tenant, for errors about its tables
    std::vector<const Model*> models;
};

/// What was done, or would be.
struct PlaceDone {
    bool there = true;               ///< false: the registry has no such place, nothing was done
    std::vector<std::string> steps;  ///< statements that make tables
};

/// Each action is one transaction, but for sessions that are ended behind it; whoever is killed leaves all or nothing. A
/// database of its own is made and dropped in steps, since a transaction cannot: the registry's row comes first and goes
/// last, so that `drop` finds what is there of it.
/// Runs `io`. Fails with conflict (a role or schema of that name is there), invalid_config (the models do not fit the
/// tables), and as Engine::open() and Session::run().
Result<PlaceDone> provision(boost::asio::io_context& io, const PlaceOrder& order);

}  // namespace mt::app::postgresql

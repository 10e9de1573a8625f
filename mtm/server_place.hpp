#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "mtm/command.hpp"
#include "mtm/place_journal.hpp"

namespace mt::mtm {

/// What a tenant has on a database server, made with the operator's login: docs/TENANCY.md.
struct ServerPlace {
    std::string datasource;  ///< of the tenant
    std::string server;      ///< its name in mtg.json
    std::string key, tenancy;  ///< as in tenant.json, as in datasources.json
};

/// What a tenant's folder says it has; nothing for most. Fails with invalid_config.
Result<std::optional<ServerPlace>> place_of(const std::filesystem::path& folder);

/// What `mtm add` was asked for. Fails with usage, invalid_config: before anything is begun.
struct PlaceWish {
    std::string server, tenancy;
};
Result<PlaceWish> read_wish(const Session& session, const Arguments& arguments);

/// The data source "db" of the folder in .staging, whose tenant.json has a key, becomes one on the server: settings, login and a
/// password of its own. Nothing is done on the server yet.
Status write_place(const Session& session, const std::filesystem::path& staged, const PlaceWish& wish);

/// A journalled change of a tenant's place. The caller holds the tenant's lock. Unless commit() is called, which is done behind the
/// commit point, the end of the object settles it by what the folder says.
class PlaceChange {
public:
    /// Does `op`: make (from the folder in .staging), shelve, unshelve. `drop` is only noted: commit() does it, behind
    /// the commit point. Without a place in `folder` nothing is done, then or later.
    static Result<PlaceChange> begin(const Session& session, const TenantId& id, const std::filesystem::path& folder,
                                     const std::string& op);
    /// For a tenant that has no place.
    static PlaceChange none(const Session& session) { return PlaceChange{session}; }
    PlaceChange(PlaceChange&& other) noexcept
        : session_(other.session_), entry_(std::exchange(other.entry_, std::nullopt)) {}
    PlaceChange& operator=(PlaceChange&&) = delete;
    ~PlaceChange();

    /// Whether there is something on a server.
    bool there() const { return entry_.has_value(); }
    Status commit();

private:
    explicit PlaceChange(const Session& session) : session_(&session) {}

    const Session* session_;
    std::optional<JournalEntry> entry_;
};

/// The tables that the models of `folder` want and the tenant's place lacks; they are made, unless it is a `plan`. Nothing for a
/// tenant without a place. The caller holds the lock if `folder` is not the tenant's own.
Result<std::vector<std::string>> make_tables(const Session& session, const TenantId& id,
                                             const std::filesystem::path& folder, bool plan);

/// The input of `tenant-app … provision tables` or `plan`, for who runs such jobs himself. Fails with usage, invalid_config.
Result<Fd> order_for_tables(const Session& session, const TenantId& id, const ServerPlace& place);

/// What killed programs have left half done on servers is settled. What cannot be (a server is away) is said, and waits for the
/// next one.
void settle_places(const Session& session);
/// One of them, whose tenant nobody works on. Fails as the job does.
Status settle_place(const Session& session, const JournalEntry& entry);

}  // namespace mt::mtm

#pragma once
#include <chrono>
#include <memory>

#include "tenant-app/connectors/mongodb/document.hpp"
#include "tenant-app/connectors/mongodb/errors.hpp"

namespace mt::app::mongodb {

/// One connection to a server, made with the first command and made again after it was lost. Everything blocks: by one
/// thread at a time, not the loop's. Nothing is sent twice.
class Client {
public:
    /// The settings outlive it. Fails with invalid_config if the library takes them for wrong.
    static Result<std::unique_ptr<Client>> open(const Library& library, const Settings& settings);

    /// Runs a command and answers what the server said. Fails as statement_error() does.
    Result<json> command(Document command);
    /// The same for one that may take long: the server goes on with it when nobody waits any more.
    Result<json> unlimited(const Document& command);
    /// The same for one that writes: it is done once it would survive the server's end.
    Result<json> write(Document command);

    using Visit = std::function<Result<bool>(Row row)>;  ///< false: enough
    /// The rows that a filter matches, as they come. `options` are those of the command `find`.
    Status find(const std::string& collection, const Document& filter, Document options, const Visit& visit);

    /// Of the last call that failed.
    const Refusal& refusal() const { return refusal_; }
    /// What the last call met: `lost` is a connection that the server closed, `down` a server that cannot be reached. One
    /// that is down is asked again after 5 s at the earliest (libmongoc's "cooldown").
    enum class Link { up, lost, down };
    Link link() const { return link_; }
    const Library& library() const { return library_; }
    const Settings& settings() const { return settings_; }

private:
    using Clock = std::chrono::steady_clock;
    using Handle = std::unique_ptr<mongoc_client_t, decltype(&mongoc_client_destroy)>;

    Client(const Library& library, const Settings& settings, Handle handle)
        : library_(library), settings_(settings), handle_(std::move(handle)) {}

    void limit_time(Document& command) const;
    Error refused(Refusal refusal);
    Error refused(const bson_error_t& error, Clock::time_point since);

    const Library& library_;
    const Settings& settings_;
    Handle handle_;
    Refusal refusal_;
    Link link_ = Link::up;
};

}  // namespace mt::app::mongodb

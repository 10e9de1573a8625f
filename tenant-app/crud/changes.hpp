#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tenant-app/data/connector.hpp"

namespace mt::app {

/// Who wants to hear of a model's changes, within one worker. Loop thread only.
class Changes {
public:
    static constexpr std::size_t k_listeners_max = 256, k_waiting_bytes_max = 1u << 20;

    /// One change stream's queue. Held by its connection; the bus forgets it with the last holder.
    struct Listener {
        const Model* model = nullptr;
        std::deque<std::string> waiting;  ///< JSON texts
        std::size_t waiting_bytes = 0;
        bool over = false;                ///< the reader was too slow, or the worker ends: nothing more will come
        bool moving = false;              ///< its connection is to be handed to the worker that takes over
        std::function<void()> wake;       ///< called when something was added or `over` was set; may be empty
    };

    /// Null if there are too many.
    std::shared_ptr<Listener> listen(const Model& model);
    bool heard(const Model& model) const;
    /// Somebody listens, to whatever model.
    bool any() const;

    /// A change that this worker has made: tells all that listen here, and whoever it is relayed to.
    void publish(const Model& model, const std::string& text);
    /// A change that another worker of the tenant has made: tells those that listen here.
    void deliver(const Model& model, const std::string& text);
    /// Called with every published change; while it is set every model counts as heard. Null: no more.
    using Relay = std::function<void(const Model& model, const std::string& text)>;
    void relay_to(Relay relay) { relay_ = std::move(relay); }
    /// Nobody is waited for: a reader that has too much waiting is dropped.
    static void queue(Listener& listener, const std::string& text);

    /// Tells all streams to move to another worker, and those to come.
    void move_streams();
    void end_streams();
    /// Ends all streams, and those to come.
    void close();

private:
    void for_each(const std::function<void(Listener&)>& act);

    std::vector<std::weak_ptr<Listener>> listeners_;
    Relay relay_;
    bool moving_ = false, closed_ = false;
};

/// Another connector whose successful writes are published as LoopBack's change streams tell them:
/// {"target":1,"data":{…},"type":"create"}, also "update" and "remove"; "unknown" for an update that names no id.
class WatchedConnector : public Connector {
public:
    /// Both outlive the object.
    WatchedConnector(Connector& inner, Changes& changes) : inner_(inner), changes_(changes) {}

    Status migrate(const std::vector<const Model*>& models) override { return inner_.migrate(models); }
    asio::awaitable<Result<std::vector<Record>>> find(const Model& model, const Filter& filter) override {
        return inner_.find(model, filter);
    }
    asio::awaitable<Result<std::uint64_t>> count(const Model& model, const Where& where) override { return inner_.count(model, where); }
    asio::awaitable<Result<Value>> create(const Model& model, const Record& record) override;
    asio::awaitable<Result<std::uint64_t>> update(const Model& model, const Where& where, const Record& changes) override;
    asio::awaitable<Result<bool>> replace(const Model& model, const Value& id, const Record& record) override;
    asio::awaitable<Result<std::uint64_t>> destroy(const Model& model, const Where& where) override;
    bool joins() const override { return inner_.joins(); }
    std::uint64_t statements() const override { return inner_.statements(); }

private:
    void tell(const Model& model, const char* type, const Value* id, const Record* data);

    Connector& inner_;
    Changes& changes_;
};

}  // namespace mt::app

#include "tenant-app/crud/changes.hpp"

#include <algorithm>

#include "tenant-app/crud/repository.hpp"
#include "tenant-app/query/js.hpp"

namespace mt::app {

namespace {

/// The id that a condition names, if need be beside others (a default scope's), or null.
const Value* id_of(const Model& model, const Where& where) {
    if (where.kind == Where::Kind::all) {
        for (const auto& child : where.children)
            if (const auto* id = id_of(model, child)) return id;
        return nullptr;
    }
    const auto& condition = where.condition;
    const bool by_id = where.kind == Where::Kind::condition && condition.op == Op::eq && condition.property == model.id_index &&
                       condition.path.empty() && condition.extra_key.empty();
    return by_id ? &condition.operand : nullptr;
}

}  // namespace

std::shared_ptr<Changes::Listener> Changes::listen(const Model& model) {
    std::erase_if(listeners_, [](const std::weak_ptr<Listener>& one) { return one.expired(); });
    if (closed_ || listeners_.size() >= k_listeners_max) return nullptr;
    auto listener = std::make_shared<Listener>();
    listener->model = &model;
    listener->moving = moving_;
    listeners_.push_back(listener);
    return listener;
}

bool Changes::heard(const Model& model) const {
    return relay_ || std::any_of(listeners_.begin(), listeners_.end(), [&](const std::weak_ptr<Listener>& one) {
        const auto listener = one.lock();
        return listener && listener->model == &model;
    });
}

bool Changes::any() const {
    return std::any_of(listeners_.begin(), listeners_.end(), [](const std::weak_ptr<Listener>& one) { return !one.expired(); });
}

void Changes::publish(const Model& model, const std::string& text) {
    deliver(model, text);
    if (relay_) relay_(model, text);
}

void Changes::deliver(const Model& model, const std::string& text) {
    for_each([&](Listener& listener) {
        if (listener.model == &model) queue(listener, text);
    });
}

void Changes::queue(Listener& listener, const std::string& text) {
    if (listener.over) return;
    if (listener.waiting_bytes + text.size() > k_waiting_bytes_max) {
        listener.over = true;
    } else {
        listener.waiting_bytes += text.size();
        listener.waiting.push_back(text);
    }
    if (listener.wake) listener.wake();
}

void Changes::move_streams() {
    moving_ = true;
    for_each([](Listener& listener) {
        listener.moving = true;
        if (listener.wake) listener.wake();
    });
}

void Changes::end_streams() {
    for_each([](Listener& listener) {
        listener.over = true;
        if (listener.wake) listener.wake();
    });
}

void Changes::close() {
    closed_ = true;
    end_streams();
}

void Changes::for_each(const std::function<void(Listener&)>& act) {
    for (const auto& one : listeners_)
        if (const auto listener = one.lock()) act(*listener);
}

void WatchedConnector::tell(const Model& model, const char* type, const Value* id, const Record* data) {
    std::string text = "{";
    if (id) {
        text += "\"target\":";
        js::append_json(text, *id);
        text += ',';
    }
    if (data) {
        text += "\"data\":";
        Record record = *data;
        if (id) record.values[model.id_index] = *id;
        append_json(text, model, Instance{std::move(record)}, nullptr);
        text += ',';
    }
    text.append("\"type\":\"").append(type).append("\"}");
    changes_.publish(model, text);
}

asio::awaitable<Result<Value>> WatchedConnector::create(const Model& model, const Record& record) {
    auto made = co_await inner_.create(model, record);
    if (made.ok()) tell(model, "create", &*made, &record);
    co_return made;
}

asio::awaitable<Result<std::uint64_t>> WatchedConnector::update(const Model& model, const Where& where, const Record& changes) {
    auto changed = co_await inner_.update(model, where, changes);
    if (!changed.ok() || *changed == 0) co_return changed;
    const Value* id = id_of(model, where);
    if (!id) {
        tell(model, "unknown", nullptr, &changes);
        co_return changed;
    }
    // LoopBack tells the whole instance as it is then.
    Filter filter;
    filter.where = where;
    const auto now = co_await inner_.find(model, filter);
    const bool found = now.ok() && !now->empty();
    tell(model, "update", id, found ? &now->front() : &changes);
    co_return changed;
}

asio::awaitable<Result<bool>> WatchedConnector::replace(const Model& model, const Value& id, const Record& record) {
    auto replaced = co_await inner_.replace(model, id, record);
    if (replaced.ok() && *replaced) tell(model, "update", &id, &record);
    co_return replaced;
}

asio::awaitable<Result<std::uint64_t>> WatchedConnector::destroy(const Model& model, const Where& where) {
    auto gone = co_await inner_.destroy(model, where);
    if (gone.ok() && *gone > 0) tell(model, "remove", id_of(model, where), nullptr);
    co_return gone;
}

}  // namespace mt::app

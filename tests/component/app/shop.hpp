#pragma once
#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "tenant-app/connectors/registry.hpp"
#include "tenant-app/crud/repository.hpp"
#include "tenant-app/query/parse_filter.hpp"
#include "tests/support/datasource.hpp"
#include "tests/unit/app/make_registry.hpp"

namespace mt::app {

/// co_spawn wants results that can be made of nothing.
template <class T>
asio::awaitable<void> store(asio::awaitable<T> operation, std::optional<T>& result) {
    result.emplace(co_await std::move(operation));
}

/// The tenant of write_shop() with its connector and repository, and a way to wait for their answers.
class Shop {
public:
    explicit Shop(const std::string& connector_name) {
        folder.write_shop(connector_name);
        folder.write("datasources.json", "{\"db\":" + fresh_datasource(connector_name) + "}");
        open();
    }
    /// Also closes and opens it again, as a restart of the worker does.
    void open() {
        connector.reset();
        auto loaded = load_registry(folder.path(), connector_names(), folder.warnings);
        REQUIRE(loaded.ok());
        registry = *std::move(loaded);
        auto made = make_connector(loop.get_executor(), folder.path(), registry.datasources[0]);
        REQUIRE(made.ok());
        connector = *std::move(made);
        std::vector<const Model*> models;
        for (const auto& model : registry.models) models.push_back(model.get());
        const auto migrated = connector->migrate(models);
        if (!migrated.ok()) FAIL(migrated.error().message());
        repository.emplace(registry, [this](const Model&) -> Connector& { return *connector; });
    }

    template <class T>
    T wait(asio::awaitable<T> operation) {
        std::optional<T> result;
        asio::co_spawn(loop, store(std::move(operation), result), [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        });
        loop.restart();
        loop.run();
        REQUIRE(result);
        return *std::move(result);
    }

    const Model& model(const char* name) const { return *registry.find(name); }
    json create(const char* name, const char* data) { return shown(model(name), wait(repository->create(model(name), json::parse(data)))); }
    /// The ids of what a where finds, as text: "1 2 3".
    std::string ids(const char* name, const char* filter) {
        const auto parsed = parse_filter(registry, model(name), json::parse(filter));
        if (!parsed.ok()) return parsed.error().message();
        const auto found = wait(repository->find(model(name), *parsed));
        if (!found.ok()) return found.error().message();
        std::string out;
        for (const auto& instance : *found) {
            const auto& id = instance.record.values[model(name).id_index];
            out += (out.empty() ? "" : " ") + (id.is_string() ? id.get<std::string>() : id.dump());
        }
        return out;
    }
    json find(const char* name, const char* text) {
        const auto filter = parse_filter(registry, model(name), json::parse(text));
        REQUIRE(filter.ok());
        const auto found = wait(repository->find(model(name), *filter));
        REQUIRE(found.ok());
        std::string out = "[";
        for (const auto& instance : *found) {
            if (out.size() > 1) out += ',';
            append_json(out, model(name), instance, &*filter);
        }
        return without_nulls(json::parse(out + "]"));
    }
    static json shown(const Model& model, const Result<Instance>& instance) {
        if (!instance.ok()) return instance.error().message();
        std::string out;
        append_json(out, model, *instance, nullptr);
        return without_nulls(json::parse(out));
    }
    static json without_nulls(json value) {
        if (value.is_object()) {
            for (auto it = value.begin(); it != value.end();) it = it->is_null() ? value.erase(it) : std::next(it);
        }
        if (value.is_structured()) for (auto& item : value) item = without_nulls(item);
        return value;
    }

    TenantFolder folder;
    asio::io_context loop{1};
    Registry registry;
    std::unique_ptr<Connector> connector;
    std::optional<Repository> repository;
};

inline const std::vector<std::string> k_connectors = tested_connectors();

}  // namespace mt::app

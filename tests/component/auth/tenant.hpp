#pragma once
#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <map>

#include "tenant-app/connectors/registry.hpp"
#include "tenant-app/rest/handle_request.hpp"
#include "tests/unit/app/make_registry.hpp"

namespace mt::app {

/// A tenant with users and access rules, asked as its clients ask it, without a socket.
class Tenant {
public:
    /// `files` take the place of those of the same name.
    explicit Tenant(const char* connector_name, const std::string& user_options = "{}",
                    const std::map<std::string, std::string>& files = {}) {
        folder.write("datasources.json", std::string{R"({"db":{"connector":")"} + connector_name + R"("}})");
        folder.write("model-config.json", R"({"User":{"dataSource":"db","options":)" + user_options + R"(},
            "AccessToken":{"dataSource":"db"},"ACL":{"dataSource":"db"},"Role":{"dataSource":"db"},"RoleMapping":{"dataSource":"db"},
            "Doc":{"dataSource":"db"},"Free":{"dataSource":"db"}})");
        folder.write("models/doc.json", R"({"name":"Doc","properties":{"title":"string","userId":"number"},"acls":[
            {"principalType":"ROLE","principalId":"$everyone","permission":"DENY"},
            {"principalType":"ROLE","principalId":"$owner","permission":"ALLOW"},
            {"principalType":"ROLE","principalId":"admin","permission":"ALLOW"}]})");
        folder.write("models/free.json", R"({"name":"Free","properties":{"name":"string"}})");
        for (const auto& [name, text] : files) folder.write(name, text);
        auto loaded = folder.load();
        REQUIRE(loaded.ok());
        registry = *std::move(loaded);
        auto made = make_connector(loop.get_executor(), folder.path(), registry.datasources[0]);
        REQUIRE(made.ok());
        connector = *std::move(made);
        std::vector<const Model*> models;
        for (const auto& model : registry.models) models.push_back(model.get());
        REQUIRE(connector->migrate(models).ok());
        const auto connector_of = [this](const Model&) -> Connector& { return *connector; };
        repository.emplace(registry, connector_of);
        auth.emplace(registry, *repository, connector_of, folder.path() / "outbox");
        repository->set_hooks(*auth);
        service.emplace(registry, *repository, rest::Settings{});
        service->auth = &*auth;
    }

    struct Answer {
        unsigned status = 0;
        json body;
        std::string text;
        std::string code() const { return body.is_object() && body.contains("error") ? body["error"].value("code", "") : ""; }
    };
    Answer ask(rest::Verb verb, std::string_view target, const std::string& data = "", const std::string& token = "") {
        rest::Request request;
        request.verb = verb;
        request.method = "X";
        request.target = request.path = target;
        if (const auto mark = target.find('?'); mark != std::string_view::npos) {
            request.path = target.substr(0, mark);
            request.query = target.substr(mark + 1);
        }
        request.body = data;
        request.has_body = !data.empty();
        if (request.has_body) request.content_type = "application/json";
        request.authorization = token;
        request.has_authorization = !token.empty();
        std::optional<rest::Answer> answer;
        asio::co_spawn(loop, keep(rest::handle_request(*service, request), answer), [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        });
        loop.restart();
        loop.run();
        REQUIRE(answer);
        everything_said += answer->body + answer->extra_fields;
        return {answer->status, json::parse(answer->body, nullptr, false), answer->body + answer->extra_fields};
    }
    Answer get(std::string_view target, const std::string& token = "") { return ask(rest::Verb::get, target, "", token); }
    Answer post(std::string_view target, const std::string& data, const std::string& token = "") {
        return ask(rest::Verb::post, target, data, token);
    }
    /// Registers and logs in; answers the token.
    std::string join(const std::string& name) {
        const auto credentials = R"({"email":")" + name + R"(@x.co","password":"secret of )" + name + R"("})";
        REQUIRE(post("/api/Users", credentials).status == 200);
        const auto login = post("/api/Users/login", credentials);
        REQUIRE(login.status == 200);
        return login.body["id"].get<std::string>();
    }
    template <class T>
    T wait(asio::awaitable<T> work) {
        std::optional<T> result;
        asio::co_spawn(loop, keep(std::move(work), result), [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        });
        loop.restart();
        loop.run();
        REQUIRE(result);
        return *std::move(result);
    }
    /// Rows as they stand in the database.
    std::vector<Record> stored(const char* model) { return *wait(connector->find(*registry.find(model), Filter{})); }
    /// Stores a row past all rules.
    void put(const char* model, const char* data) {
        REQUIRE(wait(repository->create(*registry.find(model), json::parse(data))).ok());
    }

    TenantFolder folder;
    asio::io_context loop{1};
    Registry registry;
    std::unique_ptr<Connector> connector;
    std::optional<Repository> repository;
    std::optional<Auth> auth;
    std::optional<rest::Service> service;
    std::string everything_said;

private:
    template <class T>
    static asio::awaitable<void> keep(asio::awaitable<T> work, std::optional<T>& result) {
        result.emplace(co_await std::move(work));
    }
};

inline constexpr const char* k_connectors[] = {"memory", "sqlite3"};

}  // namespace mt::app

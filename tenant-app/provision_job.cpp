#include "tenant-app/provision_job.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tenant-app/app.hpp"
#include "tenant-app/connectors/postgresql/provision.hpp"

namespace mt::app {

namespace fs = std::filesystem;
using postgresql::PlaceAction;

namespace {

constexpr std::size_t k_order_bytes_max = 64u << 10, k_key_bytes_max = 40;
constexpr std::uint16_t k_postgresql_port = 5432;

struct ActionName {
    std::string_view name;
    PlaceAction action;
};
constexpr std::array k_actions = {ActionName{"make", PlaceAction::make},     ActionName{"plan", PlaceAction::plan},
                                  ActionName{"tables", PlaceAction::tables}, ActionName{"shelve", PlaceAction::shelve},
                                  ActionName{"unshelve", PlaceAction::unshelve}, ActionName{"drop", PlaceAction::drop}};

Result<PlaceAction> read_action(const std::vector<std::string>& options) {
    for (const auto& row : k_actions)
        if (options.size() == 1 && options.front() == row.name) return row.action;
    return Error{Errc::usage, "provision takes make, plan, tables, shelve, unshelve or drop"};
}

Result<ordered_json> read_order() {
    std::string text(k_order_bytes_max + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), stdin));
    auto order = ordered_json::parse(text, nullptr, false);
    if (text.size() <= k_order_bytes_max && order.is_object() && order.contains("server")) return order;
    return Error{Errc::usage, "provision wants its order on stdin"}.hint("mtm add --datasource gives it one");
}

Result<server::Tenancy> tenancy_of(const std::string& word) {
    if (word == "isolated") return server::Tenancy::isolated;
    if (word == "schema") return server::Tenancy::schema;
    if (word == "row") return server::Tenancy::row;
    return Error{Errc::usage, "the order says no tenancy: isolated, schema or row"};
}

/// What mtm did not live to see is not done: the next one looks only at what is there by then.
Status die_with_parent(const ordered_json& order) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // One that died before that sends no signal.
    if (!order.contains("parent") || order["parent"] == ::getppid()) return {};
    return Error{Errc::interrupted, "mtm has ended"};
}

/// It becomes the name of roles: one that mtm makes has eight letters and digits.
Status check_key(const std::string& key) {
    const bool plain = !key.empty() && key.size() <= k_key_bytes_max && key[0] >= 'a' && key[0] <= 'z' &&
                       key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos;
    if (plain && !key.starts_with("pg")) return {};
    return Error{Errc::invalid_config, "the tenant's key cannot be the name of a login: letters and digits, a letter first"}
        .in_file("tenant.json", 0, "/key");
}

/// What is said of the login is about mtg.json.
Error about_login(const Error& error, const ordered_json& order, const std::string& datasource) {
    const auto& place = error.place();
    const auto pointer = "/" + pointer_escape(order.value("name", ""));
    if (place.file != "datasources.json" || !place.pointer.starts_with(pointer) || datasource == order.value("name", ""))
        return error;
    return Error{error.code(), error.message()}
        .in_file(order.value("config", ""), 0, "/servers" + place.pointer)
        .hint(place.hint);
}

}  // namespace

Result<json> provision_place(const fs::path& folder, const std::vector<std::string>& options) {
    MT_TRY(const auto action, read_action(options));
    MT_TRY(const auto order, read_order());
    MT_CHECK(die_with_parent(order));
    const auto name = order.value("name", "");
    const Datasource login{name, "postgresql", std::make_shared<const ordered_json>(order["server"])};
    const auto base = fs::path{order.value("config", "")}.parent_path();
    auto settings = server::read_settings(base, login, "postgres", k_postgresql_port);
    if (!settings.ok()) return about_login(settings.error(), order, "");
    MT_TRY(const auto tenancy, tenancy_of(order.value("tenancy", "")));
    server::TenantPlace place{tenancy, order.value("key", ""), order.value("token", ""), order.value("password", "")};
    MT_CHECK(check_key(place.key));

    postgresql::PlaceOrder work{action, *std::move(settings), std::move(place), order.value("datasource", ""), {}};
    std::unique_ptr<App> app;
    if (action == PlaceAction::make || action == PlaceAction::plan || action == PlaceAction::tables) {
        MT_TRY(app, App::load(folder));
        for (const auto& model : app->registry().models)
            if (model->persisted && model->datasource == work.datasource) work.models.push_back(model.get());
    }
    boost::asio::io_context io{1};
    const auto done = postgresql::provision(io, work);
    if (!done.ok()) return about_login(done.error(), order, work.datasource);
    return json{{"there", done->there}, {"steps", done->steps}};
}

}  // namespace mt::app

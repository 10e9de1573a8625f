#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/cli/table.hpp"
#include "base/nearest.hpp"
#include "base/settings.hpp"
#include "mtm/acknowledge.hpp"
#include "mtm/edit_json.hpp"
#include "mtm/select.hpp"
#include "mtm/staging.hpp"
#include "mtm/verbs.hpp"

// `limits.body` is the member `body` of the object `limits` in tenant.json; a label's name may hold dots, so only the
// first one parts. What is written is checked as the gateway would read it, before the file is touched.

namespace mt::mtm {

namespace {

/// The words behind the action, taken apart.
struct Request {
    Arguments tenants;  ///< the arguments with only the tenants' words
    std::vector<TenantId> ids;
    std::string key;
    std::vector<std::string> values;  ///< several are a list
};

/// `words`: how many are wanted behind the tenant, such as KEY and VALUE; of values there may be more.
Result<Request> parse(const Session& session, const Arguments& arguments, std::size_t words) {
    const auto& all = arguments.words;
    const std::size_t before = arguments.all ? 1 : 2;
    if (words > 0 && (all.size() < before + words || (words == 1 && all.size() > before + 1)))
        return Error{Errc::usage, "mtm config " + all.front() + " takes a tenant" + (words == 1 ? " and a key" : ", a key and a value")}.hint(
            "for example: mtm config " + all.front() + " foo limits.body" + (words == 2 ? " 2MiB" : ""));
    Request request{arguments, {}, {}, {}};
    request.tenants.words.assign(all.begin() + 1, words ? all.begin() + static_cast<std::ptrdiff_t>(before) : all.end());
    MT_TRY(request.ids, select_tenants(session.layout(), request.tenants));
    if (words > 0) request.key = all[before];
    if (words > 1) request.values.assign(all.begin() + static_cast<std::ptrdiff_t>(before) + 1, all.end());
    return request;
}

/// Where a key is in tenant.json.
struct KeyPlace {
    std::string group, name;  ///< `group` is empty at the top
    std::string pointer() const { return (group.empty() ? "" : "/" + pointer_escape(group)) + "/" + pointer_escape(name); }
};

KeyPlace place_of_key(const std::string& key) {
    const auto dot = key.find('.');
    if (dot == std::string::npos) return {"", key};
    return {key.substr(0, dot), key.substr(dot + 1)};
}

Error unknown_key(const std::string& key, const json& known) {
    std::vector<std::string> names;
    for (const auto& row : known) names.push_back(row["key"].get<std::string>());
    auto hint = did_you_mean(key, names);
    return Error{Errc::usage, "there is no key '" + key.substr(0, 80) + "'"}.hint(hint.empty() ? "mtg config schema lists the keys" : std::move(hint));
}

Result<JsonObject> read_tenant_file(const Session& session, const TenantId& id) {
    auto object = read_optional_object(session.layout().tenant(id) / "tenant.json", session.display(id) + "/tenant.json");
    if (!object.ok()) return std::move(object).error().of_tenant(id.str());
    return object;
}

Result<json> settings_of(const Session& session, const TenantId& id) {
    MT_TRY(const auto object, read_tenant_file(session, id));
    const auto config = parse_tenant_config(object.file);
    if (!config.ok()) return Error{config.error()}.of_tenant(id.str());
    return tenant_settings(session.settings.config, *config, object.root);
}

Result<int> show(Session& session, const Arguments& arguments) {
    MT_TRY(const auto request, parse(session, arguments, 0));
    const auto one = [&](const TenantId& id) -> Result<json> {
        MT_TRY(auto rows, settings_of(session, id));
        return json{{"id", id.str()}, {"settings", std::move(rows)}};
    };
    const bool several = request.ids.size() > 1;
    return for_each_tenant(session, request.tenants, request.ids, one, [&](const json& row) {
        return (several ? row["id"].get<std::string>() + "\n" : "") +
               cli::render_table(row["settings"], {{"KEY", "key"}, {"VALUE", "value"}, {"SOURCE", "source"}}, session.output.colour());
    });
}

Result<int> get(Session& session, const Arguments& arguments) {
    MT_TRY(const auto request, parse(session, arguments, 1));
    const auto one = [&](const TenantId& id) -> Result<json> {
        MT_TRY(const auto rows, settings_of(session, id));
        for (const auto& row : rows)
            if (row["key"] == request.key) return json{{"id", id.str()}, {"key", request.key}, {"value", row["value"]}, {"source", row["source"]}};
        if (request.key.starts_with("labels.")) return json{{"id", id.str()}, {"key", request.key}, {"value", nullptr}, {"source", "default"}};
        return unknown_key(request.key, rows);
    };
    return for_each_tenant(session, request.tenants, request.ids, one, [](const json& row) {
        const auto& value = row["value"];
        return (value.is_string() ? value.get<std::string>() : value.dump()) + "\n";
    });
}

/// `root` with the key set, or without it where there is no value. True: something changed.
bool put(ordered_json& root, const KeyPlace& place, const std::optional<ordered_json>& value) {
    const auto before = root;
    if (place.group.empty()) {
        if (value) root[place.name] = *value;
        else root.erase(place.name);
        return root != before;
    }
    if (!value && !root.contains(place.group)) return false;
    auto& group = root[place.group];
    if (!group.is_object()) group = ordered_json::object();  // no group of ours is anything else: the check says so
    if (value) group[place.name] = *value;
    else group.erase(place.name);
    if (group.empty()) root.erase(place.group);
    return root != before;
}

/// What the file would say, if the gateway would take it.
Status check(const JsonObject& object, const KeyPlace& place) {
    const auto config = parse_tenant_config(JsonFile{object.file.path, pretty(object.root), object.file.display});
    if (config.ok()) return {};
    const auto& error = config.error();
    // The text that has these lines is not written.
    auto at = error.place().pointer == place.pointer() ? 0 : line_of(object.file.text, error.place().pointer);
    return Error{error.code(), error.message()}.in_file(object.file.display, at, error.place().pointer).hint(error.place().hint);
}

JsonObject with(const JsonObject& object, const KeyPlace& place, const ordered_json& value) {
    auto out = object;
    put(out.root, place, value);
    return out;
}

ordered_json list_of(const std::vector<std::string>& words) {
    auto list = ordered_json::array();
    for (const auto& word : words) list.push_back(word);
    return list;
}

/// Values as they were typed: JSON where that is what the key takes, else a string, else a list.
Result<JsonObject> with_values(const JsonObject& object, const KeyPlace& place, const std::vector<std::string>& typed) {
    const auto as_list = with(object, place, list_of(typed));
    const auto list_status = check(as_list, place);
    if (typed.size() > 1) {
        if (!list_status.ok()) return list_status.error();
        return as_list;
    }
    const auto as_text = with(object, place, ordered_json(typed.front()));
    const auto text_status = check(as_text, place);
    const auto parsed = ordered_json::parse(typed.front(), nullptr, false);
    if (!parsed.is_discarded()) {
        auto as_json = with(object, place, parsed);
        const auto status = check(as_json, place);
        if (status.ok()) return as_json;
        if (!text_status.ok() && !list_status.ok()) return status.error();
    }
    if (text_status.ok()) return as_text;
    if (list_status.ok()) return as_list;
    // What is wrong with one of the list's entries says more than that the key takes a list.
    const bool takes_list = list_status.error().place().pointer != place.pointer();
    return takes_list ? list_status.error() : text_status.error();
}

Result<int> change(Session& session, const Arguments& arguments, bool set) {
    MT_TRY(const auto request, parse(session, arguments, set ? 2 : 1));
    const auto place = place_of_key(request.key);
    if (place.name.empty()) return unknown_key(request.key, settings_schema());
    Acknowledge acknowledge{session, arguments};
    if (!arguments.dry_run) MT_CHECK(acknowledge.prepare());

    const auto edit = [&](const TenantId& id) -> Status {
        MT_TRY(const auto lock, lock_tenant(session.layout(), id));
        MT_TRY(const auto before, read_tenant_file(session, id));
        auto after = before;
        if (set) {
            auto made = with_values(before, place, request.values);
            if (!made.ok()) return std::move(made).error();
            after = *std::move(made);
        } else {
            put(after.root, place, std::nullopt);
            MT_CHECK(check(after, place));
        }
        if (arguments.dry_run || after.root == before.root) return {};
        return write_object(after);
    };
    const auto one = [&](const TenantId& id) -> Result<json> {
        if (auto status = edit(id); !status.ok()) return Error{status.error()}.of_tenant(id.str());
        if (arguments.dry_run)
            return plan(id, {(set ? "write " + request.key + " to " : "take " + request.key + " out of ") + session.display(id) + "/tenant.json",
                             "wait for the gateway, if it runs"});
        MT_TRY(const bool in_force, acknowledge.sync(id));
        json row{{"id", id.str()}, {"key", request.key}, {"value", nullptr}, {"source", "default"}, {"in_force", in_force}};
        MT_TRY(const auto rows, settings_of(session, id));
        for (const auto& each : rows)
            if (each["key"] == request.key) row.update({{"value", each["value"]}, {"source", each["source"]}});
        return row;
    };
    return for_each_tenant(session, request.tenants, request.ids, one, [&](const json& row) {
        if (arguments.dry_run) return plan_text(row);
        const auto& value = row["value"];
        return row["id"].get<std::string>() + "  " + request.key + " is " +
               (value.is_null() ? "not set" : value.is_string() ? value.get<std::string>() : value.dump()) + " (" +
               row["source"].get<std::string>() + ")\n";
    });
}

}  // namespace

Result<int> run_config(Session& session, const Arguments& arguments) {
    const auto action = arguments.words.empty() ? std::string{} : arguments.words.front();
    if (action == "show") return show(session, arguments);
    if (action == "get") return get(session, arguments);
    if (action == "set") return change(session, arguments, true);
    if (action == "unset") return change(session, arguments, false);
    return Error{Errc::usage, action.empty() ? "say what: show, get, set or unset" : "there is no 'mtm config " + action.substr(0, 40) + "'"}.hint(
        "mtm config show foo, mtm config set foo limits.body 2MiB");
}

}  // namespace mt::mtm

#include <algorithm>
#include <array>

#include "base/printable.hpp"
#include "mtm/move_in_parts.hpp"

// datasources.json: connectors that are not here make room for SQLite or, where they are no databases, for one that
// keeps nothing; the files of SQLite and of memory connectors come into data/.
namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 14> k_databases{
    "mssql",    "oracle",   "db2",     "db2iseries", "dashdb", "informix",      "ibmi",
    "cloudant", "couchdb2", "couchdb", "cassandra",  "redis",  "elasticsearch", "dynamodb"};

struct SourcePlace {
    const JsonFile& file;
    std::string pointer, name;  ///< of the data source
};

std::string short_name(std::string connector) {
    constexpr std::string_view prefix = "loopback-connector-";
    if (connector.starts_with(prefix)) connector.erase(0, prefix.size());
    return connector;
}

std::string text_at(const ordered_json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool known(const Moving& moving, const std::string& connector) {
    const auto& names = moving.abilities.connectors;
    return std::find(names.begin(), names.end(), connector) != names.end() || connector.find("${") != std::string::npos;
}

/// A name for a file in data/ that no other data source has.
std::string data_file(const Moving& moving, const fs::path& wanted) {
    auto stem = wanted.stem().native();
    const bool plain = !stem.empty() && std::all_of(stem.begin(), stem.end(), [](unsigned char c) {
        return std::isalnum(c) || c == '_' || c == '-';
    });
    if (!plain) stem = "db";
    std::string path = "data/" + stem + ".sqlite3";
    for (int i = 2; !moving.report.data_files.insert(path).second; ++i)
        path = "data/" + stem + std::to_string(i) + ".sqlite3";
    return path;
}

void replace_connector(const Moving& moving, const SourcePlace& place, ordered_json& entry, const std::string& connector) {
    const bool database = std::find(k_databases.begin(), k_databases.end(), connector) != k_databases.end();
    const auto what = "the connector " + in_quotes(connector) + " is not supported: ";
    if (database) {
        const auto file = data_file(moving, place.name);
        entry = {{"name", place.name}, {"connector", "sqlite3"}, {"file", file}};
        moving.report.warn(place.file, place.pointer + "/connector", what + "its models begin without rows in " + file);
    } else {
        entry = {{"name", place.name}, {"connector", "transient"}};
        moving.report.warn(place.file, place.pointer + "/connector", what + "what is written there is not kept");
    }
}

/// Relative paths start where node was started: in the project, as a rule, or else in server/. Nothing if there is no
/// such file.
Result<std::optional<fs::path>> find_data(const Moving& moving, const SourcePlace& place, const fs::path& path) {
    if (path.is_absolute()) {
        moving.report.warn(place.file, place.pointer + "/file",
                           "an absolute path is not followed: the tenant begins without its rows");
        return std::optional<fs::path>{};
    }
    for (const auto& folder : {moving.project.root(), moving.project.app()}) {
        const auto candidate = (folder / path).lexically_normal();
        MT_TRY(auto found, moving.project.file(candidate));
        if (found) return found;
    }
    moving.report.note(place.file, place.pointer + "/file", "there is no such file, the tenant begins without rows");
    return std::optional<fs::path>{};
}

Status move_sqlite(const Moving& moving, const SourcePlace& place, ordered_json& entry) {
    const auto text = text_at(entry, "file");
    if (text.find("${") != std::string::npos) return {};
    if (text == ":memory:") {
        entry["connector"] = "memory";
        entry.erase("file");
        return {};
    }
    MT_TRY(const auto found, find_data(moving, place, text));
    for (const auto& copy : moving.report.databases) {
        if (!found || copy.from != *found) continue;
        entry["file"] = copy.to;
        return {};
    }
    const auto normal = fs::path{text}.lexically_normal();
    const bool stays = moving.project.flat() && !normal.is_absolute() && !normal.native().starts_with("..");
    const auto to = stays ? normal.native() : data_file(moving, normal);
    if (found) {
        moving.report.databases.push_back({*found, to});
        moving.report.origins[to] = moving.project.shown(*found);
    }
    if (to == text) return {};
    entry["file"] = to;
    moving.report.note(place.file, place.pointer + "/file", (found ? "copied to " : "is now ") + to);
    return {};
}

/// What LoopBack's memory connector kept in a file outlives its process; here that is SQLite's part.
Status move_memory(const Moving& moving, const SourcePlace& place, ordered_json& entry, bool counts) {
    MT_TRY(const auto found, find_data(moving, place, text_at(entry, "file")));
    const auto to = data_file(moving, place.name);
    entry = {{"name", place.name}, {"connector", "sqlite3"}, {"file", to}};
    moving.report.note(place.file, place.pointer,
                       "a memory connector with a file: its rows are in " + to + " from now on");
    if (!found) return {};
    if (counts) moving.report.rows[place.name] = *found;
    else
        moving.report.warn(place.file, place.pointer + "/file",
                           "not of the current environment: its rows are not taken over");
    return {};
}

Status move_entry(const Moving& moving, const SourcePlace& place, ordered_json& entry, const std::string& inherited,
                  bool counts) {
    if (!entry.is_object()) return {};
    const auto own = short_name(text_at(entry, "connector"));
    const auto connector = own.empty() ? inherited : own;
    if (!own.empty() && !known(moving, own)) replace_connector(moving, place, entry, own);
    else if (text_at(entry, "file").empty()) return {};
    else if (connector == "sqlite3" || connector == "sqlite") return move_sqlite(moving, place, entry);
    else if (connector == "memory") return move_memory(moving, place, entry, counts);
    return {};
}

}  // namespace

Status move_datasources(const Moving& moving) {
    MT_TRY(auto layers, read_stem(moving, "datasources"));
    if (layers.empty()) return {};
    const auto main = layers.front().root;
    for (auto& layer : layers) {
        const auto before = layer.root;
        for (const auto& member : before.items()) {
            const SourcePlace place{layer.file, "/" + pointer_escape(member.key()), member.key()};
            const auto in_main = main.find(member.key());
            const auto inherited =
                in_main != main.end() && in_main->is_object() ? short_name(text_at(*in_main, "connector")) : "";
            MT_CHECK(move_entry(moving, place, layer.root[member.key()], inherited,
                                !is_other_environment(layer, "datasources")));
        }
        const auto name = layer.file.path.filename().native();
        if (layer.root == before) MT_CHECK(moving.copy(layer.file.path, name, 0600));
        else MT_CHECK(moving.write(layer, name, 0600));
    }
    return {};
}

}  // namespace mt::mtm

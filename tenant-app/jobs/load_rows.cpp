// LoopBack's memory connector writes {"ids":{"Order":3},"models":{"Order":{"1":"{\"id\":1,…}"}}}: each row is a text of
// JSON.
#include "tenant-app/jobs/load_rows.hpp"

#include <boost/asio/co_spawn.hpp>

#include "base/files.hpp"
#include "tenant-app/query/coerce.hpp"

namespace mt::app {

namespace {

constexpr std::size_t k_at_once = 64;  // so that concurrent rows share a commit

struct Row {
    const Model* model;
    Record record;
    std::string place;  ///< its pointer in the file
};

struct Load {
    const Repository::FindConnector& connector_of;
    std::vector<Row> rows;
    std::size_t next = 0;
    Status status;
};

Error refused(const std::filesystem::path& file, std::string place, std::string message) {
    return Error{Errc::invalid_config, std::move(message)}.in_file(file.native(), 0, std::move(place));
}

Result<Record> make_record(const Model& model, const json& data) {
    Record record{model};
    for (const auto& [key, value] : data.items()) {
        if (const auto at = model.find_property(key)) {
            MT_TRY(auto coerced, coerce(model.properties[*at], value));
            record.values[*at] = std::move(coerced.value);
        } else if (model.strict == Model::Strict::loose) {
            if (!record.extra.is_object()) record.extra = json::object();
            record.extra[key] = value;
        }
    }
    return record;
}

Result<std::vector<Row>> read_rows(const Registry& registry, const std::string& datasource,
                                   const std::filesystem::path& file) {
    MT_TRY(const auto text, read_file(file, 256u << 20));
    std::vector<Row> rows;
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) return rows;
    const auto root = parse_json(text);
    if (!root.ok()) return refused(file, {}, "no JSON: " + root.error().message());
    const auto models = root->is_object() ? root->find("models") : root->end();
    if (!root->is_object() || models == root->end() || !models->is_object())
        return refused(file, {}, "not what LoopBack's memory connector writes: it has no \"models\"");
    for (const auto& model : registry.models) {
        const auto table = models->find(model->name);
        if (!model->persisted || model->datasource != datasource || table == models->end() || !table->is_object())
            continue;
        for (const auto& [id, stored] : table->items()) {
            const auto place = "/models/" + pointer_escape(model->name) + "/" + pointer_escape(id);
            const auto data =
                stored.is_string() ? parse_json(stored.get_ref<const std::string&>()) : Result<json>{stored};
            if (!data.ok() || !data->is_object()) return refused(file, place, "the row is no JSON object");
            auto record = make_record(*model, *data);
            if (!record.ok()) return refused(file, place, record.error().message());
            rows.push_back({model.get(), *std::move(record), place});
        }
    }
    return rows;
}

asio::awaitable<void> write_rows(Load& load) {
    while (load.status.ok() && load.next < load.rows.size()) {
        const auto& row = load.rows[load.next++];
        auto made = co_await load.connector_of(*row.model).create(*row.model, row.record);
        if (!made.ok() && load.status.ok())
            load.status = Error{made.error().code(), row.place + ": " + made.error().message()};
    }
}

}  // namespace

Status load_rows(asio::io_context& io, const Registry& registry, const Repository::FindConnector& connector_of,
                 const std::string& datasource, const std::filesystem::path& file) {
    MT_TRY(auto rows, read_rows(registry, datasource, file));
    Load load{connector_of, std::move(rows), 0, {}};
    for (std::size_t i = 0; i < k_at_once; ++i) {
        asio::co_spawn(io, write_rows(load), [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        });
    }
    io.run();
    return load.status;
}

}  // namespace mt::app

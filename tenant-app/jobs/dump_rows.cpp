#include "tenant-app/jobs/dump_rows.hpp"

#include <boost/asio/co_spawn.hpp>
#include <cerrno>
#include <map>

#include "tenant-app/data/carried.hpp"
#include "tenant-app/query/js.hpp"

namespace mt::app {

namespace {

constexpr std::uint64_t k_page_rows = 1'000;
constexpr std::size_t k_write_bytes = 256u << 10;

Status put(std::FILE* out, const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), out) == text.size()) return {};
    return errno_error("write the rows");
}

/// Of models that share a table, the one that knows most of it: rows must not come twice.
std::vector<const Model*> tables_of(const Registry& registry) {
    std::map<std::pair<std::string, std::string>, const Model*> fullest;
    for (const auto& model : registry.models) {
        if (!model->persisted) continue;
        auto& chosen = fullest[{model->datasource, model->table}];
        if (!chosen || chosen->properties.size() < model->properties.size()) chosen = model.get();
    }
    std::vector<const Model*> models;
    for (const auto& model : registry.models)
        if (model->persisted &&
            fullest[{model->datasource, model->table}] == model.get()) models.push_back(model.get());
    return models;
}

/// The connector of each datasource that has models to dump.
struct Source {
    const Datasource* datasource;
    Connector* connector;
};

class Dump {
public:
    Dump(const Registry& registry, const Repository::FindConnector& connector_of, std::FILE* out)
        : connector_of_(connector_of), out_(out), models_(tables_of(registry)) {
        for (const auto& datasource : registry.datasources)
            for (const auto* model : models_)
                if (model->datasource == datasource.name) {
                    sources_.push_back({&datasource, &connector_of_(*model)});
                    break;
                }
    }

    asio::awaitable<Status> run() {
        for (const auto& source : sources_)
            if (auto* carried = dynamic_cast<Carried*>(source.connector)) MT_CO_CHECK(carried->hold_still());
        MT_CO_CHECK(co_await write_head());
        std::string buffer;
        for (const auto* model : models_) {
            buffer += "@" + model->name + "\n";
            const std::function<Status(const Record&)> each = [&](const Record& row) -> Status {
                append_row(buffer, *model, row);
                if (buffer.size() < k_write_bytes) return {};
                auto written = put(out_, buffer);
                buffer.clear();
                return written;
            };
            MT_CO_CHECK(co_await for_each_row(connector_of_(*model), *model, each));
        }
        buffer += ".\n";
        MT_CO_CHECK(put(out_, buffer));
        if (std::fflush(out_) != 0) co_return errno_error("write the rows");
        co_return Status{};
    }

private:
    const Datasource& datasource_of(const Model& model) const {
        std::size_t at = 0;
        while (sources_[at].datasource->name != model.datasource) ++at;
        return *sources_[at].datasource;
    }

    asio::awaitable<Status> write_head() {
        const Where everything;
        auto models = json::array();
        for (const auto* model : models_) {
            MT_CO_TRY(const auto rows, co_await connector_of_(*model).count(*model, everything));
            models.push_back({{"name", model->name}, {"datasource", model->datasource},
                              {"connector", datasource_of(*model).connector}, {"rows", rows}});
        }
        auto counters = json::object();
        auto left_out = json::array();
        for (const auto& [datasource, connector] : sources_) {
            if (auto* carried = dynamic_cast<Carried*>(connector)) {
                MT_CO_TRY(counters[datasource->name], carried->counters());
            }
            if (datasource->connector == "memory")
                left_out.push_back("the rows of data source " + datasource->name +
                    ": they live in the tenant's process only");
        }
        const json head{{"models", std::move(models)}, {"counters", std::move(counters)},
            {"left_out", std::move(left_out)}};
        co_return put(out_, "# " + js::to_json(head) + "\n");
    }

    const Repository::FindConnector& connector_of_;
    std::FILE* out_;
    std::vector<const Model*> models_;
    std::vector<Source> sources_;
};

asio::awaitable<void> keep_dumping(Dump& dump, std::optional<Status>& result) {
    result.emplace(co_await dump.run());
}

}  // namespace

void append_row(std::string& out, const Model& model, const Record& record) {
    out += '{';
    bool first = true;
    const auto member = [&](std::string_view name, const json& value) {
        if (value.is_null() || is_undefined(value)) return;
        if (!std::exchange(first, false)) out += ',';
        js::append_quoted(out, name);
        out += ':';
        js::append_json(out, value);
    };
    for (std::size_t i = 0; i < record.values.size(); ++i) member(model.properties[i].name, record.values[i]);
    if (record.extra.is_object())
        for (const auto& [name, value] : record.extra.items())
            if (!model.find_property(name)) member(name, value);
    out += "}\n";
}

asio::awaitable<Status> for_each_row(Connector& connector, const Model& model,
                                     const std::function<Status(const Record&)>& each) {
    Filter page;
    page.limit = k_page_rows;
    for (;;) {
        MT_CO_TRY(const auto rows, co_await connector.find(model, page));
        for (const auto& row : rows) MT_CO_CHECK(each(row));
        if (rows.size() < k_page_rows) co_return Status{};
        page.where = Where{};
        page.where.kind = Where::Kind::condition;
        page.where.condition.property = model.id_index;
        page.where.condition.op = Op::gt;
        page.where.condition.operand = rows.back().values[model.id_index];
    }
}

Status dump_rows(asio::io_context& io, const Registry& registry, const Repository::FindConnector& connector_of,
                 std::FILE* out) {
    Dump dump{registry, connector_of, out};
    std::optional<Status> result;
    asio::co_spawn(io, keep_dumping(dump, result), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    io.run();
    return result ? *result : Status{Error{Errc::failed, "the rows were not read to their end"}};
}

}  // namespace mt::app

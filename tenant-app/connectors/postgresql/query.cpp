#include "tenant-app/connectors/postgresql/query.hpp"

#include <boost/asio/co_spawn.hpp>
#include <nlohmann/json.hpp>

#include "tenant-app/connectors/postgresql/connection.hpp"
#include "tenant-app/data/sql/render.hpp"

namespace mt::app::postgresql {

namespace asio = server::asio;

namespace {

constexpr std::uint16_t k_default_port = 5432;

/// As a part of another one it can be nothing but a query, and the server names its columns with each row.
std::string wrapped(std::string sql, std::size_t rows) {
    while (!sql.empty() && std::string_view{" \t\r\n;"}.find(sql.back()) != std::string_view::npos) sql.pop_back();
    // Its last line may be a comment.
    return "SELECT row_to_json(query)::text FROM (" + sql + "\n) query LIMIT " + std::to_string(rows + 1);
}

/// Prints one row, and before the first one what its columns are called.
Status put_row(std::string_view text, bool& first, QueryOutput& out) {
    const auto row = ordered_json::parse(text, nullptr, false);
    if (!row.is_object()) return Error{Errc::failed, "the server's row cannot be read"};
    std::vector<std::string> names;
    auto values = json::array();
    for (const auto& [name, value] : row.items()) {
        names.push_back(name);
        values.push_back(json(value));
    }
    if (std::exchange(first, false)) MT_CHECK(out.columns(std::move(names)));
    return out.row(values);
}

asio::awaitable<Status> run_query(asio::any_io_executor executor, server::Settings settings, std::string sql,
                                  QueryBounds bounds, QueryOutput& out) {
    MT_CO_TRY(const auto* library, Library::load());
    MT_CO_TRY(const auto connection, co_await Connection::open(executor, *library, settings));
    std::string begin = "BEGIN TRANSACTION READ ONLY";
    if (!settings.schema.empty()) begin += "; SET LOCAL search_path = " + sql::quote(settings.schema);
    MT_CO_CHECK(co_await connection->script(std::move(begin), bounds.time));
    Status printed;
    bool first = true;
    server::RowSink sink = [&](server::Cells cells) {
        if (printed.ok()) printed = put_row(cells[0].value_or("null"), first, out);
    };
    sql::Query query{wrapped(std::move(sql), bounds.rows), {}};
    MT_CO_CHECK(co_await connection->run(std::move(query), std::move(sink), bounds.time));
    MT_CO_CHECK(printed);
    if (first) MT_CO_CHECK(out.columns({}));
    co_return out.end();
}

asio::awaitable<void> keep_status(asio::awaitable<Status> work, std::optional<Status>& result) {
    result.emplace(co_await std::move(work));
}

}  // namespace

Status query(boost::asio::io_context& io, const std::filesystem::path& folder, const Datasource& datasource,
             const std::string& sql, const QueryBounds& bounds, QueryOutput& out) {
    MT_TRY(auto settings, server::read_settings(folder, datasource, "postgres", k_default_port));
    std::optional<Status> result;
    auto work = run_query(io.get_executor(), std::move(settings), sql, bounds, out);
    asio::co_spawn(io, keep_status(std::move(work), result), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    io.run();
    if (!result) return Error{Errc::failed, "the query was not answered"};
    return *std::move(result);
}

}  // namespace mt::app::postgresql

#include "tenant-app/connectors/mysql/catalogue.hpp"

namespace mt::app::mysql {

namespace {

constexpr const char* k_all_columns =
    "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COALESCE(COLLATION_NAME, ''), EXTRA LIKE '%auto_increment%'"
    " FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()";

constexpr const char* k_all_indexes =
    "SELECT TABLE_NAME, INDEX_NAME, MIN(COLUMN_NAME), COUNT(*), MAX(NON_UNIQUE)"
    " FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() GROUP BY TABLE_NAME, INDEX_NAME";

std::string copy(const std::optional<std::string_view>& cell) { return std::string{cell.value_or("")}; }

}  // namespace

std::string lowered(std::string name) {
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return name;
}

asio::awaitable<Result<Catalogue>> read_catalogue(server::Session& session, std::chrono::milliseconds timeout) {
    Catalogue catalogue;
    server::RowSink column = [&](server::Cells cells) {
        const auto name = copy(cells[1]);
        auto& existing = catalogue[copy(cells[0])].columns[lowered(name)];
        existing = {name, lowered(copy(cells[2])), copy(cells[3]), cells[4] == "1"};
    };
    sql::Query columns{k_all_columns, {}};
    MT_CO_CHECK(co_await session.run(std::move(columns), std::move(column), timeout));
    server::RowSink index = [&](server::Cells cells) {
        const bool one = cells[3] == "1";
        catalogue[copy(cells[0])].indexes[copy(cells[1])] = {one ? copy(cells[2]) : "", cells[4] == "0"};
    };
    sql::Query indexes{k_all_indexes, {}};
    MT_CO_CHECK(co_await session.run(std::move(indexes), std::move(index), timeout));
    co_return catalogue;
}

}  // namespace mt::app::mysql

// How the rows of a result come out: as text, whatever the columns' types.
#include <cstring>

#include "tenant-app/connectors/mysql/connection.hpp"

namespace mt::app::mysql {

namespace {

/// More than any number or time has as text; the library's estimate is for texts and bytes.
constexpr unsigned long k_number_text_bytes = 400;

}  // namespace

void Connection::deliver(MYSQL_RES* result, const server::RowSink& sink) const {
    std::vector<std::optional<std::string_view>> cells(library_.column_count(result));
    while (const auto row = library_.row(result)) {
        const auto* lengths = library_.lengths(result);
        for (std::size_t i = 0; i < cells.size(); ++i) {
            cells[i].reset();
            if (row[i]) cells[i].emplace(row[i], lengths[i]);
        }
        sink(cells);
    }
}

Status Connection::deliver(MYSQL_STMT* statement, const server::RowSink& sink) {
    struct Cell {
        std::string text;
        unsigned long bytes = 0;
        my_bool is_null = 0;
    };
    std::vector<Cell> cells(library_.statement_columns(statement));
    std::vector<MYSQL_BIND> binds(cells.size());
    auto* metadata = library_.metadata(statement);
    if (!metadata) return error_of(statement);
    const auto* fields = library_.fields(metadata);
    for (std::size_t i = 0; i < cells.size(); ++i) {
        cells[i].text.resize(fields[i].max_length + k_number_text_bytes);
        binds[i].buffer_type = MYSQL_TYPE_STRING;
        binds[i].buffer = cells[i].text.data();
        binds[i].buffer_length = cells[i].text.size();
        binds[i].length = &cells[i].bytes;
        binds[i].is_null = &cells[i].is_null;
    }
    library_.free_result(metadata);
    if (library_.bind_result(statement, binds.data()) != 0) return error_of(statement);
    std::vector<std::optional<std::string_view>> row(cells.size());
    for (int got = 0; (got = library_.fetch(statement)) != MYSQL_NO_DATA;) {
        if (got == MYSQL_DATA_TRUNCATED) return Error{Errc::failed, "database: a value is longer than was announced"};
        if (got != 0) return error_of(statement);
        for (std::size_t i = 0; i < cells.size(); ++i) {
            row[i].reset();
            if (!cells[i].is_null) row[i].emplace(cells[i].text.data(), cells[i].bytes);
        }
        sink(row);
    }
    return {};
}

}  // namespace mt::app::mysql

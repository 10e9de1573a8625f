#include "mtm/gathered_rows.hpp"

#include <algorithm>

#include "base/cli/table.hpp"
#include "base/printable.hpp"

namespace mt::mtm {

namespace {

std::string folded(std::string name) {
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return name;
}

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

/// RFC 4180 section 2. An absent value is an empty cell, an empty text `""`.
std::string csv_cell(const json& value) {
    if (value.is_null()) return {};
    const auto text = value.is_string() ? value.get<std::string>() : dumped(value);
    if (!text.empty() && text.find_first_of("\",\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string{"\"\""} : std::string(1, c);
    return quoted + "\"";
}

Error cut_off() {
    return Error{Errc::failed, "its answer is cut off"}.hint("is tenant-app of the same version as mtm?");
}

}  // namespace

GatheredRows::GatheredRows(bool with_tenants) : with_tenants_(with_tenants) {
    if (with_tenants_) column_of("tenant");
}

std::size_t GatheredRows::column_of(const std::string& name) {
    const auto known = std::find(folded_.begin(), folded_.end(), folded(name));
    if (known != folded_.end()) return static_cast<std::size_t>(known - folded_.begin());
    columns_.push_back(name);
    folded_.push_back(folded(name));
    return columns_.size() - 1;
}

Status GatheredRows::add(const std::string& tenant, std::string_view lines) {
    std::vector<std::size_t> places;
    std::vector<json> rows;
    bool complete = false, has_head = false;
    while (!lines.empty() && !complete) {
        const auto end = lines.find('\n');
        if (end == std::string_view::npos) return cut_off();
        const auto line = parse_json(lines.substr(0, end));
        lines.remove_prefix(end + 1);
        if (!line.ok()) return cut_off();
        if (!has_head) {
            if (!line->is_object() || !line->contains("columns")) return cut_off();
            for (const auto& name : (*line)["columns"]) {
                const auto text = name.get<std::string>();
                places.push_back(column_of(with_tenants_ && folded(text) == "tenant" ? "tenant_2" : text));
            }
            has_head = true;
            continue;
        }
        complete = line->is_object();
        if (complete) continue;
        json row(std::vector<json>(columns_.size()));
        if (with_tenants_) row[0] = tenant;
        for (std::size_t i = 0; i < std::min(line->size(), places.size()); ++i) row[places[i]] = (*line)[i];
        rows.push_back(std::move(row));
    }
    if (!complete) return cut_off();
    rows_.insert(rows_.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
    return {};
}

json GatheredRows::document() const {
    auto rows = json::array();
    for (const auto& row : rows_) {
        json object = json::object();
        for (std::size_t i = 0; i < columns_.size(); ++i) object[columns_[i]] = i < row.size() ? row[i] : json();
        rows.push_back(std::move(object));
    }
    return {{"columns", columns_}, {"rows", std::move(rows)}};
}

std::string GatheredRows::to_reduce(const std::string& sql) const {
    auto text = dumped({{"sql", sql}, {"columns", columns_}}) + "\n";
    for (auto row : rows_) {
        while (row.size() < columns_.size()) row.push_back(nullptr);
        text += dumped(row) + "\n";
    }
    return text;
}

std::string rows_as_table(const json& document, bool colour, std::size_t width) {
    std::vector<cli::Column> columns;
    auto rows = json::array();
    for (std::size_t i = 0; i < document["columns"].size(); ++i) {
        // A name may hold what means something to the table.
        cli::Column column{printable(document["columns"][i].get<std::string>()), std::to_string(i)};
        const bool any_text = std::any_of(document["rows"].begin(), document["rows"].end(), [&](const json& row) {
            const auto& value = row[document["columns"][i].get<std::string>()];
            return !value.is_number() && !value.is_null();
        });
        if (!any_text) column.show = cli::Show::count;
        columns.push_back(std::move(column));
    }
    for (const auto& row : document["rows"]) {
        json cells = json::object();
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const auto& value = row[document["columns"][i].get<std::string>()];
            cells[std::to_string(i)] = value.is_structured() || value.is_boolean() ? json(dumped(value)) : value;
        }
        rows.push_back(std::move(cells));
    }
    return cli::render_table(rows, columns, colour, width);
}

std::string rows_as_csv(const json& document) {
    std::string text;
    const auto line = [&](const auto& cell_of) {
        const char* comma = "";
        for (const auto& column : document["columns"]) text += std::exchange(comma, ",") + cell_of(column);
        text += "\r\n";
    };
    line([](const json& column) { return csv_cell(column); });
    for (const auto& row : document["rows"])
        line([&](const json& column) { return csv_cell(row[column.template get<std::string>()]); });
    return text;
}

}  // namespace mt::mtm

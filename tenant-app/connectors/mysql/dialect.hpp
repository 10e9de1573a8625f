#pragma once
#include "tenant-app/data/sql/dialect.hpp"

namespace mt::app::mysql {

/// In backquotes.
std::string backquoted(std::string_view name);

/// What MariaDB 10.6, MySQL 8.0.17 and later understand.
class Dialect final : public sql::Dialect {
public:
    /// By bytes, spaces at the end included; the two servers name it differently. Set before the first statement.
    void set_mariadb(bool is_mariadb);
    std::string_view collation() const { return collation_; }

    std::string quote(std::string_view name) const override { return backquoted(name); }
    std::optional<std::string> encode(const Property& property, sql::Kind kind, const Value& value) const override;
    bool can_hold(sql::Kind kind, std::string_view text) const override;
    Value decode(const Property& property, sql::Kind kind, std::string_view text) const override;
    void store(sql::Query& query, std::optional<std::string> text) const override;
    void operand(sql::Query& query, sql::Kind kind, const Value& value, std::string text) const override;
    void among(sql::Query& query, sql::Kind kind, std::span<const Value> values, std::vector<std::string> texts,
               bool negated) const override;
    std::size_t list_max() const override;
    std::string ordered(const sql::Column& column) const override;
    std::string_view direction(bool descending) const override;
    void window(sql::Query& query, std::optional<std::uint64_t> limit, std::uint64_t skip) const override;
    std::string holds(const std::string& list, const sql::Column& element) const override;
    bool merges() const override { return false; }
    void merge(sql::Query& query, const std::string& column, std::string object) const override;

private:
    std::string_view collation_ = "utf8mb4_nopad_bin";
};

}  // namespace mt::app::mysql

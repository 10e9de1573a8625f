#pragma once
#include "tenant-app/data/sql/dialect.hpp"

namespace mt::app::postgresql {

/// What PostgreSQL 13 and later understands.
class Dialect final : public sql::Dialect {
public:
    std::string quote(std::string_view name) const override;
    std::optional<std::string> encode(const Property& property, sql::Kind kind, const Value& value) const override;
    bool can_hold(sql::Kind kind, std::string_view text) const override;
    Value decode(const Property& property, sql::Kind kind, std::string_view text) const override;
    void store(sql::Query& query, std::optional<std::string> text) const override;
    void operand(sql::Query& query, sql::Kind kind, const Value& value, std::string text) const override;
    void among(sql::Query& query, sql::Kind kind, std::span<const Value> values, std::vector<std::string> texts,
               bool negated) const override;
    std::string ordered(const sql::Column& column) const override;
    std::string_view direction(bool descending) const override;
    void window(sql::Query& query, std::optional<std::uint64_t> limit, std::uint64_t skip) const override;
    std::string holds(const std::string& list, const sql::Column& element) const override;
    void merge(sql::Query& query, const std::string& column, std::string object) const override;
};

/// A date between 4713 BC and 294276 AD as PostgreSQL writes and reads it, of and to the ISO text of ECMAScript, whose
/// years have six digits and a sign outside of 0 to 9999. Nothing for what is no date.
std::string time_text(std::string_view iso);
std::optional<std::string> iso_text(std::string_view time);

}  // namespace mt::app::postgresql

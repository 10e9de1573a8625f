#include <algorithm>
#include <map>

#include "tenant-app/connectors/factories.hpp"
#include "tenant-app/connectors/id_counter.hpp"
#include "tenant-app/data/sort_rows.hpp"
#include "tenant-app/query/evaluate.hpp"

namespace mt::app {

namespace {

struct ById {
    bool operator()(const Value& a, const Value& b) const { return compare_values(a, b) < 0; }
};
struct Rows {
    std::map<Value, Record, ById> rows;
    IdCounter ids;
};

/// Every connector answers null for what is absent: a database's column cannot tell the two apart.
Record settled(const Model& model, Record record) {
    record.values.resize(model.properties.size(), nullptr);
    for (auto& value : record.values) {
        if (is_undefined(value)) value = nullptr;
    }
    if (record.extra.is_object() && record.extra.empty()) record.extra = nullptr;
    return record;
}

class Memory final : public Connector {
public:
    Status migrate(const std::vector<const Model*>& models) override {
        for (const auto* model : models) tables_[model->name];
        return {};
    }

    asio::awaitable<Result<std::vector<Record>>> find(const Model& model, const Filter& filter) override {
        ++statements_;
        std::vector<Record> out;
        const auto rows = select(model, filter.where);
        std::vector<const Record*> sorted{rows.begin(), rows.end()};
        sort_rows(sorted, filter);  // they come by id, and equal ones stay so
        for (std::size_t i = filter.skip; i < sorted.size() && (!filter.limit || out.size() < *filter.limit); ++i) {
            out.push_back(*sorted[i]);
        }
        co_return out;
    }

    asio::awaitable<Result<std::uint64_t>> count(const Model& model, const Where& where) override {
        ++statements_;
        co_return std::uint64_t{select(model, where).size()};
    }

    asio::awaitable<Result<Value>> create(const Model& model, const Record& record) override {
        ++statements_;
        auto& table = tables_[model.name];
        Record row = settled(model, record);
        auto& id = row.values[model.id_index];
        id = table.ids.take(model.id(), id);
        if (table.rows.contains(id)) co_return duplicate_error(model, model.id().name);
        if (const auto* taken = duplicate(model, row, nullptr)) co_return duplicate_error(model, taken->name);
        Value key = id;
        table.rows.emplace(key, std::move(row));
        co_return key;
    }

    asio::awaitable<Result<std::uint64_t>> update(const Model& model, const Where& where, const Record& changes) override {
        ++statements_;
        const auto rows = select(model, where);
        // All or nothing: uniqueness is looked at before the first row changes.
        std::vector<std::pair<Record*, Record>> changed;
        for (auto* row : rows) {
            Record next = *row;
            for (std::size_t i = 0; i < next.values.size(); ++i) {
                if (!is_undefined(changes.values[i]) && i != model.id_index) next.values[i] = changes.values[i];
            }
            if (changes.extra.is_object()) {
                if (!next.extra.is_object()) next.extra = json::object();
                for (const auto& [key, value] : changes.extra.items()) next.extra[key] = value;
            }
            if (const auto* taken = duplicate(model, next, row)) co_return duplicate_error(model, taken->name);
            for (const auto& other : changed) {
                if (const auto* taken = clash(model, next, other.second)) co_return duplicate_error(model, taken->name);
            }
            if (has_unique(model)) changed.emplace_back(row, std::move(next));
            else *row = std::move(next);
        }
        for (auto& [row, next] : changed) *row = std::move(next);
        co_return std::uint64_t{rows.size()};
    }

    asio::awaitable<Result<bool>> replace(const Model& model, const Value& id, const Record& record) override {
        ++statements_;
        auto& rows = tables_[model.name].rows;
        const auto it = rows.find(id);
        if (it == rows.end()) co_return false;
        Record next = settled(model, record);
        next.values[model.id_index] = it->first;
        if (const auto* taken = duplicate(model, next, &it->second)) co_return duplicate_error(model, taken->name);
        it->second = std::move(next);
        co_return true;
    }

    asio::awaitable<Result<std::uint64_t>> destroy(const Model& model, const Where& where) override {
        ++statements_;
        auto& rows = tables_[model.name].rows;
        if (const auto* id = single_id(model, where)) co_return std::uint64_t{rows.erase(*id)};
        const Matcher matcher{where};
        co_return std::uint64_t{std::erase_if(rows, [&](const auto& row) { return matcher(row.second); })};
    }

    std::uint64_t statements() const override { return statements_; }

private:
    std::vector<Record*> select(const Model& model, const Where& where) {
        std::vector<Record*> out;
        auto& rows = tables_[model.name].rows;
        if (const auto* id = single_id(model, where)) {
            const auto it = rows.find(*id);
            if (it != rows.end()) out.push_back(&it->second);
            return out;
        }
        const Matcher matcher{where};
        for (auto& [id, row] : rows) {
            if (matcher(row)) out.push_back(&row);
        }
        return out;
    }

    static bool has_unique(const Model& model) {
        return std::any_of(model.properties.begin(), model.properties.end(), [](const Property& p) { return p.unique; });
    }

    /// The unique property in which two rows agree, or null.
    static const Property* clash(const Model& model, const Record& a, const Record& b) {
        for (std::size_t i = 0; i < model.properties.size(); ++i) {
            if (model.properties[i].unique && !a.values[i].is_null() && a.values[i] == b.values[i]) return &model.properties[i];
        }
        return nullptr;
    }

    const Property* duplicate(const Model& model, const Record& row, const Record* self) {
        if (!has_unique(model)) return nullptr;
        for (const auto& [id, other] : tables_[model.name].rows) {
            if (&other == self) continue;
            if (const auto* taken = clash(model, row, other)) return taken;
        }
        return nullptr;
    }

    std::map<std::string, Rows, std::less<>> tables_;
    std::uint64_t statements_ = 0;
};

}  // namespace

Result<std::unique_ptr<Connector>> make_memory(const asio::any_io_executor&, const std::filesystem::path&, const Datasource&) {
    return std::unique_ptr<Connector>{std::make_unique<Memory>()};
}

}  // namespace mt::app

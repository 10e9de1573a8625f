#include "tenant-app/jobs/row_writer.hpp"

namespace mt::app {

RowWriter::~RowWriter() {
    // Closing the database takes back what this could not.
    for (const auto& [connector, carried] : begun_)
        if (carried && !carried->roll_back().ok()) continue;
}

bool RowWriter::is_atomic(const Model& model) const { return dynamic_cast<Carried*>(&connector_of_(model)) != nullptr; }

asio::awaitable<Result<Value>> RowWriter::add(const Model& model, const Record& record) {
    auto& connector = connector_of_(model);
    auto known = begun_.find(&connector);
    if (known == begun_.end()) {
        auto* carried = dynamic_cast<Carried*>(&connector);
        if (carried) MT_CO_CHECK(carried->begin());
        known = begun_.emplace(&connector, carried).first;
    }
    if (known->second) co_return known->second->add(model, record);
    co_return co_await connector.create(model, record);
}

Status RowWriter::commit() {
    for (auto& [connector, carried] : begun_)
        if (auto* const begun = std::exchange(carried, nullptr)) MT_CHECK(begun->commit());
    begun_.clear();
    return {};
}

}  // namespace mt::app

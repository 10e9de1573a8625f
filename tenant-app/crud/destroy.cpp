#include "tenant-app/crud/draft.hpp"
#include "tenant-app/crud/hooks.hpp"
#include "tenant-app/query/coerce.hpp"

namespace mt::app {

asio::awaitable<Result<std::uint64_t>> Repository::destroy_by_id(const Model& model, std::string_view id_text) {
    const auto id = coerce_id(model.id(), id_text);
    if (is_undefined(id)) co_return std::uint64_t{0};
    const auto where = Where::equals(model.id_index, id);
    co_return co_await destroy(model, where);
}

asio::awaitable<Result<std::uint64_t>> Repository::destroy(const Model& model, const Where& where) {
    if (auto* hooks = hooks_of(model)) MT_CO_CHECK(co_await hooks->before_destroy(model, where));
    co_return co_await connector_of_(model).destroy(model, where);
}

}  // namespace mt::app

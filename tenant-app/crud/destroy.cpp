#include "tenant-app/crud/draft.hpp"
#include "tenant-app/crud/hooks.hpp"
#include "tenant-app/query/coerce.hpp"

namespace mt::app {

asio::awaitable<Result<std::uint64_t>> Repository::destroy_all(const Model& model, const Where& where) {
    Where all = where;
    co_return co_await rows_destroy(model, std::move(all));
}

asio::awaitable<Result<std::uint64_t>> Repository::destroy_by_id(const Model& model, std::string_view id_text) {
    const auto id = coerce_id(model.id(), id_text);
    if (is_undefined(id)) co_return std::uint64_t{0};
    auto where = Where::both(Where::equals(model.id_index, id), default_where(model));
    co_return co_await rows_destroy(model, std::move(where));
}

}  // namespace mt::app

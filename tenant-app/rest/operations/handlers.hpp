#pragma once
#include "tenant-app/rest/operations.hpp"

namespace mt::app::rest {

using Answering = asio::awaitable<Result<Outcome>>;

// operations/read.cpp
Answering find(Call& call);
Answering find_one(Call& call);
Answering find_by_id(Call& call);
Answering exists(Call& call);
/// HEAD /{id}: 404 where GET /{id}/exists says false.
Answering exists_or_404(Call& call);
Answering count(Call& call);

// operations/write.cpp
Answering create(Call& call);
Answering patch_or_create(Call& call);
Answering replace_or_create(Call& call);
Answering upsert_with_where(Call& call);
Answering replace_by_id(Call& call);
Answering patch_attributes(Call& call);
Answering update_all(Call& call);
Answering delete_by_id(Call& call);

// operations/change_stream.cpp
Answering create_change_stream(Call& call);

// operations/related.cpp
Answering related_find(Call& call);
Answering related_get_one(Call& call);
Answering related_find_by_id(Call& call);
Answering related_count(Call& call);
Answering related_create(Call& call);
Answering related_update_by_id(Call& call);
Answering related_destroy_by_id(Call& call);
Answering related_destroy_all(Call& call);

Answering related_link(Call& call);
Answering related_unlink(Call& call);
/// HEAD /{id}/{relation}/rel/{fk}: 404 where there is no tie.
Answering related_linked(Call& call);

// operations/scope.cpp
Answering scope_find(Call& call);
Answering scope_create(Call& call);
Answering scope_count(Call& call);
Answering scope_destroy_all(Call& call);
// operations/user.cpp: models based on LoopBack's User
Answering login(Call& call);
Answering logout(Call& call);
Answering confirm(Call& call);
Answering verify(Call& call);
Answering reset_password(Call& call);
Answering change_password(Call& call);
Answering set_password(Call& call);

// operations/outcome.cpp
Outcome one(const Model& model, const Instance& instance, const Filter* filter = nullptr);
Outcome many(const Model& model, const std::vector<Instance>& instances, const Filter* filter = nullptr);
Outcome counted(std::uint64_t number);
Outcome nothing();
/// LoopBack's 404 for an id.
Error unknown_id(const Model& model, std::string_view id);
/// LoopBack's 400 for a body that is no object.
Error not_an_object();

}  // namespace mt::app::rest

#pragma once
#include "tenant-app/rest/operations.hpp"
#include "tenant-app/rest/request.hpp"

namespace mt::app::rest {

/// What says who sends the request: the token in the query (access_token), in X-Access-Token or in Authorization, in this order, as
/// LoopBack's token middleware takes it. Empty: nobody, or nobody is asked.
std::string token_of(const Service& service, const Request& request);

/// What an operation wants, in the words of access rules. Borrows from the call.
Demand demand_of(const Call& call, const Operation& operation);

/// No rule can speak of the call: authorize() would allow it.
bool is_open(const Call& call, const Operation& operation);

/// Fails with not_allowed, or as the model's aclErrorStatus says, if the rules deny the call. An instance that does not exist is
/// told from one that is denied (not_found) for LoopBack's instance methods, which look it up first.
asio::awaitable<Status> authorize(const Call& call, const Operation& operation);

}  // namespace mt::app::rest

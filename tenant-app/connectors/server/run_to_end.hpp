#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "base/result.hpp"
#include "tenant-app/connectors/server/session.hpp"

namespace mt::app::server {

/// co_spawn hands on only what can be made of nothing, which a Result cannot.
template <class T>
asio::awaitable<void> keep_result(asio::awaitable<Result<T>> work, std::optional<Result<T>>& result) {
    result.emplace(co_await std::move(work));
}

/// For jobs, which have nothing else to do: runs `io` until `work` is done. What it throws comes out here.
template <class T>
Result<T> run_to_end(asio::io_context& io, asio::awaitable<Result<T>> work) {
    std::optional<Result<T>> result;
    asio::co_spawn(io, keep_result(std::move(work), result), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    io.run();
    if (!result) return Error{Errc::failed, "the database did not answer"};
    return *std::move(result);
}

}  // namespace mt::app::server

#pragma once
#include <optional>
#include <utility>
#include <variant>

#include "base/error.hpp"

namespace mt {

/// A value or the Error that prevented it. (boost::system::result is not [[nodiscard]] in 1.81 and wants an Error that can be
/// made of nothing; std::expected is C++23.)
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit by design
    Result(Error error) : held_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

    bool ok() const { return held_.index() == 0; }
    explicit operator bool() const { return ok(); }

    /// All of these require ok(), or !ok() for error().
    T& operator*() & { return *std::get_if<0>(&held_); }
    const T& operator*() const& { return *std::get_if<0>(&held_); }
    T&& operator*() && { return std::move(*std::get_if<0>(&held_)); }
    T* operator->() { return std::get_if<0>(&held_); }
    const T* operator->() const { return std::get_if<0>(&held_); }
    const Error& error() const& { return *std::get_if<1>(&held_); }
    Error error() && { return std::move(*std::get_if<1>(&held_)); }

private:
    std::variant<T, Error> held_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design

    bool ok() const { return !error_; }
    explicit operator bool() const { return ok(); }
    Error error() const { return *error_; }

private:
    std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace mt

// Pass an error on: MT_TRY(auto text, read_file(path)); MT_CHECK(write(…)). The MT_CO_ forms are for coroutines.
#define MT_CONCAT_(a, b) a##b
#define MT_CONCAT(a, b) MT_CONCAT_(a, b)
#define MT_TRY_(held, declaration, expression, leave) \
    auto held = (expression);                         \
    if (!held.ok()) leave std::move(held).error();    \
    declaration = *std::move(held)
#define MT_CHECK_(held, expression, leave) \
    do {                                   \
        auto held = (expression);          \
        if (!held.ok()) leave held.error(); \
    } while (false)
#define MT_TRY(declaration, expression) MT_TRY_(MT_CONCAT(mt_try_, __LINE__), declaration, expression, return)
#define MT_CHECK(expression) MT_CHECK_(mt_check, expression, return)
#define MT_CO_TRY(declaration, expression) MT_TRY_(MT_CONCAT(mt_try_, __LINE__), declaration, expression, co_return)
#define MT_CO_CHECK(expression) MT_CHECK_(mt_check, expression, co_return)

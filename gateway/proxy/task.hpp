#pragma once
#include <coroutine>
#include <exception>
#include <utility>

// The proxy's own coroutine types, 90 lines instead of asio::awaitable. A session waits for *any* of four readiness events and a
// deadline at once; with awaitables that is a parallel group with one frame, one cancellation slot and one completion per event.
// Here it is one suspended handle that whoever has news resumes, and an operation that can finish at once never suspends.

namespace mt::gateway {

/// A coroutine that its caller awaits; starts when awaited, runs on the caller's thread. T is a small value.
template <class T>
class [[nodiscard]] Task {
public:
    struct promise_type {
        T value{};
        std::exception_ptr failure;
        std::coroutine_handle<> caller;  ///< set only once the caller really waits

        promise_type() = default;  // no aggregate, which could be made of a coroutine's parameters

        Task get_return_object() { return Task{std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        auto final_suspend() noexcept {
            struct ToCaller {
                bool await_ready() noexcept { return false; }
                std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> self) noexcept {
                    const auto waiting = self.promise().caller;
                    return waiting ? waiting : std::noop_coroutine();
                }
                void await_resume() noexcept {}
            };
            return ToCaller{};
        }
        void return_value(T result) { value = std::move(result); }
        void unhandled_exception() { failure = std::current_exception(); }
    };

    Task(Task&& other) noexcept : self_(std::exchange(other.self_, {})) {}
    Task& operator=(Task&&) = delete;
    ~Task() {
        if (self_) self_.destroy();
    }

    bool await_ready() noexcept { return false; }
    /// Runs the callee at once on this stack; only if it waits does the caller. So a loop over callees that never wait does not
    /// deepen the stack, whatever the compiler does about tail calls.
    bool await_suspend(std::coroutine_handle<> caller) {
        self_.resume();
        if (self_.done()) return false;
        self_.promise().caller = caller;
        return true;
    }
    T await_resume() {
        if (self_.promise().failure) std::rethrow_exception(self_.promise().failure);
        return std::move(self_.promise().value);
    }

private:
    explicit Task(std::coroutine_handle<promise_type> self) : self_(self) {}
    std::coroutine_handle<promise_type> self_;
};

/// A coroutine that nobody awaits: starts at once, frees itself. Its body catches everything.
struct Detached {
    struct promise_type {
        Detached get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        [[noreturn]] void unhandled_exception() { std::terminate(); }
    };
};

/// Whoever wants to hear from a Wire.
class Listener {
public:
    virtual void news() = 0;

protected:
    ~Listener() = default;
};

/// The place where one coroutine sleeps until somebody has news for it. News while it is awake are remembered.
class Sleeper final : public Listener {
public:
    /// May run the coroutine to its end, and with it destroy whatever owns this object.
    void news() override {
        if (who_) std::exchange(who_, {}).resume();
        else woken_ = true;
    }
    auto sleep() {
        struct Wait {
            Sleeper& self;
            bool await_ready() { return std::exchange(self.woken_, false); }
            void await_suspend(std::coroutine_handle<> who) { self.who_ = who; }
            void await_resume() { self.woken_ = false; }
        };
        return Wait{*this};
    }

private:
    std::coroutine_handle<> who_;
    bool woken_ = false;
};

}  // namespace mt::gateway

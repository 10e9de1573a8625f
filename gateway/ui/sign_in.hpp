#pragma once
#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mt::gateway {

/// Who may use the operator's page. A token is exchanged once for a session, which two secrets prove together: a
/// cookie, and a key that the page's script holds and sends as a field of its own. A cookie alone is worth nothing,
/// because browsers send it to every port of this host, and tenants listen there. All is in memory and bounded. Any
/// thread.
class SignIn {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::minutes k_token_life{10};
    static constexpr std::chrono::hours k_idle_life{2}, k_session_life{12};
    static constexpr std::size_t k_tokens_max = 8, k_sessions_max = 16;  ///< the oldest makes room

    /// A token that signs in once, within k_token_life.
    std::string issue_token(Clock::time_point now);

    struct Session {
        std::string cookie, key;
    };
    /// Nothing: the token was never issued, was used, or is too old.
    std::optional<Session> exchange(std::string_view token, Clock::time_point now);

    enum class Standing { unknown, without_key, signed_in };
    /// `cookies`: the values of all cookies of our name. Being signed in lasts k_idle_life longer from now on.
    Standing standing(const std::vector<std::string_view>& cookies, std::string_view key, Clock::time_point now);

    void sign_out(const std::vector<std::string_view>& cookies);

private:
    struct Token {
        std::string text;
        Clock::time_point until;
    };
    struct Known {
        Session session;
        Clock::time_point until, idle_until;
    };
    void forget_old(Clock::time_point now);
    Known* find(const std::vector<std::string_view>& cookies);

    std::mutex mutex_;  ///< guards what follows
    std::deque<Token> tokens_;
    std::deque<Known> sessions_;
};

}  // namespace mt::gateway

#include "gateway/ui/sign_in.hpp"

#include "gateway/ui/secret.hpp"

namespace mt::gateway {

std::string SignIn::issue_token(Clock::time_point now) {
    const std::lock_guard lock{mutex_};
    forget_old(now);
    if (tokens_.size() == k_tokens_max) tokens_.pop_front();
    return tokens_.emplace_back(Token{random_secret(), now + k_token_life}).text;
}

std::optional<SignIn::Session> SignIn::exchange(std::string_view token, Clock::time_point now) {
    const std::lock_guard lock{mutex_};
    forget_old(now);
    const auto used = std::erase_if(tokens_, [&](const Token& known) { return same_secret(known.text, token); });
    if (used == 0) return std::nullopt;
    if (sessions_.size() == k_sessions_max) sessions_.pop_front();
    const Session session{random_secret(), random_secret()};
    sessions_.push_back({session, now + k_session_life, now + k_idle_life});
    return session;
}

SignIn::Standing SignIn::standing(const std::vector<std::string_view>& cookies, std::string_view key,
                                  Clock::time_point now) {
    const std::lock_guard lock{mutex_};
    forget_old(now);
    auto* const known = find(cookies);
    if (!known) return Standing::unknown;
    if (!same_secret(known->session.key, key)) return Standing::without_key;
    known->idle_until = now + k_idle_life;
    return Standing::signed_in;
}

void SignIn::sign_out(const std::vector<std::string_view>& cookies) {
    const std::lock_guard lock{mutex_};
    for (const auto cookie : cookies)
        std::erase_if(sessions_, [&](const Known& known) { return same_secret(known.session.cookie, cookie); });
}

void SignIn::forget_old(Clock::time_point now) {
    std::erase_if(tokens_, [&](const Token& token) { return token.until <= now; });
    std::erase_if(sessions_, [&](const Known& known) { return known.until <= now || known.idle_until <= now; });
}

SignIn::Known* SignIn::find(const std::vector<std::string_view>& cookies) {
    Known* found = nullptr;
    for (auto& known : sessions_)
        for (const auto cookie : cookies)
            if (same_secret(known.session.cookie, cookie)) found = &known;
    return found;
}

}  // namespace mt::gateway

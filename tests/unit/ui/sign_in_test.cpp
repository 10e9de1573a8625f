#include "gateway/ui/sign_in.hpp"

#include <doctest/doctest.h>

#include <set>

#include "gateway/ui/secret.hpp"

using namespace mt::gateway;
using namespace std::chrono_literals;
using Standing = SignIn::Standing;

TEST_CASE("random_secret: 256 bits, never the same twice") {
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const auto secret = random_secret();
        CHECK(secret.size() == 64);
        CHECK(secret.find_first_not_of("0123456789abcdef") == std::string::npos);
        CHECK(seen.insert(secret).second);
    }
}

TEST_CASE("same_secret: equal bytes alone") {
    CHECK(same_secret("abc", "abc"));
    CHECK_FALSE(same_secret("abc", "abd"));
    CHECK_FALSE(same_secret("xbc", "abc"));
    CHECK_FALSE(same_secret("abc", "abcd"));
    CHECK_FALSE(same_secret("abc", ""));
}

TEST_CASE("SignIn: a token signs in once, and not when it is too old") {
    const auto now = SignIn::Clock::now();
    SignIn book;
    const auto token = book.issue_token(now);
    CHECK_FALSE(book.exchange("", now));
    CHECK_FALSE(book.exchange(token.substr(1), now));
    CHECK(book.exchange(token, now + SignIn::k_token_life - 1s));
    CHECK_FALSE(book.exchange(token, now));
    const auto late = book.issue_token(now);
    CHECK_FALSE(book.exchange(late, now + SignIn::k_token_life));
}

TEST_CASE("SignIn: of many unused tokens the oldest are forgotten") {
    const auto now = SignIn::Clock::now();
    SignIn book;
    const auto first = book.issue_token(now);
    std::string last;
    for (std::size_t i = 0; i < SignIn::k_tokens_max; ++i) last = book.issue_token(now);
    CHECK_FALSE(book.exchange(first, now));
    CHECK(book.exchange(last, now));
}

TEST_CASE("SignIn: a session is cookie and key together") {
    const auto now = SignIn::Clock::now();
    SignIn book;
    const auto ann = *book.exchange(book.issue_token(now), now);
    const auto bob = *book.exchange(book.issue_token(now), now);
    CHECK(ann.cookie != ann.key);
    CHECK(book.standing({ann.cookie}, ann.key, now) == Standing::signed_in);
    CHECK(book.standing({ann.cookie}, "", now) == Standing::without_key);
    CHECK(book.standing({ann.cookie}, bob.key, now) == Standing::without_key);
    CHECK(book.standing({ann.key}, ann.key, now) == Standing::unknown);
    CHECK(book.standing({}, ann.key, now) == Standing::unknown);
    // Somebody else's cookie of our name beside ours shuts nobody out.
    CHECK(book.standing({"planted", ann.cookie}, ann.key, now) == Standing::signed_in);
    book.sign_out({ann.cookie});
    CHECK(book.standing({ann.cookie}, ann.key, now) == Standing::unknown);
    CHECK(book.standing({bob.cookie}, bob.key, now) == Standing::signed_in);
}

TEST_CASE("SignIn: a session ends when it is not used, and in any case after its life") {
    const auto start = SignIn::Clock::now();
    SignIn book;
    const auto idle = *book.exchange(book.issue_token(start), start);
    CHECK(book.standing({idle.cookie}, idle.key, start + SignIn::k_idle_life) == Standing::unknown);
    const auto busy = *book.exchange(book.issue_token(start), start);
    auto now = start;
    for (; now < start + SignIn::k_session_life; now += 1h)
        CHECK(book.standing({busy.cookie}, busy.key, now) == Standing::signed_in);
    CHECK(book.standing({busy.cookie}, busy.key, now) == Standing::unknown);
}

TEST_CASE("SignIn: without the key a session is not kept alive") {
    const auto start = SignIn::Clock::now();
    SignIn book;
    const auto session = *book.exchange(book.issue_token(start), start);
    CHECK(book.standing({session.cookie}, "guess", start + 1h) == Standing::without_key);
    CHECK(book.standing({session.cookie}, session.key, start + SignIn::k_idle_life) == Standing::unknown);
}

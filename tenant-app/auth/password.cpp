#include "tenant-app/auth/password.hpp"

#include <crypt.h>
#include <sodium.h>

#include <memory>

namespace mt::app {

namespace {

constexpr std::size_t k_password_bytes = 72;
// OWASP's smaller setting for argon2id; a worker that hashes several at once queues them, so this is the most it needs.
constexpr unsigned long long k_passes = 2;
constexpr std::size_t k_memory = 19u << 20;
/// Above this a stored hash would keep the thread busy for seconds: 15 is LoopBack's default of 10 times 32.
constexpr int k_bcrypt_cost_max = 15;

std::string_view counted(std::string_view plain) { return plain.substr(0, k_password_bytes); }

int bcrypt_cost(std::string_view hash) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (hash.size() != 60 || hash[0] != '$' || hash[1] != '2' || hash[3] != '$' || hash[6] != '$') return -1;
    if (hash[2] != 'a' && hash[2] != 'b' && hash[2] != 'y') return -1;
    if (!digit(hash[4]) || !digit(hash[5])) return -1;
    return (hash[4] - '0') * 10 + (hash[5] - '0');
}

bool same_bytes(std::string_view a, std::string_view b) {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool match_bcrypt(const std::string& stored, std::string_view plain) {
    if (plain.find('\0') != std::string_view::npos) return false;  // crypt() would stop there
    const auto work = std::make_unique<crypt_data>();              // 32 KiB: too big for the stack
    std::string text{plain};
    const char* made = ::crypt_r(text.c_str(), stored.c_str(), work.get());
    const bool same = made && same_bytes(made, stored);
    sodium_memzero(text.data(), text.size());
    sodium_memzero(work.get(), sizeof *work);
    return same;
}

/// A hash of ours whose parameters are ours or cheaper: a row of the database must not be able to ask for gigabytes.
bool is_our_hash(std::string_view stored) {
    return stored.size() < crypto_pwhash_STRBYTES && stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$");
}

void waste_time(std::string_view plain) {
    char out[crypto_pwhash_STRBYTES];
    [[maybe_unused]] const int made = crypto_pwhash_str(out, plain.data(), plain.size(), k_passes, k_memory);
}

}  // namespace

Status check_password(std::string_view plain) {
    if (plain.empty()) return Error{Errc::validation, "Invalid password."}.labelled("INVALID_PASSWORD");
    if (plain.size() <= k_password_bytes) return {};
    return Error{Errc::validation, "The password entered was too long. Max length is 72 (entered " + std::to_string(plain.size()) + ")"}
        .labelled("PASSWORD_TOO_LONG");
}

bool is_loopback_hash(std::string_view text) {
    const int cost = bcrypt_cost(text);
    return cost >= 4 && cost <= k_bcrypt_cost_max && text[2] != 'y';
}

Result<std::string> hash_password(std::string_view plain) {
    if (sodium_init() < 0) return Error{Errc::failed, "libsodium cannot be used"};
    plain = counted(plain);
    char out[crypto_pwhash_STRBYTES];
    if (crypto_pwhash_str_alg(out, plain.data(), plain.size(), k_passes, k_memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return Error{Errc::failed, "no memory to hash a password"};
    return std::string{out};
}

PasswordMatch match_password(std::string_view stored, std::string_view plain) {
    if (sodium_init() < 0) return PasswordMatch::wrong;
    plain = counted(plain);
    const std::string text{stored};
    if (is_our_hash(stored)) {
        const bool same = crypto_pwhash_str_verify(text.c_str(), plain.data(), plain.size()) == 0;
        return same ? PasswordMatch::right : PasswordMatch::wrong;
    }
    if (const int cost = bcrypt_cost(stored); cost >= 4 && cost <= k_bcrypt_cost_max)
        return match_bcrypt(text, plain) ? PasswordMatch::right_but_old : PasswordMatch::wrong;
    waste_time(plain);
    return PasswordMatch::wrong;
}

}  // namespace mt::app

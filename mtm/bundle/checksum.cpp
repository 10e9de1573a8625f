#include "mtm/bundle/checksum.hpp"

#include <sodium/crypto_hash_sha256.h>

#include <new>

namespace mt::mtm {

namespace {

static_assert(sizeof(crypto_hash_sha256_state) <= 128);
crypto_hash_sha256_state* sha(std::array<unsigned char, 128>& bytes) {
    return reinterpret_cast<crypto_hash_sha256_state*>(bytes.data());
}

}  // namespace

Checksum::Checksum() {
    ::new (state_.data()) crypto_hash_sha256_state;
    crypto_hash_sha256_init(sha(state_));
}

void Checksum::add(std::string_view bytes) {
    crypto_hash_sha256_update(sha(state_), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::string Checksum::finish() {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256_final(sha(state_), digest.data());
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const auto byte : digest) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

}  // namespace mt::mtm

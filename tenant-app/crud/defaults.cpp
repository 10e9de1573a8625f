#include <sys/random.h>

#include <array>
#include <chrono>

#include "tenant-app/crud/draft.hpp"
#include "tenant-app/query/coerce.hpp"
#include "tenant-app/query/js.hpp"

namespace mt::app {

namespace {

std::array<unsigned char, 21> random_bytes() {
    std::array<unsigned char, 21> bytes{};
    // Below 256 bytes getrandom(2) neither fails nor comes short.
    [[maybe_unused]] const auto got = ::getrandom(bytes.data(), bytes.size(), 0);
    return bytes;
}

std::string make_uuid() {
    constexpr char k_hex[] = "0123456789abcdef";
    auto bytes = random_bytes();
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
    std::string out;
    for (std::size_t i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
        out += k_hex[bytes[i] >> 4];
        out += k_hex[bytes[i] & 15];
    }
    return out;
}

std::string make_nanoid() {
    constexpr char k_letters[] = "useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict";
    std::string out;
    for (const auto byte : random_bytes()) out += k_letters[byte & 63];
    return out;
}

Value make_default(const Property& property) {
    switch (property.default_fn) {
        case DefaultFn::now: {
            const auto now = std::chrono::system_clock::now().time_since_epoch();
            return js::iso_date(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
        }
        case DefaultFn::guid:
        case DefaultFn::uuid: return make_uuid();
        case DefaultFn::nanoid: return make_nanoid();
        case DefaultFn::none: break;
    }
    if (!property.default_value) return undefined();
    auto coerced = coerce(property, *property.default_value);
    return coerced.ok() ? std::move(coerced->value) : undefined();
}

}  // namespace

void apply_defaults(const Model& model, Record& record) {
    for (std::size_t i = 0; i < model.properties.size(); ++i) {
        if (is_undefined(record.values[i])) record.values[i] = make_default(model.properties[i]);
    }
}

}  // namespace mt::app

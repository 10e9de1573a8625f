#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_file.hpp"

namespace mt {

/// A value's place in a configuration file. Borrows the file.
struct ConfigPlace {
    const JsonFile& file;
    std::string pointer;

    ConfigPlace member(std::string_view key) const { return {file, pointer + "/" + pointer_escape(key)}; }
    Error error(std::string message) const { return file.error_at(pointer, std::move(message)); }
};

using ConfigRead = std::function<Status(const ordered_json& value, const ConfigPlace& at)>;

/// One key that an object may have, and what reads its value.
struct ConfigKey {
    std::string name;
    ConfigRead read;
};

/// Reads an object key by key. Fails with invalid_config naming file, line and pointer: not an object, an unknown key
/// (the hint names the nearest known one), or what a reader refuses.
Status read_object(const ordered_json& value, const ConfigPlace& at, const std::vector<ConfigKey>& keys);

// Readers into a variable, which outlives the reading.
ConfigRead read_into(std::string& target);
ConfigRead read_into(bool& target);
ConfigRead read_into(std::optional<bool>& target);
ConfigRead read_into(std::vector<std::string>& target);
ConfigRead read_into(std::optional<std::chrono::milliseconds>& target);
/// A count, a whole number of at least 0.
ConfigRead read_into(std::optional<std::uint32_t>& target);
ConfigRead read_size_into(std::optional<std::uint64_t>& target);
/// A string out of a list.
ConfigRead read_word(std::string& target, std::vector<std::string> words);

}  // namespace mt

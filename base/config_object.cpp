#include "base/config_object.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "base/nearest.hpp"
#include "base/units.hpp"

namespace mt {

Status read_object(const ordered_json& value, const ConfigPlace& at, const std::vector<ConfigKey>& keys) {
    if (!value.is_object()) return at.error("must be an object");
    for (const auto& [name, member] : value.items()) {
        const ConfigKey* known = nullptr;
        for (const auto& key : keys)
            if (key.name == name) known = &key;
        if (!known) {
            std::vector<std::string> names;
            for (const auto& key : keys) names.push_back(key.name);
            auto hint = did_you_mean(name, names);
            if (hint.empty()) {
                hint = "known keys:";
                for (const auto& each : names) hint += " " + each;
            }
            return at.member(name).error("unknown key \"" + name + "\"").hint(std::move(hint));
        }
        MT_CHECK(known->read(member, at.member(name)));
    }
    return {};
}

ConfigRead read_into(std::string& target) {
    return [&target](const ordered_json& value, const ConfigPlace& at) -> Status {
        if (!value.is_string()) return at.error("must be a string");
        target = value.get<std::string>();
        return {};
    };
}

ConfigRead read_into(bool& target) {
    return [&target](const ordered_json& value, const ConfigPlace& at) -> Status {
        if (!value.is_boolean()) return at.error("must be true or false");
        target = value.get<bool>();
        return {};
    };
}

ConfigRead read_into(std::optional<bool>& target) {
    return [&target](const ordered_json& value, const ConfigPlace& at) -> Status {
        if (!value.is_boolean()) return at.error("must be true or false");
        target = value.get<bool>();
        return {};
    };
}

ConfigRead read_into(std::vector<std::string>& target) {
    return [&target](const ordered_json& value, const ConfigPlace& at) -> Status {
        if (!value.is_array()) return at.error("must be an array of strings");
        target.clear();
        for (std::size_t i = 0; i < value.size(); ++i) {
            if (!value[i].is_string()) return at.member(std::to_string(i)).error("must be a string");
            target.push_back(value[i].get<std::string>());
        }
        return {};
    };
}

ConfigRead read_into(std::optional<std::chrono::milliseconds>& target) {
    return [&target](const ordered_json& value, const ConfigPlace& at) -> Status {
        if (value.is_number_integer() && value == 0) {
            target = std::chrono::milliseconds{0};
            return {};
        }
        if (!value.is_string()) return at.error("must be a duration such as \"10s\"");
        auto duration = parse_duration(value.get_ref<const std::string&>());
        if (!duration.ok()) return at.error(duration.error().message());
        target = *duration;
        return {};
    };
}

ConfigRead read_into(std::optional<std::uint32_t>& target) {
    return [&target](const ordered_json& value, const ConfigPlace& at) -> Status {
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max())
            return at.error("must be a whole number of at least 0");
        target = value.get<std::uint32_t>();
        return {};
    };
}

ConfigRead read_size_into(std::optional<std::uint64_t>& target) {
    return [&target](const ordered_json& value, const ConfigPlace& at) -> Status {
        if (value.is_number_unsigned()) {
            target = value.get<std::uint64_t>();
            return {};
        }
        if (!value.is_string()) return at.error("must be a size such as \"1MiB\"");
        auto size = parse_size(value.get_ref<const std::string&>());
        if (!size.ok()) return at.error(size.error().message());
        target = *size;
        return {};
    };
}

ConfigRead read_word(std::string& target, std::vector<std::string> words) {
    return [&target, words = std::move(words)](const ordered_json& value, const ConfigPlace& at) -> Status {
        if (value.is_string())
            for (const auto& word : words)
                if (value == word) {
                    target = word;
                    return {};
                }
        std::string list;
        for (const auto& word : words) list += (list.empty() ? "\"" : ", \"") + word + "\"";
        return at.error("must be one of " + list);
    };
}

}  // namespace mt

#include "tenant-app/model/parse_indexes.hpp"

#include <algorithm>
#include <cctype>

#include "tenant-app/model/nearest.hpp"

namespace mt::app {

namespace {

constexpr std::size_t k_index_name_max = 63;  // PostgreSQL's
constexpr std::size_t k_index_keys_max = 16;  // MySQL's

std::string in_small_letters(std::string_view text) {
    std::string out{text};
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

std::vector<std::string_view> words_of(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(separators), text.size());
        if (end > 0) words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

class IndexParser {
public:
    IndexParser(const JsonFile& file, std::string pointer, const Model& model)
        : file_(file), pointer_(std::move(pointer)), model_(model) {}

    Status parse(const std::string& name, const ordered_json& value, ModelIndex& index) const {
        if (name.empty() || name.size() > k_index_name_max) return error("", "an index's name has 1 to 63 characters");
        if (!value.is_object() || value.empty()) return error("", "an index is an object with \"keys\" or \"columns\"");
        index.name = name;
        if (value.contains("keys")) MT_CHECK(keys(value["keys"], "/keys", index));
        else if (value.contains("columns")) MT_CHECK(columns(value["columns"], index));
        else MT_CHECK(keys(value, "", index));
        if (index.keys.empty() || index.keys.size() > k_index_keys_max) return error("", "an index has 1 to 16 properties");
        const auto options = value.find("options");
        if (options != value.end() && options->is_object()) index.unique = options->value("unique", ordered_json()) == true;
        const auto kind = value.find("kind");
        if (kind != value.end() && kind->is_string()) index.unique |= in_small_letters(kind->get<std::string>()) == "unique";
        return {};
    }

private:
    Error error(const std::string& key, std::string message) const {
        return file_.error_at(pointer_ + key, std::move(message));
    }

    Status add(const std::string& key, std::string_view name, bool descending, bool by_column, ModelIndex& index) const {
        const auto& properties = model_.properties;
        auto found = std::find_if(properties.begin(), properties.end(), [&](const Property& property) {
            return by_column && property.column == name;
        });
        if (found == properties.end())
            found = std::find_if(properties.begin(), properties.end(),
                                 [&](const Property& property) { return property.name == name; });
        if (found == properties.end()) {
            std::vector<std::string> known;
            for (const auto& property : properties) known.push_back(property.name);
            return error(key, model_.name + " has no property \"" + std::string{name} + "\"").hint(known_hint(name, known));
        }
        const auto position = static_cast<std::size_t>(found - properties.begin());
        for (const auto& other : index.keys)
            if (other.property == position) return error(key, "\"" + std::string{name} + "\" is in the index twice");
        index.keys.push_back({position, descending});
        return {};
    }

    Status keys(const ordered_json& value, const std::string& at, ModelIndex& index) const {
        if (!value.is_object()) return error(at, "\"keys\" is an object of properties, each 1 or -1");
        for (const auto& [name, direction] : value.items()) {
            const auto key = at + "/" + pointer_escape(name);
            if (direction != 1 && direction != -1) return error(key, "a key is 1 (ascending) or -1 (descending)");
            MT_CHECK(add(key, name, direction == -1, false, index));
        }
        return {};
    }

    /// "a, b DESC"
    Status columns(const ordered_json& value, ModelIndex& index) const {
        if (!value.is_string()) return error("/columns", "\"columns\" is a text such as \"a, b\"");
        for (const auto part : words_of(value.get_ref<const std::string&>(), ",")) {
            const auto words = words_of(part, " `\"");
            const auto order = words.size() == 2 ? in_small_letters(words[1]) : std::string{"asc"};
            if (words.empty() || words.size() > 2 || (order != "asc" && order != "desc"))
                return error("/columns", "\"" + std::string{part} + "\" is no column, and no column with ASC or DESC");
            MT_CHECK(add("/columns", words[0], order == "desc", true, index));
        }
        return {};
    }

    const JsonFile& file_;
    const std::string pointer_;
    const Model& model_;
};

/// FULLTEXT, SPATIAL, a text index of MongoDB's: said aloud, and not made.
bool is_of_another_kind(const ordered_json& value) {
    if (!value.is_object()) return false;
    const auto kind = value.find("kind");
    if (kind != value.end() && kind->is_string() && !kind->get_ref<const std::string&>().empty())
        return in_small_letters(kind->get<std::string>()) != "unique";
    const auto keys = value.find("keys");
    if (keys == value.end() || !keys->is_object()) return false;
    return std::any_of(keys->begin(), keys->end(), [](const ordered_json& key) { return key.is_string(); });
}

}  // namespace

Status parse_indexes(const std::vector<const ModelSource*>& line, Model& model, std::vector<std::string>& warnings) {
    for (const auto* source : line) {
        const bool own = source->root.contains("indexes");
        const auto options = source->root.find("options");
        const bool optional = !own && options != source->root.end() && options->is_object() && options->contains("indexes");
        if (!own && !optional) continue;
        const auto& indexes = own ? source->root["indexes"] : (*options)["indexes"];
        const std::string pointer = own ? "/indexes" : "/options/indexes";
        if (indexes.is_null() || indexes.empty()) return {};
        if (!indexes.is_object()) return source->file.error_at(pointer, "\"indexes\" is an object of indexes by name");
        for (const auto& [name, value] : indexes.items()) {
            const auto at = pointer + "/" + pointer_escape(name);
            if (is_of_another_kind(value)) {
                warnings.push_back(warning_line(source->file, at, "an index of this kind is not made"));
                continue;
            }
            ModelIndex index;
            MT_CHECK(IndexParser(source->file, at, model).parse(name, value, index));
            if (model.persisted) model.indexes.push_back(std::move(index));
        }
        return {};
    }
    return {};
}

}  // namespace mt::app

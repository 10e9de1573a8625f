#include "base/config_variables.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/files.hpp"

namespace mt {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_file_bytes_max = 64u << 10;

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

/// A value that is not known itself yet.
bool is_variable(const ordered_json& value) {
    return value.is_string() && value.get_ref<const std::string&>().find("${") != std::string::npos;
}

class Replacer {
public:
    Replacer(LayeredFile& file, const fs::path& folder, bool own, std::vector<std::string>& warnings)
        : file_(file), folder_(folder), own_(own), warnings_(warnings) {}

    /// Discarded: the value goes away.
    Status walk(ordered_json& value, const std::string& pointer) {
        if (value.is_string()) {
            const auto& text = value.get_ref<const std::string&>();
            return text.find("${") == std::string::npos ? Status{} : replace(value, std::string{text}, pointer);
        }
        if (value.is_array())
            for (std::size_t i = 0; i < value.size(); ++i) {
                MT_CHECK(walk(value[i], pointer + "/" + std::to_string(i)));
                if (value[i].is_discarded()) value[i] = nullptr;
            }
        if (!value.is_object()) return {};
        std::vector<std::string> gone;
        for (auto& [key, member] : value.items()) {
            MT_CHECK(walk(member, pointer + "/" + pointer_escape(key)));
            if (member.is_discarded()) gone.push_back(key);
        }
        for (const auto& key : gone) value.erase(key);
        return {};
    }

private:
    Status replace(ordered_json& value, const std::string& text, const std::string& pointer) {
        std::string out;
        std::size_t done = 0;
        for (;;) {
            const auto start = text.find("${", done);
            const auto end = start == std::string::npos ? start : text.find('}', start);
            if (end == std::string::npos) break;
            const auto name = text.substr(start + 2, end - start - 2);
            const bool whole = start == 0 && end + 1 == text.size();
            if (!is_name(name) && !name.starts_with("file:")) {
                out += text.substr(done, end + 1 - done);
                done = end + 1;
                continue;
            }
            MT_TRY(auto found, look_up(name, pointer));
            if (whole) {
                // LoopBack's undefined: the key counts as not given.
                value = std::move(found);
                return {};
            }
            out += text.substr(done, start - done);
            if (found.is_string()) out += found.get_ref<const std::string&>();
            else if (!found.is_discarded()) out += found.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
            done = end + 1;
        }
        value = out + text.substr(done);
        return {};
    }

    Result<ordered_json> look_up(const std::string& name, const std::string& pointer) {
        if (name.starts_with("file:")) return read(name.substr(5), pointer);
        if (const char* set = std::getenv(name.c_str())) return ordered_json(std::string{set});
        const auto& config = configuration();
        if (const auto found = config.find(name); found != config.end() && !is_variable(*found)) return ordered_json(*found);
        warnings_.push_back(file_.warning(pointer, "${" + name + "} is neither in the environment nor a key of config.json"));
        return ordered_json(ordered_json::value_t::discarded);
    }

    Result<ordered_json> read(const std::string& name, const std::string& pointer) {
        const auto path = fs::path{name}.lexically_normal();
        if (path.empty() || path.is_absolute() || path.native().starts_with(".."))
            return file_.error_at(pointer, "${file:" + name + "} is outside the tenant's folder");
        std::error_code ignored;
        // Opening a FIFO would wait for a writer.
        if (!fs::is_regular_file(folder_ / path, ignored)) return file_.error_at(pointer, "${file:" + name + "} is no file");
        auto content = read_file(folder_ / path, k_file_bytes_max);
        if (!content.ok()) return file_.error_at(pointer, "${file:" + name + "} cannot be read: " + content.error().message());
        if (content->ends_with('\n')) content->pop_back();
        if (content->ends_with('\r')) content->pop_back();
        return ordered_json(*std::move(content));
    }

    /// config.json is read only if the environment lacks a name: most files have none.
    const ordered_json& configuration() {
        if (own_) return file_.root;
        if (!config_) {
            config_ = ordered_json::object();
            std::vector<std::string> told_elsewhere;
            if (auto config = read_layers(folder_, "config", told_elsewhere); config.ok() && *config)
                config_ = std::move((*config)->root);
        }
        return *config_;
    }

    LayeredFile& file_;
    const fs::path& folder_;
    bool own_;
    std::vector<std::string>& warnings_;
    std::optional<ordered_json> config_;
};

}  // namespace

Status replace_variables(LayeredFile& file, const fs::path& folder, bool own, std::vector<std::string>& warnings) {
    return Replacer{file, folder, own, warnings}.walk(file.root, "");
}

}  // namespace mt

#include "mtm/select.hpp"

#include <algorithm>
#include <set>

#include "base/files.hpp"
#include "base/nearest.hpp"
#include "base/next_step.hpp"
#include "base/printable.hpp"
#include "base/tenant_config.hpp"
#include "mtm/glob.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

void add_once(std::vector<TenantId>& ids, TenantId id) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(std::move(id));
}

/// As is_real_folder() would answer, from what the folder above says of it if it does.
bool is_folder(const fs::directory_entry& entry) {
    std::error_code error;
    return !entry.is_symlink(error) && entry.is_directory(error);
}

Error nothing_named() {
    return Error{Errc::usage, "no tenant is named"}.hint("name one or more, a quoted glob such as 'shop*', --all, or -l plan=free");
}

Error no_such_tenant(const Layout& layout, const TenantId& id) {
    const auto names = tenant_names(layout);
    auto hint = names.ok() ? did_you_mean(id.str(), *names) : std::string{};
    if (hint.empty()) hint = "mtm list shows those that there are; mtm add " + id.str() + " makes it";
    return Error{Errc::no_such_tenant, "no tenant " + in_quotes(id.str())}.of_tenant(id.str()).hint(std::move(hint));
}

/// One word of -l.
class LabelTest {
public:
    static Result<LabelTest> parse(const std::string& word) {
        const auto equals = word.find('=');
        LabelTest test;
        if (equals == std::string::npos) {
            test.name_ = word;
        } else {
            test.is_not_ = equals > 0 && word[equals - 1] == '!';
            test.name_ = word.substr(0, equals - (test.is_not_ ? 1 : 0));
            test.value_ = word.substr(equals + 1);
        }
        if (!test.name_.empty()) return test;
        return Error{Errc::usage, "-l: " + in_quotes(word) + " names no label"}.hint("-l plan=free, -l plan!=free or -l plan");
    }
    bool fits(const TenantConfig& config) const {
        const auto found = config.labels.find(name_);
        if (!value_) return found != config.labels.end();
        return (found != config.labels.end() && found->second == *value_) != is_not_;
    }

private:
    std::string name_;
    std::optional<std::string> value_;  ///< nothing: any
    bool is_not_ = false;
};

Result<std::vector<TenantId>> select_by_labels(const Layout& layout, const std::vector<std::string>& names,
                                               const std::vector<std::string>& words) {
    std::vector<LabelTest> tests;
    for (const auto& word : words) {
        MT_TRY(auto test, LabelTest::parse(word));
        tests.push_back(std::move(test));
    }
    std::vector<TenantId> ids;
    for (const auto& name : names) {
        auto id = *TenantId::parse(name);
        const auto config = read_tenant_config(layout.tenant(id) / "tenant.json");
        const auto fits = [&](const LabelTest& test) { return test.fits(*config); };
        if (config.ok() && std::all_of(tests.begin(), tests.end(), fits)) ids.push_back(std::move(id));
    }
    if (ids.empty())
        return Error{Errc::no_such_tenant, "no tenant has such labels"}.hint(
            "\"labels\" in tenant.json holds them: mtm config set foo labels.plan free");
    return ids;
}

}  // namespace

Result<std::vector<std::string>> tenant_names(const Layout& layout) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator at{layout.tenants(), error}, end; !error && at != end; at.increment(error)) {
        auto name = at->path().filename().native();
        if (TenantId::is_valid(name) && is_folder(*at)) names.push_back(std::move(name));
    }
    if (error && error != std::errc::no_such_file_or_directory)
        return Error{Errc::failed, "read " + layout.tenants().native() + ": " + error.message()}.hint(
            std::string{next_step(error.value())});
    std::sort(names.begin(), names.end());
    return names;
}

Status require_tenant(const Layout& layout, const TenantId& id) {
    if (is_real_folder(layout.tenant(id))) return {};
    return no_such_tenant(layout, id);
}

Result<std::vector<TenantId>> parse_ids(const Arguments& arguments) {
    std::vector<TenantId> ids;
    for (const auto& word : arguments.words) {
        MT_TRY(auto id, TenantId::parse(word));
        add_once(ids, std::move(id));
    }
    if (ids.empty()) return Error{Errc::usage, "no tenant is named"}.hint("name one or more");
    return ids;
}

Result<std::vector<TenantId>> select_tenants(const Layout& layout, const Arguments& arguments) {
    if (arguments.words.empty() && !arguments.all) return nothing_named();
    if (!arguments.words.empty() && arguments.all)
        return Error{Errc::usage, "--all or -l stands beside named tenants"}.hint("name tenants, or say --all or -l");
    MT_TRY(const auto names, tenant_names(layout));
    if (!arguments.labels.empty()) return select_by_labels(layout, names, arguments.labels);
    std::vector<TenantId> ids;
    std::set<TenantId> named;
    const auto add = [&](TenantId id) {
        if (named.insert(id).second) ids.push_back(std::move(id));
    };
    if (arguments.all)
        for (const auto& name : names) ids.push_back(*TenantId::parse(name));
    for (const auto& word : arguments.words) {
        if (!is_glob(word)) {
            MT_TRY(auto id, TenantId::parse(word));
            MT_CHECK(require_tenant(layout, id));
            add(std::move(id));
            continue;
        }
        bool any = false;
        for (const auto& name : names) {
            if (!matches_glob(word, name)) continue;
            any = true;
            add(*TenantId::parse(name));
        }
        if (!any) return Error{Errc::no_such_tenant, "no tenant matches " + in_quotes(word)}.hint("mtm list shows those that there are");
    }
    return ids;
}

}  // namespace mt::mtm

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/files.hpp"
#include "base/printable.hpp"
#include "base/units.hpp"
#include "mtm/acknowledge.hpp"
#include "mtm/bundle/unpack.hpp"
#include "mtm/check_tenant.hpp"
#include "mtm/confirm.hpp"
#include "mtm/copy_tenant.hpp"
#include "mtm/edit_json.hpp"
#include "mtm/place.hpp"
#include "mtm/scaffold.hpp"
#include "mtm/select.hpp"
#include "mtm/snapshots.hpp"
#include "mtm/staging.hpp"
#include "mtm/tenant_file.hpp"
#include "mtm/verbs.hpp"

// The bundle is read into .staging, where it becomes a whole tenant or nothing. Then one rename commits: to the free
// name, or an exchange with the folder that is there, of which an undo snapshot was taken once its process had ended.

namespace mt::mtm {

namespace {

/// Where the bundle comes from.
struct Source {
    Fd file;  ///< none: stdin
    std::string display;
    int fd() const { return file ? file.get() : STDIN_FILENO; }
};

Result<Source> open_bundle(const std::string& name) {
    if (name == "-") return Source{{}, "stdin"};
    Source source{Fd{::open(name.c_str(), O_RDONLY | O_CLOEXEC)}, name};
    if (!source.file) return Error{Errc::usage, errno_error("open", name).message()};
    return source;
}

struct Order {
    TenantId id;
    bool replaces = false, other_id = false;
    json manifest;
};

/// tenant.json of what was unpacked: whose it is from now on.
Status set_identity(const Session& session, const Order& order, const std::filesystem::path& folder) {
    const auto display = session.display(order.id);
    if (order.other_id && !order.replaces) return make_own(folder, display);
    MT_TRY(auto object, read_optional_object(folder / "tenant.json", display + "/tenant.json"));
    for (const auto* key : {"state", "reason", "until"}) object.root.erase(key);
    if (order.other_id) object.root.erase("hosts");
    MT_TRY(auto key, fresh_key());
    if (order.replaces)
        if (const auto present = tenant_config(session.layout(), order.id); present.ok() &&
            !present->key.empty()) key = present->key;
    object.root["key"] = key;
    return write_object(object);
}

/// With its process ended, so that the undo snapshot has the last write. Answers the snapshot's name.
Result<std::string> exchange(const Session& session, const Order& order, Staging& staging, Progress& progress) {
    auto undo = take_snapshot(session.layout(), order.id, "undo", progress);
    if (!undo.ok())
        return Error{undo.error().code(), "no undo snapshot can be taken of it: " + undo.error().message()}
            .of_tenant(order.id.str())
            .in_file(undo.error().place().file, undo.error().place().line, undo.error().place().pointer)
            .hint("nothing was changed; to restore all the same: mtm remove " + order.id.str() +
                ", then restore without --replace");
    MT_CHECK(staging.exchange(session.layout().tenant(order.id)));
    return undo->name;
}

struct Restored {
    json counts;
    std::string undo;
    std::vector<std::string> warnings;
};

/// Under the lock, which ends with it.
Result<Restored> restore(const Session& session, const Order& order, BundleReader& bundle,
    const Acknowledge& acknowledge) {
    const auto& layout = session.layout();
    MT_TRY(const auto lock, lock_tenant(layout, order.id));
    if (order.replaces) MT_CHECK(require_tenant(layout, order.id));
    else MT_CHECK(check_free(layout, order.id));
    MT_TRY(auto staging, Staging::create(layout, order.id));
    Restored done;
    {
        Progress progress{"rows", !session.output.json_wanted()};
        MT_TRY(done.counts, unpack(bundle, order.id, staging.folder(), session.display(order.id), order.manifest,
            progress));
    }
    MT_CHECK(set_identity(session, order, staging.folder()));
    MT_TRY(done.warnings, check_tenant(order.id, staging.folder(), session.display(order.id)));
    if (!order.replaces) {
        forget_log(layout, order.id);
        MT_CHECK(staging.publish(layout.tenant(order.id)));
        return done;
    }
    MT_CHECK(check_unprotected(session.layout(), order.id));
    MT_CHECK(acknowledge.withdraw(order.id));
    Progress progress{"rows", !session.output.json_wanted()};
    auto undo = exchange(session, order, staging, progress);
    if (!undo.ok()) {
        // Withdrawn and still there would be neither: the gateway takes it back.
        if (acknowledge.gateway_runs()) static_cast<void>(session.gateway.sync(order.id));
        return std::move(undo).error();
    }
    done.undo = *undo;
    return done;
}

/// The tenant that is meant, and what happens to one that is there.
Result<Order> make_order(const Session& session, const Arguments& arguments, const std::string& told_id,
    json manifest) {
    MT_TRY(const auto id, TenantId::parse(told_id));
    Order order{id, is_real_folder(session.layout().tenant(id)), manifest["tenant"] != id.str(), std::move(manifest)};
    if (!order.replaces) {
        MT_CHECK(check_free(session.layout(), id));
        MT_CHECK(check_sockets(session.layout(), id));
        return order;
    }
    if (!arguments.replace)
        return Error{Errc::conflict, "the tenant exists already"}.of_tenant(id.str()).hint(
            "put the bundle in its place with --replace, or beside it with --as another id");
    MT_CHECK(check_unprotected(session.layout(), id));
    return order;
}

Result<int> restore_bundle(Session& session, const Arguments& arguments, const Source& source, const std::string& id) {
    std::signal(SIGPIPE, SIG_IGN);  // a job that ends early is asked why
    BundleReader bundle{source.fd(), source.display};
    MT_TRY(auto manifest, read_manifest(bundle));
    const auto told = !id.empty() ? id : !arguments.as.empty() ? arguments.as : manifest["tenant"].get<std::string>();
    MT_TRY(const auto order, make_order(session, arguments, told, std::move(manifest)));
    const auto display = session.display(order.id);
    const auto made = order.manifest.value("created", std::string{"?"});
    if (arguments.dry_run) {
        auto steps = plan(order.id, {"unpack " + source.display + ", made " + made + " of " +
            order.manifest["tenant"].get<std::string>(),
                                     "check the configuration"});
        if (order.replaces) steps["steps"].push_back("have the gateway stop " + order.id.str() +
            ", take an undo snapshot, exchange " + display);
        else steps["steps"].push_back("rename it to " + display);
        return session.output.result(steps, plan_text);
    }
    if (order.replaces && !arguments.yes)
        MT_CHECK(confirm("restore over a tenant", "Replace all of " + order.id.str() + " by how " +
                                                      order.manifest["tenant"].get<std::string>() + " was at " + made +
                                                          "?"));
    Acknowledge acknowledge{session, arguments};
    MT_CHECK(acknowledge.prepare());
    MT_TRY(const auto done, restore(session, order, bundle, acknowledge));
    for (const auto& warning : done.warnings) session.output.note("warning: tenant " + order.id.str() + ": " +
        printable(warning));
    const auto left_out = bundle.end().value("left_out", json::array());
    for (const auto& text : left_out)
        if (text.is_string()) session.output.note("note: not in the bundle: " + printable(text.get<std::string>()));
    MT_TRY(const bool served, acknowledge.sync(order.id));
    const json row{{"id", order.id.str()}, {"from", source.display}, {"made", made}, {"rows", done.counts["rows"]},
                   {"files", done.counts["files"]}, {"undo", done.undo.empty() ? json() : json(done.undo)},
                   {"left_out", left_out}, {"url", session.gateway.base_url() + "/" + order.id.str()},
                   {"served", served}, {"warnings", done.warnings}};
    return session.output.result(row, [](const json& shown) {
        auto text = "restored " + shown["id"].get<std::string>() + "  " + shown["rows"].dump() + " rows, " +
            shown["files"].dump() + " files  " +
                    shown["url"].get<std::string>() + "\n";
        if (shown["undo"].is_string())
            text += "  undo: mtm restore " + shown["id"].get<std::string>() + " --at " +
                shown["undo"].get<std::string>() + "\n";
        return text;
    });
}

}  // namespace

Result<int> run_restore(Session& session, const Arguments& arguments) {
    if (arguments.words.size() != 1)
        return Error{Errc::usage,
            "restore takes one bundle, or with --at one tenant"}.hint("mtm restore foo.mtb; mtm restore foo --at 2h");
    const auto& word = arguments.words.front();
    if (arguments.at.empty()) {
        MT_TRY(const auto source, open_bundle(word));
        return restore_bundle(session, arguments, source, {});
    }
    MT_TRY(const auto id, TenantId::parse(word));
    MT_CHECK(require_tenant(session.layout(), id));
    MT_TRY(const auto folder, snapshots_of(session.layout(), id));
    MT_TRY(const auto snapshot, find_snapshot(folder, id, arguments.at));
    MT_TRY(const auto source, open_bundle(snapshot.path.native()));
    // Going back in time is what was asked for: --replace goes without saying, --as puts it beside the tenant.
    auto over_itself = arguments;
    over_itself.replace = arguments.replace || arguments.as.empty();
    return restore_bundle(session, over_itself, source, arguments.as.empty() ? id.str() : arguments.as);
}

}  // namespace mt::mtm

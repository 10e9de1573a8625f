#include "tenant-app/connectors/postgresql/library.hpp"

#include <dlfcn.h>

#include <string>

namespace mt::app::postgresql {

namespace {

constexpr const char* k_name = "libpq.so.5";

Error missing(const std::string& why) {
    return Error{Errc::invalid_config, "PostgreSQL's client library cannot be loaded: " + why}.hint(
        "apt-get install libpq5");
}

/// Finds functions until one is missing.
class Finder {
public:
    explicit Finder(void* library) : library_(library) {}

    template <class Function>
    void find(const char* name, Function& function) {
        function = reinterpret_cast<Function>(::dlsym(library_, name));
        if (!function && missing_.empty()) missing_ = name;
    }
    const std::string& missing_name() const { return missing_; }

private:
    void* library_;
    std::string missing_;
};

std::string find_all(void* handle, Library& library) {
    Finder finder{handle};
    finder.find("PQconnectStartParams", library.connect_start);
    finder.find("PQconnectPoll", library.connect_poll);
    finder.find("PQfinish", library.finish);
    finder.find("PQstatus", library.status);
    finder.find("PQsocket", library.socket);
    finder.find("PQerrorMessage", library.error_message);
    finder.find("PQsetErrorVerbosity", library.set_error_verbosity);
    finder.find("PQsetNoticeReceiver", library.set_notice_receiver);
    finder.find("PQsetnonblocking", library.set_nonblocking);
    finder.find("PQflush", library.flush);
    finder.find("PQconsumeInput", library.consume_input);
    finder.find("PQisBusy", library.is_busy);
    finder.find("PQgetResult", library.get_result);
    finder.find("PQsendPrepare", library.send_prepare);
    finder.find("PQsendQueryPrepared", library.send_prepared);
    finder.find("PQsendQuery", library.send_query);
    finder.find("PQenterPipelineMode", library.enter_pipeline);
    finder.find("PQexitPipelineMode", library.exit_pipeline);
    finder.find("PQpipelineSync", library.pipeline_sync);
    finder.find("PQtransactionStatus", library.transaction_status);
    finder.find("PQgetCancel", library.get_cancel);
    finder.find("PQcancel", library.cancel);
    finder.find("PQfreeCancel", library.free_cancel);
    finder.find("PQresultStatus", library.result_status);
    finder.find("PQresultErrorField", library.error_field);
    finder.find("PQclear", library.clear);
    finder.find("PQntuples", library.rows);
    finder.find("PQnfields", library.columns);
    finder.find("PQgetvalue", library.value);
    finder.find("PQgetlength", library.length);
    finder.find("PQgetisnull", library.is_null);
    finder.find("PQcmdTuples", library.affected);
    finder.find("PQencryptPasswordConn", library.encrypt_password);
    finder.find("PQfreemem", library.free_memory);
    return finder.missing_name();
}

Result<Library> open_library() {
    // Found like any library that a program is linked with: nothing a tenant can write is on that path.
    void* handle = ::dlopen(k_name, RTLD_NOW | RTLD_LOCAL);
    if (!handle) return missing(::dlerror());
    Library library{};
    const auto absent = find_all(handle, library);
    if (!absent.empty()) return missing(std::string{k_name} + " is too old: it lacks " + absent);
    return library;
}

}  // namespace

Result<const Library*> Library::load() {
    static const auto loaded = open_library();
    if (!loaded.ok()) return loaded.error();
    return &*loaded;
}

}  // namespace mt::app::postgresql

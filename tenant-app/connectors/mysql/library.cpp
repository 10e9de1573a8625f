#include "tenant-app/connectors/mysql/library.hpp"

#include <dlfcn.h>

#include <string>

namespace mt::app::mysql {

namespace {

constexpr const char* k_library = "libmariadb.so.3";

Error not_loaded(const std::string& why) {
    return Error{Errc::invalid_config, "MariaDB's client library cannot be loaded: " + why}.hint(
        "apt-get install libmariadb3");
}

/// Looks functions up until one is missing.
class Lookup {
public:
    explicit Lookup(void* library) : library_(library) {}

    template <class Function>
    void operator()(const char* name, Function& function) {
        function = reinterpret_cast<Function>(::dlsym(library_, name));
        if (!function && missing_.empty()) missing_ = name;
    }
    const std::string& missing() const { return missing_; }

private:
    void* library_;
    std::string missing_;
};

std::string look_up_all(void* handle, Library& library) {
    Lookup look_up{handle};
    look_up("mysql_init", library.init);
    look_up("mysql_options", library.options);
    look_up("mysql_real_connect_start", library.connect_start);
    look_up("mysql_real_connect_cont", library.connect_cont);
    look_up("mysql_close", library.close);
    look_up("mysql_get_socket", library.socket);
    look_up("mysql_thread_id", library.thread_id);
    look_up("mysql_get_server_info", library.server_info);
    look_up("mysql_get_ssl_cipher", library.tls_cipher);
    look_up("mysql_errno", library.error_code);
    look_up("mysql_sqlstate", library.error_state);
    look_up("mysql_error", library.error_message);
    look_up("mysql_real_query_start", library.query_start);
    look_up("mysql_real_query_cont", library.query_cont);
    look_up("mysql_store_result_start", library.store_start);
    look_up("mysql_store_result_cont", library.store_cont);
    look_up("mysql_free_result", library.free_result);
    look_up("mysql_field_count", library.columns);
    look_up("mysql_num_fields", library.column_count);
    look_up("mysql_fetch_fields", library.fields);
    look_up("mysql_fetch_row", library.row);
    look_up("mysql_fetch_lengths", library.lengths);
    look_up("mysql_affected_rows", library.affected);
    look_up("mysql_stmt_init", library.statement_init);
    look_up("mysql_stmt_close", library.statement_close);
    look_up("mysql_stmt_attr_set", library.statement_attribute);
    look_up("mysql_stmt_prepare_start", library.prepare_start);
    look_up("mysql_stmt_prepare_cont", library.prepare_cont);
    look_up("mysql_stmt_bind_param", library.bind);
    look_up("mysql_stmt_execute_start", library.execute_start);
    look_up("mysql_stmt_execute_cont", library.execute_cont);
    look_up("mysql_stmt_field_count", library.statement_columns);
    look_up("mysql_stmt_store_result_start", library.statement_store_start);
    look_up("mysql_stmt_store_result_cont", library.statement_store_cont);
    look_up("mysql_stmt_result_metadata", library.metadata);
    look_up("mysql_stmt_bind_result", library.bind_result);
    look_up("mysql_stmt_fetch", library.fetch);
    look_up("mysql_stmt_free_result", library.statement_free_result);
    look_up("mysql_stmt_affected_rows", library.statement_affected);
    look_up("mysql_stmt_insert_id", library.statement_insert_id);
    look_up("mysql_stmt_errno", library.statement_error_code);
    look_up("mysql_stmt_sqlstate", library.statement_error_state);
    look_up("mysql_stmt_error", library.statement_error_message);
    return look_up.missing();
}

Result<Library> open_client() {
    // On the system's path only: nothing that a tenant can write is there.
    void* handle = ::dlopen(k_library, RTLD_NOW | RTLD_LOCAL);
    if (!handle) return not_loaded(::dlerror());
    Library library{};
    const auto absent = look_up_all(handle, library);
    if (!absent.empty()) return not_loaded(std::string{k_library} + " is too old: it lacks " + absent);
    return library;
}

}  // namespace

Result<const Library*> Library::load() {
    static const auto loaded = open_client();
    if (!loaded.ok()) return loaded.error();
    return &*loaded;
}

}  // namespace mt::app::mysql

#include "tenant-app/connectors/mongodb/library.hpp"

#include <dlfcn.h>

#include <string>

namespace mt::app::mongodb {

namespace {

constexpr const char* k_client = "libmongoc-1.0.so.0";
constexpr const char* k_bson = "libbson-1.0.so.0";

Error not_loaded(const std::string& why) {
    return Error{Errc::invalid_config, "MongoDB's client library cannot be loaded: " + why}.hint(
        "apt-get install libmongoc-1.0-0");
}

/// Finds functions until one is missing.
class Symbols {
public:
    explicit Symbols(void* library) : library_(library) {}

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

std::string find_client(void* handle, Library& library) {
    Symbols symbols{handle};
    symbols.find("mongoc_init", library.init);
    symbols.find("mongoc_log_set_handler", library.log_set_handler);
    symbols.find("mongoc_uri_new_with_error", library.uri_new);
    symbols.find("mongoc_uri_destroy", library.uri_destroy);
    symbols.find("mongoc_client_new_from_uri_with_error", library.client_new);
    symbols.find("mongoc_client_set_ssl_opts", library.client_set_ssl);
    symbols.find("mongoc_client_set_error_api", library.client_set_error_api);
    symbols.find("mongoc_client_command_simple", library.client_command);
    symbols.find("mongoc_client_get_collection", library.client_get_collection);
    symbols.find("mongoc_client_destroy", library.client_destroy);
    symbols.find("mongoc_collection_find_with_opts", library.collection_find);
    symbols.find("mongoc_collection_destroy", library.collection_destroy);
    symbols.find("mongoc_cursor_next", library.cursor_next);
    symbols.find("mongoc_cursor_error", library.cursor_error);
    symbols.find("mongoc_cursor_destroy", library.cursor_destroy);
    return symbols.missing_name();
}

std::string find_bson(void* handle, Library& library) {
    Symbols symbols{handle};
    symbols.find("bson_new", library.document_new);
    symbols.find("bson_init", library.document_init);
    symbols.find("bson_destroy", library.document_destroy);
    symbols.find("bson_append_utf8", library.append_text);
    symbols.find("bson_append_int32", library.append_int32);
    symbols.find("bson_append_int64", library.append_int64);
    symbols.find("bson_append_double", library.append_double);
    symbols.find("bson_append_bool", library.append_bool);
    symbols.find("bson_append_null", library.append_null);
    symbols.find("bson_append_date_time", library.append_time);
    symbols.find("bson_append_oid", library.append_object_id);
    symbols.find("bson_append_binary", library.append_binary);
    symbols.find("bson_append_document", library.append_document);
    symbols.find("bson_append_array", library.append_array);
    symbols.find("bson_oid_init", library.object_id_init);
    symbols.find("bson_oid_init_from_string", library.object_id_parse);
    symbols.find("bson_oid_to_string", library.object_id_text);
    symbols.find("bson_decimal128_to_string", library.decimal_text);
    symbols.find("bson_iter_init", library.iterate);
    symbols.find("bson_iter_recurse", library.iterate_child);
    symbols.find("bson_iter_next", library.next);
    symbols.find("bson_iter_key", library.key);
    symbols.find("bson_iter_type", library.type);
    symbols.find("bson_iter_utf8", library.text);
    symbols.find("bson_iter_symbol", library.symbol);
    symbols.find("bson_iter_regex", library.regex);
    symbols.find("bson_iter_int32", library.int32);
    symbols.find("bson_iter_int64", library.int64);
    symbols.find("bson_iter_double", library.real);
    symbols.find("bson_iter_bool", library.boolean);
    symbols.find("bson_iter_date_time", library.time);
    symbols.find("bson_iter_oid", library.object_id);
    symbols.find("bson_iter_binary", library.binary);
    symbols.find("bson_iter_decimal128", library.decimal);
    return symbols.missing_name();
}

Result<Library> open_library() {
    Library library{};
    const std::pair<const char*, std::string (*)(void*, Library&)> parts[] = {{k_bson, find_bson}, {k_client, find_client}};
    for (const auto& [name, find] : parts) {
        // Found like any library that a program is linked with: nothing a tenant can write is on that path.
        void* handle = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
        if (!handle) return not_loaded(::dlerror());
        const auto absent = find(handle, library);
        if (!absent.empty()) return not_loaded(std::string{name} + " is too old: it lacks " + absent);
    }
    library.init();
    library.log_set_handler(nullptr, nullptr);  // its log would tell hosts and names of users
    return library;
}

}  // namespace

Result<const Library*> Library::load() {
    static const auto loaded = open_library();
    if (!loaded.ok()) return loaded.error();
    return &*loaded;
}

}  // namespace mt::app::mongodb

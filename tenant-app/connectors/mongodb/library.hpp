#pragma once
#include <mongoc/mongoc.h>

#include "base/result.hpp"

namespace mt::app::mongodb {

/// libmongoc and libbson, loaded when a datasource names them (docs/decisions/0013-connector-modules.md). The functions
/// are those of the same name without `mongoc_` or `bson_`. Never unloaded; any thread, a client by one at a time.
struct Library {
    decltype(&mongoc_init) init;
    decltype(&mongoc_log_set_handler) log_set_handler;
    decltype(&mongoc_uri_new_with_error) uri_new;
    decltype(&mongoc_uri_destroy) uri_destroy;
    decltype(&mongoc_client_new_from_uri_with_error) client_new;
    decltype(&mongoc_client_set_ssl_opts) client_set_ssl;
    decltype(&mongoc_client_set_error_api) client_set_error_api;
    decltype(&mongoc_client_command_simple) client_command;
    decltype(&mongoc_client_get_collection) client_get_collection;
    decltype(&mongoc_client_destroy) client_destroy;
    decltype(&mongoc_collection_find_with_opts) collection_find;
    decltype(&mongoc_collection_destroy) collection_destroy;
    decltype(&mongoc_cursor_next) cursor_next;
    decltype(&mongoc_cursor_error) cursor_error;
    decltype(&mongoc_cursor_destroy) cursor_destroy;

    decltype(&bson_new) document_new;
    decltype(&bson_init) document_init;
    decltype(&bson_destroy) document_destroy;
    decltype(&bson_append_utf8) append_text;
    decltype(&bson_append_int32) append_int32;
    decltype(&bson_append_int64) append_int64;
    decltype(&bson_append_double) append_double;
    decltype(&bson_append_bool) append_bool;
    decltype(&bson_append_null) append_null;
    decltype(&bson_append_date_time) append_time;
    decltype(&bson_append_oid) append_object_id;
    decltype(&bson_append_binary) append_binary;
    decltype(&bson_append_document) append_document;
    decltype(&bson_append_array) append_array;
    decltype(&bson_oid_init) object_id_init;
    decltype(&bson_oid_init_from_string) object_id_parse;
    decltype(&bson_oid_to_string) object_id_text;
    decltype(&bson_decimal128_to_string) decimal_text;

    decltype(&bson_iter_init) iterate;
    decltype(&bson_iter_recurse) iterate_child;
    decltype(&bson_iter_next) next;
    decltype(&bson_iter_key) key;
    decltype(&bson_iter_type) type;
    decltype(&bson_iter_utf8) text;
    decltype(&bson_iter_symbol) symbol;
    decltype(&bson_iter_regex) regex;
    decltype(&bson_iter_int32) int32;
    decltype(&bson_iter_int64) int64;
    decltype(&bson_iter_double) real;
    decltype(&bson_iter_bool) boolean;
    decltype(&bson_iter_date_time) time;
    decltype(&bson_iter_oid) object_id;
    decltype(&bson_iter_binary) binary;
    decltype(&bson_iter_decimal128) decimal;

    /// Loads it on first use, which must not be in a request. Fails with invalid_config and a hint which package to
    /// install.
    static Result<const Library*> load();
};

}  // namespace mt::app::mongodb

#pragma once
#include <mysql.h>

#include "base/result.hpp"

namespace mt::app::mysql {

/// libmariadb, loaded when a datasource names it (docs/decisions/0013-connector-modules.md). The functions are those of
/// the same name in mysql.h. Never unloaded.
struct Library {
    decltype(&mysql_init) init;
    decltype(&mysql_options) options;
    decltype(&mysql_real_connect_start) connect_start;
    decltype(&mysql_real_connect_cont) connect_cont;
    decltype(&mysql_close) close;
    decltype(&mysql_get_socket) socket;
    decltype(&mysql_thread_id) thread_id;
    decltype(&mysql_get_server_info) server_info;
    decltype(&mysql_get_ssl_cipher) tls_cipher;
    decltype(&mysql_errno) error_code;
    decltype(&mysql_sqlstate) error_state;
    decltype(&mysql_error) error_message;
    decltype(&mysql_real_query_start) query_start;
    decltype(&mysql_real_query_cont) query_cont;
    decltype(&mysql_store_result_start) store_start;
    decltype(&mysql_store_result_cont) store_cont;
    decltype(&mysql_free_result) free_result;
    decltype(&mysql_field_count) columns;
    decltype(&mysql_num_fields) column_count;
    decltype(&mysql_fetch_fields) fields;
    decltype(&mysql_fetch_row) row;
    decltype(&mysql_fetch_lengths) lengths;
    decltype(&mysql_affected_rows) affected;
    decltype(&mysql_stmt_init) statement_init;
    decltype(&mysql_stmt_close) statement_close;
    decltype(&mysql_stmt_attr_set) statement_attribute;
    decltype(&mysql_stmt_prepare_start) prepare_start;
    decltype(&mysql_stmt_prepare_cont) prepare_cont;
    decltype(&mysql_stmt_bind_param) bind;
    decltype(&mysql_stmt_execute_start) execute_start;
    decltype(&mysql_stmt_execute_cont) execute_cont;
    decltype(&mysql_stmt_field_count) statement_columns;
    decltype(&mysql_stmt_store_result_start) statement_store_start;
    decltype(&mysql_stmt_store_result_cont) statement_store_cont;
    decltype(&mysql_stmt_result_metadata) metadata;
    decltype(&mysql_stmt_bind_result) bind_result;
    decltype(&mysql_stmt_fetch) fetch;
    decltype(&mysql_stmt_free_result) statement_free_result;
    decltype(&mysql_stmt_affected_rows) statement_affected;
    decltype(&mysql_stmt_insert_id) statement_insert_id;
    decltype(&mysql_stmt_errno) statement_error_code;
    decltype(&mysql_stmt_sqlstate) statement_error_state;
    decltype(&mysql_stmt_error) statement_error_message;

    /// Loads it with the first call. Fails with invalid_config where it is not installed. Any thread.
    static Result<const Library*> load();
};

}  // namespace mt::app::mysql

#pragma once
#include <libpq-fe.h>

#include "base/result.hpp"

namespace mt::app::postgresql {

/// libpq, loaded when a datasource names it: a tenant without one does not pay for it
/// (docs/decisions/0013-connector-modules.md). The functions are those of the same name in libpq-fe.h. Never unloaded.
struct Library {
    decltype(&PQconnectStartParams) connect_start;
    decltype(&PQconnectPoll) connect_poll;
    decltype(&PQfinish) finish;
    decltype(&PQstatus) status;
    decltype(&PQsocket) socket;
    decltype(&PQerrorMessage) error_message;
    decltype(&PQsetErrorVerbosity) set_error_verbosity;
    decltype(&PQsetNoticeReceiver) set_notice_receiver;
    decltype(&PQsetnonblocking) set_nonblocking;
    decltype(&PQflush) flush;
    decltype(&PQconsumeInput) consume_input;
    decltype(&PQisBusy) is_busy;
    decltype(&PQgetResult) get_result;
    decltype(&PQsendPrepare) send_prepare;
    decltype(&PQsendQueryPrepared) send_prepared;
    decltype(&PQsendQuery) send_query;
    decltype(&PQenterPipelineMode) enter_pipeline;
    decltype(&PQexitPipelineMode) exit_pipeline;
    decltype(&PQpipelineSync) pipeline_sync;
    decltype(&PQtransactionStatus) transaction_status;
    decltype(&PQgetCancel) get_cancel;
    decltype(&PQcancel) cancel;
    decltype(&PQfreeCancel) free_cancel;
    decltype(&PQresultStatus) result_status;
    decltype(&PQresultErrorField) error_field;
    decltype(&PQclear) clear;
    decltype(&PQntuples) rows;
    decltype(&PQnfields) columns;
    decltype(&PQgetvalue) value;
    decltype(&PQgetlength) length;
    decltype(&PQgetisnull) is_null;
    decltype(&PQcmdTuples) affected;
    decltype(&PQencryptPasswordConn) encrypt_password;
    decltype(&PQfreemem) free_memory;

    /// Loads it with the first call. Fails with invalid_config where it is not installed. Any thread.
    static Result<const Library*> load();
};

}  // namespace mt::app::postgresql

#include "tenant-app/connectors/mongodb/client.hpp"

namespace mt::app::mongodb {

namespace {

constexpr std::int32_t k_error_api = MONGOC_ERROR_API_VERSION_2;
constexpr const char* k_authorities = "/etc/ssl/certs/ca-certificates.crt";

void set_tls(const Library& library, const Settings& settings, mongoc_client_t* client) {
    mongoc_ssl_opt_t options{};
    options.ca_file = settings.ca.empty() ? k_authorities : settings.ca.c_str();
    if (!settings.certificate.empty()) options.pem_file = settings.certificate.c_str();
    options.weak_cert_validation = settings.tls == server::Tls::require;
    options.allow_invalid_hostname = settings.tls != server::Tls::verify_full;
    library.client_set_ssl(client, &options);
}

/// What a reply that is no failure says of the writes in it.
const json& write_failure(const json& reply) {
    static const json none;
    if (const auto list = reply.find("writeErrors"); list != reply.end() && list->is_array() && !list->empty())
        return list->front();
    const auto concern = reply.find("writeConcernError");
    return concern == reply.end() ? none : *concern;
}

}  // namespace

Result<std::unique_ptr<Client>> Client::open(const Library& library, const Settings& settings) {
    bson_error_t error;
    const std::unique_ptr<mongoc_uri_t, decltype(&mongoc_uri_destroy)> uri{
        library.uri_new(settings.url().c_str(), &error), library.uri_destroy};
    if (!uri)
        return settings.error(Errc::invalid_config, "host", "MongoDB's client cannot take the host, user or database");
    Handle handle{library.client_new(uri.get(), &error), library.client_destroy};
    if (!handle) return settings.error(Errc::invalid_config, "", std::string{"MongoDB's client: "} + error.message);
    library.client_set_error_api(handle.get(), k_error_api);
    if (settings.tls != server::Tls::disable) set_tls(library, settings, handle.get());
    return std::unique_ptr<Client>{new Client{library, settings, std::move(handle)}};
}

Result<json> Client::command(Document command) {
    limit_time(command);
    return unlimited(command);
}

Result<json> Client::unlimited(const Document& command) {
    bson_error_t error{};
    bson_t reply;
    const auto since = Clock::now();
    link_ = Link::up;
    // The library makes a reply in any case.
    const bool done = library_.client_command(handle_.get(), settings_.database.c_str(), command.get(), nullptr,
                                              &reply, &error);
    json answer = json::object();
    for_each(library_, Row{&reply}, [&](const char* name, bson_iter_t& at) {
        answer[name] = value_of(library_, at);
        return true;
    });
    library_.document_destroy(&reply);
    if (!done) return refused(error, since);
    return answer;
}

Result<json> Client::write(Document command) {
    Document concern{library_};
    concern.text("w", "majority").boolean("j", true);
    command.child("writeConcern", concern);
    MT_TRY(auto answer, this->command(std::move(command)));
    const auto& failure = write_failure(answer);
    if (failure.is_object())
        return refused({MONGOC_ERROR_SERVER, failure.value("code", 0u), failure.value("errmsg", std::string{}), false});
    return answer;
}

Status Client::find(const std::string& collection, const Document& filter, Document options, const Visit& visit) {
    limit_time(options);
    const auto since = Clock::now();
    link_ = Link::up;
    const std::unique_ptr<mongoc_collection_t, decltype(&mongoc_collection_destroy)> place{
        library_.client_get_collection(handle_.get(), settings_.database.c_str(), collection.c_str()),
        library_.collection_destroy};
    const std::unique_ptr<mongoc_cursor_t, decltype(&mongoc_cursor_destroy)> cursor{
        library_.collection_find(place.get(), filter.get(), options.get(), nullptr), library_.cursor_destroy};
    const bson_t* row = nullptr;
    while (library_.cursor_next(cursor.get(), &row)) {
        if (Clock::now() - since > settings_.statement_timeout)
            return Error{Errc::timed_out, "The query took too long and was stopped"};
        MT_TRY(const bool more, visit(Row{row}));
        if (!more) return {};
    }
    bson_error_t error{};
    if (library_.cursor_error(cursor.get(), &error)) return refused(error, since);
    return {};
}

void Client::limit_time(Document& command) const { command.number("maxTimeMS", settings_.statement_timeout.count()); }

Error Client::refused(Refusal refusal) {
    refusal_ = std::move(refusal);
    return statement_error(refusal_);
}

Error Client::refused(const bson_error_t& error, Clock::time_point since) {
    const bool late = Clock::now() - since >= settings_.statement_timeout;
    if (error.domain == MONGOC_ERROR_SERVER_SELECTION) link_ = Link::down;
    else if (error.domain == MONGOC_ERROR_STREAM && !late) link_ = Link::lost;
    return refused({error.domain, error.code, error.message, late});
}

}  // namespace mt::app::mongodb

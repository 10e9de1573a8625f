#include "tenant-app/connectors/mysql/migrate.hpp"

#include "tenant-app/connectors/mysql/schema.hpp"

namespace mt::app::mysql {

namespace {

constexpr const char* k_lock = "SELECT GET_LOCK(CONCAT('mtg models ', MD5(DATABASE())), ?)";
constexpr const char* k_unlock = "DO RELEASE_LOCK(CONCAT('mtg models ', MD5(DATABASE())))";
/// Two models on one table: its columns come with the second round.
constexpr int k_rounds_max = 3;

/// Of a step that was refused: the configuration's fault, unless the server is away.
Error step_error(const server::Settings& settings, const Error& error, const std::string& step) {
    const bool away = error.code() == Errc::unavailable || error.code() == Errc::timed_out;
    return settings.error(away ? error.code() : Errc::invalid_config, "",
                          "cannot make the database fit the models: " + error.message() + " (" + step + ")");
}

asio::awaitable<Result<Catalogue>> complete(server::Session& session, const server::Settings& settings,
                                            const Dialect& dialect, const std::vector<const Model*>& models) {
    for (int round = 1;; ++round) {
        // Again with the lock held: another worker of this tenant may have made what was missing.
        MT_CO_TRY(auto catalogue, co_await read_catalogue(session, settings.statement_timeout));
        MT_CO_TRY(const auto steps, missing_steps(catalogue, settings, dialect, models));
        if (steps.empty()) co_return catalogue;
        if (round > k_rounds_max)
            co_return settings.error(Errc::invalid_config, "",
                                     "the database still does not fit the models after " + steps.front());
        for (const auto& step : steps) {
            sql::Query query{step, {}};
            server::RowSink nobody;
            const auto done = co_await session.run(std::move(query), std::move(nobody), settings.statement_timeout);
            if (!done.ok()) co_return step_error(settings, done.error(), step);
        }
    }
}

asio::awaitable<Status> lock(server::Session& session, const server::Settings& settings) {
    bool held = false;
    server::RowSink answer = [&](server::Cells cells) { held = cells[0] == "1"; };
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(settings.statement_timeout).count();
    sql::Query query{k_lock, {std::to_string(seconds)}};
    // The server's own deadline comes first.
    const auto timeout = settings.statement_timeout + std::chrono::seconds{2};
    MT_CO_CHECK(co_await session.run(std::move(query), std::move(answer), timeout));
    if (held) co_return Status{};
    co_return settings.error(Errc::unavailable, "", "another process makes the database fit the models");
}

}  // namespace

asio::awaitable<Result<server::Tables>> migrate(server::Session& session, const server::Settings& settings,
                                                const Dialect& dialect, const std::vector<const Model*>& models) {
    MT_CO_TRY(auto catalogue, co_await read_catalogue(session, settings.statement_timeout));
    MT_CO_TRY(const auto missing, missing_steps(catalogue, settings, dialect, models));
    if (!missing.empty()) {
        MT_CO_CHECK(co_await lock(session, settings));
        auto made = co_await complete(session, settings, dialect, models);
        if (!session.is_broken()) {
            sql::Query unlock{k_unlock, {}};
            server::RowSink nobody;
            MT_CO_CHECK(co_await session.run(std::move(unlock), std::move(nobody), settings.statement_timeout));
        }
        if (!made.ok()) co_return made.error();
        catalogue = *std::move(made);
    }
    server::Tables tables;
    for (const auto* model : models) tables.emplace(model->name, describe(*model, catalogue, dialect));
    co_return tables;
}

}  // namespace mt::app::mysql

#pragma once
// One function per connector, named by the table in registry.cpp.
#include "tenant-app/connectors/registry.hpp"

namespace mt::app {

using ConnectorFactory = Result<std::unique_ptr<Connector>> (*)(const asio::any_io_executor& executor,
                                                               const std::filesystem::path& folder, const Datasource& datasource);

/// Rows in this process, gone with it.
Result<std::unique_ptr<Connector>> make_memory(const asio::any_io_executor& executor, const std::filesystem::path& folder,
                                               const Datasource& datasource);
/// Keeps nothing: for models that live inside others.
Result<std::unique_ptr<Connector>> make_transient(const asio::any_io_executor& executor, const std::filesystem::path& folder,
                                                  const Datasource& datasource);
/// A file of the tenant's folder: the setting "file", by default data/db.sqlite3.
Result<std::unique_ptr<Connector>> make_sqlite(const asio::any_io_executor& executor, const std::filesystem::path& folder,
                                               const Datasource& datasource);
/// A MongoDB server, by libmongoc.
Result<std::unique_ptr<Connector>> make_mongodb(const asio::any_io_executor& executor, const std::filesystem::path& folder,
                                                const Datasource& datasource);
/// A MariaDB or MySQL server, by libmariadb.
Result<std::unique_ptr<Connector>> make_mysql(const asio::any_io_executor& executor, const std::filesystem::path& folder,
                                              const Datasource& datasource);
/// A PostgreSQL server, by libpq.
Result<std::unique_ptr<Connector>> make_postgresql(const asio::any_io_executor& executor, const std::filesystem::path& folder,
                                                   const Datasource& datasource);

}  // namespace mt::app

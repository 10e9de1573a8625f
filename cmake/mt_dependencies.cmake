# What we build on, from Debian packages (docs/decisions/0002-dependencies.md says why each is there).
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)

# Header-only spdlog and fmt: used in one file, and the shared libraries would cost every worker its start-up time.
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)

# TLS of the front; shared, and linked by mtg alone: the worker must start fast and holds no connection to clients.
find_package(OpenSSL 3.0 REQUIRED)
find_library(MT_NGHTTP2_LIBRARY NAMES nghttp2 REQUIRED)
add_library(mt_nghttp2 INTERFACE)
target_link_libraries(mt_nghttp2 INTERFACE ${MT_NGHTTP2_LIBRARY})

# SQLite and PCRE2 are linked statically into the worker: see the cold start figures in docs/PERFORMANCE.md.
find_library(MT_SQLITE_LIBRARY NAMES libsqlite3.a REQUIRED)
find_library(MT_PCRE2_LIBRARY NAMES libpcre2-8.a REQUIRED)
add_library(mt_sqlite INTERFACE)
target_link_libraries(mt_sqlite INTERFACE ${MT_SQLITE_LIBRARY} m ${CMAKE_DL_LIBS} Threads::Threads)
# Of database clients only the headers: the libraries are loaded by a worker that needs them (docs/decisions/0013-connector-modules.md).
find_path(MT_LIBPQ_HEADERS libpq-fe.h PATH_SUFFIXES postgresql REQUIRED)
add_library(mt_libpq INTERFACE)
target_include_directories(mt_libpq SYSTEM INTERFACE ${MT_LIBPQ_HEADERS})
find_path(MT_MONGOC_HEADERS mongoc/mongoc.h PATH_SUFFIXES libmongoc-1.0 REQUIRED)
find_path(MT_BSON_HEADERS bson/bson.h PATH_SUFFIXES libbson-1.0 REQUIRED)
add_library(mt_mongoc INTERFACE)
target_include_directories(mt_mongoc SYSTEM INTERFACE ${MT_MONGOC_HEADERS} ${MT_BSON_HEADERS})
find_path(MT_LIBMARIADB_HEADERS mysql.h PATH_SUFFIXES mariadb REQUIRED)
add_library(mt_libmariadb INTERFACE)
target_include_directories(mt_libmariadb SYSTEM INTERFACE ${MT_LIBMARIADB_HEADERS})
find_library(MT_ZLIB_LIBRARY NAMES libz.a REQUIRED)
add_library(mt_zlib INTERFACE)
target_link_libraries(mt_zlib INTERFACE ${MT_ZLIB_LIBRARY})
find_library(MT_ZSTD_LIBRARY NAMES libzstd.a REQUIRED)
add_library(mt_zstd INTERFACE)
target_link_libraries(mt_zstd INTERFACE ${MT_ZSTD_LIBRARY} Threads::Threads)
add_library(mt_pcre2 INTERFACE)
target_link_libraries(mt_pcre2 INTERFACE ${MT_PCRE2_LIBRARY})
target_compile_definitions(mt_pcre2 INTERFACE PCRE2_CODE_UNIT_WIDTH=8 PCRE2_STATIC)
# libsodium hashes passwords and tokens, libcrypt reads LoopBack's bcrypt hashes; static for the same reason.
find_library(MT_SODIUM_LIBRARY NAMES libsodium.a REQUIRED)
# The sanitizers' wrapper of crypt_r() looks for the real one among the shared libraries, and calls null without it.
if(MT_SANITIZE OR MT_FUZZ)
  set(MT_CRYPT_NAME libcrypt.so)
else()
  set(MT_CRYPT_NAME libcrypt.a)
endif()
find_library(MT_CRYPT_LIBRARY NAMES ${MT_CRYPT_NAME} REQUIRED)
add_library(mt_sodium INTERFACE)
target_link_libraries(mt_sodium INTERFACE ${MT_SODIUM_LIBRARY} Threads::Threads)
add_library(mt_crypt INTERFACE)
target_link_libraries(mt_crypt INTERFACE ${MT_CRYPT_LIBRARY})

# Of the headers-only libraries, what each file would instantiate anew is compiled once; the linker drops what nobody calls.
function(mt_instances name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  list(TRANSFORM ARG_SOURCES PREPEND ${CMAKE_SOURCE_DIR}/cmake/instances/)
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC mt_options ${ARG_DEPENDS})
  target_compile_options(${name} PRIVATE -w -ffunction-sections -fdata-sections $<$<CONFIG:Release>:-O2>)
endfunction()
mt_instances(mt_asio SOURCES boost.cpp DEPENDS Boost::headers Threads::Threads)
mt_instances(mt_json SOURCES json.cpp ordered_json.cpp DEPENDS nlohmann_json::nlohmann_json)

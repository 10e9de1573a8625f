#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "mtm/bundle/checksum.hpp"
#include "mtm/bundle/reader.hpp"
#include "mtm/bundle/secrets.hpp"
#include "mtm/bundle/tar.hpp"
#include "mtm/bundle/writer.hpp"

using namespace mt;
using namespace mt::mtm;

namespace {

Fd memory_file() { return Fd{::memfd_create("bundle", MFD_CLOEXEC)}; }

std::string bytes_of(const Fd& file) {
    std::string bytes(static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END)), '\0');
    CHECK(::pread(file.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    return bytes;
}

Fd file_of(const std::string& bytes) {
    auto file = memory_file();
    CHECK(::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

std::string small_bundle() {
    const auto file = memory_file();
    BundleWriter writer{file.get()};
    CHECK(writer.add("manifest.json", "{}").ok());
    CHECK(writer.add("folder/a.json", std::string(5000, 'x'), 0600).ok());
    CHECK(writer.add("folder/empty", "").ok());
    CHECK(writer.finish({{"rows", 7}}).ok());
    return bytes_of(file);
}

/// Reads it to its end: the names and what is in them.
Result<std::string> read_through(const std::string& bytes) {
    const auto file = file_of(bytes);
    BundleReader reader{file.get(), "it"};
    std::string all;
    for (;;) {
        MT_TRY(const auto entry, reader.next());
        if (!entry) return all;
        MT_TRY(const auto content, reader.read_all(1u << 20));
        all += entry->name + "=" + content + ";";
    }
}

}  // namespace

TEST_CASE("bundle: what was written comes back, with its end") {
    const auto file = file_of(small_bundle());
    BundleReader reader{file.get(), "it"};
    std::vector<std::string> names;
    for (;;) {
        const auto entry = reader.next();
        REQUIRE(entry.ok());
        if (!*entry) break;
        names.push_back((*entry)->name);
        if ((*entry)->name == "folder/a.json") {
            CHECK((*entry)->mode == 0600);
            CHECK(*reader.read_all(10'000) == std::string(5000, 'x'));
        }
    }
    CHECK(names == std::vector<std::string>{"manifest.json", "folder/a.json", "folder/empty"});
    CHECK(reader.end()["rows"] == 7);
}

TEST_CASE("bundle: one that was cut anywhere is refused, and so is one whose content differs") {
    const auto whole = small_bundle();
    const auto content = read_through(whole);
    REQUIRE(content.ok());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        REQUIRE_FALSE(read_through(whole.substr(0, size)).ok());
    }
    int refused = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        CAPTURE(at);
        auto damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        const auto read = read_through(damaged);
        refused += read.ok() ? 0 : 1;
        // A few bits of zstd's own bookkeeping mean nothing.
        if (read.ok()) REQUIRE(*read == *content);
    }
    CHECK(refused > static_cast<int>(whole.size()) * 9 / 10);
}

TEST_CASE("tar: names that leave the folder, links and other kinds are refused") {
    for (const auto* name : {"/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/", ""}) {
        CAPTURE(name);
        const auto block = tar_header({name, 1, 0644}, 0);
        REQUIRE(block.ok());
        CHECK_FALSE(parse_tar_header({block->data(), block->size()}).ok());
    }
    auto link = *tar_header({"a", 0, 0644}, 0);
    link[156] = '2';
    CHECK_FALSE(parse_tar_header({link.data(), link.size()}).ok());
    CHECK_FALSE(tar_header({std::string(101, 'x'), 0, 0644}, 0).ok());
    const auto deep = std::string(100, 'd') + "/" + std::string(100, 'n');
    const auto long_name = tar_header({deep, 9'000'000'000, 0644}, 0);
    REQUIRE(long_name.ok());
    const auto entry = parse_tar_header({long_name->data(), long_name->size()});
    REQUIRE(entry.ok());
    CHECK((*entry)->name == deep);
    CHECK((*entry)->bytes == 9'000'000'000);
}

TEST_CASE("checksum: SHA-256 (FIPS 180-4, the text abc)") {
    Checksum sum;
    sum.add("a");
    sum.add("bc");
    CHECK(sum.finish() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("without_secrets: passwords and URLs with a login go, references stay") {
    std::vector<std::string> emptied;
    const auto text = without_secrets(R"({"db": {"connector": "postgresql", "password": "canary", "user": "u"},
        "m": {"url": "mongodb://u:canary@h/db", "transports": [{"auth": {"pass": "canary"}}]},
        "e": {"password": "${DB_PASSWORD}", "url": "http://h/x"}})", emptied);
    CHECK(emptied == std::vector<std::string>{"/db/password", "/m/url", "/m/transports/0/auth/pass"});
    CHECK(text.find("canary") == std::string::npos);
    CHECK(text.find("${DB_PASSWORD}") != std::string::npos);
    CHECK(without_secrets("no json", emptied) == "no json");
}

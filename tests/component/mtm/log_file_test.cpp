#include "mtm/log_file.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <vector>

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

namespace {

struct Folder {
    fs::path path;
    Folder() {
        std::string name = (fs::temp_directory_path() / "mtm-log-XXXXXX").native();
        path = ::mkdtemp(name.data());
    }
    ~Folder() { fs::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
};

void append(const fs::path& path, const std::string& text) { std::ofstream{path, std::ios::app} << text; }

Lines last(const fs::path& path, std::size_t count, std::uint64_t from = 0) {
    Lines lines;
    const auto take = [&](std::string_view line) {
        lines.emplace_back(line);
        return true;
    };
    const auto status = mt::mtm::last_lines(path, count, take, from);
    REQUIRE(status.ok());
    return lines;
}

}  // namespace

TEST_CASE("last_lines: nothing before the byte to begin at, unless the file was turned since") {
    const Folder folder;
    const auto path = folder.path / "a.log";
    append(path, "one\ntwo\nthree\n");
    CHECK(last(path, 5, 4) == Lines{"two", "three"});
    CHECK(last(path, 1, 4) == Lines{"three"});
    CHECK(last(path, 5, 14) == Lines{});
    CHECK(last(path, 5, 15) == Lines{"one", "two", "three"});
    CHECK(last(path, 2, 0) == Lines{"two", "three"});
}

TEST_CASE("last_lines: the last so many, an unfinished one included") {
    const Folder folder;
    const auto path = folder.path / "foo.log";
    CHECK(last(path, 5).empty());
    append(path, "");
    CHECK(last(path, 5).empty());
    append(path, "one\ntwo\n\nfour\n");
    CHECK(last(path, 0).empty());
    CHECK(last(path, 1) == Lines{"four"});
    CHECK(last(path, 2) == Lines{"", "four"});
    CHECK(last(path, 9) == Lines{"one", "two", "", "four"});
    append(path, "fi");
    CHECK(last(path, 2) == Lines{"four", "fi"});
}

TEST_CASE("last_lines: lines longer than a block and files longer than many") {
    const Folder folder;
    const auto path = folder.path / "foo.log";
    std::string text;
    for (int i = 0; i < 30'000; ++i) text += "line " + std::to_string(i) + "\n";
    append(path, text + std::string(100'000, 'x') + "\n");
    const auto lines = last(path, 3);
    std::string joined;
    for (const auto& line : lines) joined += line;
    CHECK(joined == "line 29998line 29999" + std::string(100'000, 'x'));
}

TEST_CASE("follow_lines: goes on with what is appended, and with a fresh file of the same name") {
    const Folder folder;
    const auto path = folder.path / "foo.log";
    append(path, "old\none\n");
    Lines lines;
    // Each line that arrives brings the next event about: no second thread, no clock.
    const auto status = mt::mtm::follow_lines(path, 1, [&](std::string_view line) {
        lines.emplace_back(line);
        if (lines.size() == 1) append(path, "two\n");
        if (lines.size() == 2) {
            append(folder.path / "fresh", "three\n");
            fs::rename(folder.path / "fresh", path);
        }
        return lines.size() < 3;
    });
    CHECK(status.ok());
    CHECK(lines == Lines{"one", "two", "three"});
}

TEST_CASE("follow_lines: a folder that is not there is an error") {
    CHECK_FALSE(mt::mtm::follow_lines("/nowhere/at/all.log", 1, [](std::string_view) { return true; }).ok());
}

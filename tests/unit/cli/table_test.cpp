#include "base/cli/table.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace mt;
using namespace mt::cli;

TEST_CASE("render_table: no line is wider than the terminal, if the columns between leave any room") {
    auto rows = json::array();
    rows.push_back({{"id", std::string(40, 'n')}, {"state", "ready"}, {"rev", std::string(16, 'r')}});
    const std::vector<cli::Column> columns{{"TENANT", "id"}, {"STATE", "state"}, {"REV", "rev"}};
    for (const std::size_t width : {24u, 40u, 55u, 80u}) {
        CAPTURE(width);
        std::istringstream lines{cli::render_table(rows, columns, false, width)};
        for (std::string line; std::getline(lines, line);) {
            std::size_t cells = 0;
            for (const char c : line) cells += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
            CHECK(cells <= width);
        }
    }
    CHECK(cli::render_table(rows, columns, false).find(std::string(40, 'n')) != std::string::npos);
}

TEST_CASE("render_table: where there is no room columns are left out, the most spare ones first") {
    const auto rows = json::parse(R"([{"id": "foo", "state": "suspended", "pid": 1234567, "rev": "0123456789abcdef"}])");
    const std::vector<Column> columns{{"TENANT", "id"}, {"STATE", "state"}, {"PID", "pid", Show::count, 2}, {"REV", "rev", Show::text, 1}};
    CHECK(render_table(rows, columns, false, 80).find("1234567  0123456789abcdef") != std::string::npos);
    CHECK(render_table(rows, columns, false, 30) == 
          "TENANT  STATE      REV\nfoo     suspended  0123456789…\n");
    CHECK(render_table(rows, columns, false, 17) == "TENANT  STATE\nfoo     suspended\n");
    CHECK(render_table(rows, columns, false, 4) == "TENANT  STA…\nfoo     sus…\n");
}

TEST_CASE("render_table: aligned columns, numbers to the right, null as a dash") {
    const auto rows = json::parse(R"([{"id": "foo", "state": "ready", "pid": 12, "up": 192000},
                                      {"id": "longername", "state": "idle", "pid": null}])");
    CHECK(render_table(rows, {{"TENANT", "id"}, {"STATE", "state", Show::state}, {"PID", "pid", Show::count},
                              {"UP", "up", Show::duration}}, false) ==
          "TENANT      STATE  PID     UP\n"
          "foo         ready   12  3m12s\n"
          "longername  idle     -      -\n");
}

TEST_CASE("render_table: only the headings without rows") {
    CHECK(render_table(json::array(), {{"A", "a"}, {"B", "b"}}, false) == "A  B\n");
}

TEST_CASE("render_table: the last column is cut to the width, control characters never reach the terminal") {
    const auto rows = json::parse(R"([{"id": "a", "why": "0123456789012345678901234567890"}, {"id": "b", "why": "x\u001b[31m\n"}])");
    const auto text = render_table(rows, {{"ID", "id"}, {"WHY", "why"}}, false, 20);
    CHECK(text == "ID  WHY\na   012345678901234…\nb   x\\x1b[31m\\n\n");
}

TEST_CASE("a state stays a word when it is coloured") {
    CHECK(colour_state("failed").find("failed") != std::string::npos);
    CHECK(colour_state("ready") == "\x1b[32mready\x1b[0m");
}

TEST_CASE("human_duration") {
    CHECK(human_duration(400) == "0.4s");
    CHECK(human_duration(12'000) == "12s");
    CHECK(human_duration(3'600'000 * 5 + 180'000) == "5h03m");
    CHECK(human_duration(86'400'000LL * 12) == "12d0h");
}

// docs/decisions/0010-automatic-indexes.md: the worker makes the indexes that its reads lack.
#include "tenant-app/connectors/sqlite/index_advisor.hpp"
#include "tests/component/app/shop.hpp"

namespace mt::app {

namespace {

constexpr std::uint64_t k_rows = 1'000;
/// From here on an index is worth it: 100,000 and twenty times the table.
constexpr unsigned k_reads = 120;

Filter filter_of(const Shop& shop, const char* text) {
    auto filter = parse_filter(shop.registry, shop.model("Customer"), json::parse(text));
    REQUIRE(filter.ok());
    return *std::move(filter);
}

/// What the advisor says to the same read again and again: the index's SQL, or nothing.
std::string advice(Shop& shop, sqlite::IndexAdvisor& advisor, const char* text, std::uint64_t answered = 20, unsigned reads = 2 * k_reads) {
    sqlite::Table table;
    table.model = &shop.model("Customer");
    const auto filter = filter_of(shop, text);
    std::string said;
    for (unsigned i = 0; i < reads; ++i) {
        if (const auto index = advisor.note(table, filter, text, k_rows, answered, false)) said += index->sql + ";";
    }
    return said;
}

std::string indexes(const Shop& shop) {
    auto database = sqlite::Database::open(shop.folder.path() / "data/db.sqlite3");
    REQUIRE(database.ok());
    auto statement = (*database)->prepare("SELECT name FROM sqlite_master WHERE name LIKE 'mtg_auto_%' ORDER BY name");
    REQUIRE(statement.ok());
    std::string names;
    while (sqlite3_step(*statement) == SQLITE_ROW) names += reinterpret_cast<const char*>(sqlite3_column_text(*statement, 0)) + std::string{" "};
    return names;
}

void fill(Shop& shop) {
    for (std::uint64_t i = 0; i < k_rows; i += 100) {
        auto rows = json::array();
        for (std::uint64_t n = i; n < i + 100; ++n) rows.push_back({{"name", "c" + std::to_string(n)}, {"age", n % 50}});
        REQUIRE(shop.wait(shop.repository->create_many(shop.model("Customer"), std::move(rows))).ok());
    }
}

}  // namespace

TEST_CASE("automatic indexes: equality and the order of a page are worth one, once; nothing else is") {
    Shop shop{"memory"};
    struct Row { const char* filter; const char* columns; };
    for (const auto& [filter, columns] : {
             Row{R"({"where":{"age":30}})", R"(("age"))"}, Row{R"({"where":{"age":{"inq":[1,2]}}})", R"(("age"))"},
             Row{R"({"order":"name DESC","limit":20})", R"(("name" DESC))"},
             Row{R"({"where":{"age":{"gt":25}},"order":"name","limit":20})", R"(("name"))"},
             Row{R"({"where":{"vip":true,"name":{"like":"x"}},"order":"age DESC","limit":20})", R"(("vip", "age" DESC))"},
             Row{R"({"order":"name"})", ""}, Row{R"({"where":{"age":{"gt":25}}})", ""}, Row{R"({"where":{"age":null}})", ""},
             Row{R"({"where":{"or":[{"age":1},{"age":2}]}})", ""}, Row{R"({"where":{"tags":"a"}})", ""},
             Row{R"({"order":"address.city","limit":20})", ""}, Row{R"({"where":{"unknown":1}})", ""}}) {
        CAPTURE(filter);
        sqlite::IndexAdvisor advisor;
        const auto said = advice(shop, advisor, filter);
        if (columns[0] == 0) CHECK(said.empty());
        else CHECK(said.ends_with(std::string{"ON \"Customer\" "} + columns + ";"));
        CHECK(std::count(said.begin(), said.end(), ';') <= 1);
    }
}

TEST_CASE("automatic indexes: none for few reads, for reads that answer much, beyond four of a table") {
    Shop shop{"memory"};
    sqlite::IndexAdvisor advisor;
    CHECK(advice(shop, advisor, R"({"where":{"age":30}})", 20, 100).empty());
    CHECK(advice(shop, advisor, R"({"where":{"vip":true}})", 500).empty());
    for (const char* order : {"name", "age", "email", "code"}) {
        const auto filter = json{{"order", order}, {"limit", 20}}.dump();
        CHECK_FALSE(advice(shop, advisor, filter.c_str()).empty());
    }
    CHECK(advice(shop, advisor, R"({"where":{"vip":true}})").empty());
}

TEST_CASE("automatic indexes: a read that its index serves badly sorts by itself, and tries again later") {
    Shop shop{"memory"};
    sqlite::IndexAdvisor advisor;
    const char* const read = R"({"where":{"age":{"gt":25}},"order":"name","limit":20})";
    REQUIRE_FALSE(advice(shop, advisor, read).empty());
    CHECK_FALSE(advisor.should_sort("rare"));
    sqlite::Table table;
    table.model = &shop.model("Customer");
    const auto filter = filter_of(shop, read);
    CHECK_FALSE(advisor.note(table, filter, "rare", k_rows, 1, false));
    unsigned sorted = 0;
    while (advisor.should_sort("rare")) ++sorted;
    CHECK(sorted == 200);
    CHECK_FALSE(advisor.should_sort("rare"));
    CHECK_FALSE(advisor.note(table, filter, "good", 150, 1, false));
    CHECK_FALSE(advisor.should_sort("good"));
}

TEST_CASE("automatic indexes: are made by the worker, change no answer, stay, and can be turned off") {
    const char* const read = R"({"where":{"age":{"gt":24}},"order":"name DESC","limit":5})";
    for (const bool on : {true, false}) {
        CAPTURE(on);
        Shop shop{"sqlite3"};
        if (!on) shop.folder.write("datasources.json", R"({"db":{"name":"db","connector":"sqlite3","autoIndex":false}})");
        shop.open();
        fill(shop);
        const auto before = shop.ids("Customer", read);
        for (unsigned i = 0; i < k_reads + 10; ++i) REQUIRE(shop.ids("Customer", read) == before);
        CHECK(indexes(shop) == (on ? "mtg_auto_Customer_name_desc " : ""));
        // Few rows match: first by the index, then without it.
        for (unsigned i = 0; i < 3; ++i) CHECK(shop.ids("Customer", R"({"where":{"name":{"like":"c99_"}},"order":"name DESC","limit":20})") == "1000 999 998 997 996 995 994 993 992 991");
        shop.open();
        CHECK(shop.ids("Customer", read) == before);
        CHECK(indexes(shop) == (on ? "mtg_auto_Customer_name_desc " : ""));
    }
}

}  // namespace mt::app

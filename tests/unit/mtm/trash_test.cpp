#include "mtm/trash.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

namespace fs = std::filesystem;

TEST_CASE("list_trash: oldest first, those of one moment by id, models and strangers left out") {
    std::string name = (fs::temp_directory_path() / "mtm-trash-XXXXXX").native();
    const fs::path tenants = ::mkdtemp(name.data());
    for (const auto* folder : {"zoo.20261120T193704.123Z", "shop.20261121T080000.000Z", "cafe.20261121T080000.000Z",
                               "bar.20261121T080000.000Z", "Bad.20261121T080000.000Z", "nameless"})
        fs::create_directories(tenants / ".trash" / folder);

    const auto found = mt::mtm::list_trash(mt::Layout{tenants});
    fs::remove_all(tenants);
    REQUIRE(found.ok());
    std::string order;
    for (const auto& trashed : *found) order += trashed.id.str() + " ";
    CHECK(order == "zoo bar cafe shop ");
}

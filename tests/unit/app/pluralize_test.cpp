#include <doctest/doctest.h>

#include "tenant-app/model/pluralize.hpp"

namespace mt::app {

TEST_CASE("pluralize: makes REST paths as LoopBack does") {
    struct Row { const char* one; const char* many; };
    for (const auto& [one, many] : {Row{"Customer", "Customers"}, Row{"Category", "Categories"}, Row{"Person", "People"}, Row{"Box", "Boxes"},
                                    Row{"Address", "Addresses"}, Row{"Child", "Children"}, Row{"Day", "Days"}, Row{"Status", "Statuses"},
                                    Row{"AnyId", "AnyIds"}, Row{"ACL", "ACLs"}, Row{"Branch", "Branches"}, Row{"SalesPerson", "SalesPeople"},
                                    Row{"News", "News"}, Row{"Analysis", "Analyses"}}) {
        CAPTURE(one);
        CHECK(pluralize(one) == many);
    }
}

}  // namespace mt::app

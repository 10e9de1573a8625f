#include <doctest/doctest.h>

#include "tenant-app/rest/router.hpp"

using namespace mt::app;
using namespace mt::app::rest;

namespace {

struct Models {
    Models() {
        order.name = "Order";
        customer.name = "Customer";
        Relation orders;
        orders.name = orders.path = "orders";
        orders.target = &order;
        customer.relations.push_back(orders);
        Relation owner;
        owner.name = owner.path = "customer";
        owner.kind = RelationKind::belongs_to;
        owner.target = &customer;
        order.relations.push_back(owner);
    }
    Model customer, order;
};

std::string routed(const Model& model, Verb verb, std::string_view path) {
    const auto route = find_route(model, verb, path);
    if (!route.operation) return "none";
    return std::string{route.operation->id} + " id=" + std::string{route.id} + " fk=" + std::string{route.fk};
}

}  // namespace

TEST_CASE("find_route: every operation of a persisted model") {
    const Models models;
    struct Row {
        Verb verb;
        std::string_view path, found;
    };
    const Row rows[] = {{Verb::get, "/", "find id= fk="},
                        {Verb::get, "/count", "count id= fk="},
                        {Verb::get, "/COUNT/", "count id= fk="},
                        {Verb::get, "/findone", "findOne id= fk="},
                        {Verb::get, "/17", "findById id=17 fk="},
                        {Verb::get, "/17/exists", "exists id=17 fk="},
                        {Verb::head, "/17", "exists id=17 fk="},
                        {Verb::head, "/count", "exists id=count fk="},
                        {Verb::head, "/17/exists", "exists id=17 fk="},
                        {Verb::head, "/", "find id= fk="},
                        {Verb::post, "/update", "updateAll id= fk="},
                        {Verb::post, "/17/replace", "replaceById id=17 fk="},
                        {Verb::put, "/findOne", "replaceById id=findOne fk="},
                        {Verb::del, "/", "none"},
                        {Verb::del, "/17", "deleteById id=17 fk="},
                        {Verb::get, "/1//", "none"},
                        {Verb::get, "/1/nope", "none"},
                        {Verb::post, "/nope", "none"},
                        {Verb::other, "/", "none"},
                        {Verb::get, "/1/orders", "prototype.__get__{relation} id=1 fk="},
                        {Verb::get, "/1/ORDERS/count", "prototype.__count__{relation} id=1 fk="},
                        {Verb::get, "/1/orders/2", "prototype.__findById__{relation} id=1 fk=2"},
                        {Verb::patch, "/1/orders/2", "none"}};
    for (const auto& row : rows) {
        CAPTURE(std::string{row.path});
        CHECK(routed(models.customer, row.verb, row.path) == row.found);
    }
}

TEST_CASE("find_route: hasOne is one instance below another") {
    Models models;
    models.customer.relations[0].kind = RelationKind::has_one;
    CHECK(routed(models.customer, Verb::get, "/1/orders") == "prototype.__get__{relation} id=1 fk=");
    CHECK(routed(models.customer, Verb::put, "/1/orders") == "prototype.__update__{relation} id=1 fk=");
    CHECK(routed(models.customer, Verb::del, "/1/orders") == "prototype.__destroy__{relation} id=1 fk=");
    CHECK(routed(models.customer, Verb::get, "/1/orders/2") == "none");
}

TEST_CASE("find_route: belongsTo can be read and nothing else") {
    const Models models;
    CHECK(routed(models.order, Verb::get, "/1/customer") == "prototype.__get__{relation} id=1 fk=");
    CHECK(routed(models.order, Verb::post, "/1/customer") == "none");
    CHECK(routed(models.order, Verb::get, "/1/customer/orders") == "none");
}

TEST_CASE("find_route: named scopes beat ids, ties have routes of their own, nestRemoting leads one relation further") {
    Models models;
    models.customer.scopes.push_back({"vip", nullptr});
    CHECK(routed(models.customer, Verb::get, "/vip") == "__get__{scope} id= fk=");
    CHECK(routed(models.customer, Verb::get, "/VIP/count") == "__count__{scope} id= fk=");
    CHECK(routed(models.customer, Verb::get, "/other").starts_with("findById"));
    CHECK(routed(models.customer, Verb::put, "/1/orders/rel/2") == "none");
    models.customer.relations[0].kind = RelationKind::has_many_through;
    CHECK(routed(models.customer, Verb::put, "/1/orders/rel/2") == "prototype.__link__{relation} id=1 fk=2");
    CHECK(routed(models.customer, Verb::head, "/1/orders/rel/2") == "prototype.__exists__{relation} id=1 fk=2");
    CHECK(routed(models.customer, Verb::get, "/1/orders/2/customer") == "none");
    models.customer.relations[0].nest_remoting = true;
    const auto route = find_route(models.customer, Verb::get, "/1/orders/2/customer");
    REQUIRE(route.operation);
    CHECK(route.via == &models.customer.relations[0]);
    CHECK((route.id == "1" && route.nk == "2" && route.relation == &models.order.relations[0]));
    CHECK_FALSE(find_route(models.customer, Verb::get, "/1/orders/2/nothing").operation);
}

TEST_CASE("find_route: sharedMethods close the methods of relations, scopes and nested relations by their LoopBack names") {
    Models models;
    auto& customer = models.customer;
    customer.scopes.push_back({"vip", nullptr});
    customer.relations[0].kind = RelationKind::has_many_through;
    customer.relations[0].nest_remoting = true;
    customer.shared_methods = {{"__count__vip", false}, {"prototype.__link__orders", false}, {"prototype.__get__orders__customer", false}};
    CHECK(routed(customer, Verb::get, "/vip") == "__get__{scope} id= fk=");
    CHECK(routed(customer, Verb::get, "/vip/count") == "none");
    CHECK(routed(customer, Verb::put, "/1/orders/rel/2") == "none");
    CHECK(routed(customer, Verb::del, "/1/orders/rel/2") == "prototype.__unlink__{relation} id=1 fk=2");
    CHECK_FALSE(find_route(customer, Verb::get, "/1/orders/2/customer").operation);
    customer.shared_methods.clear();
    CHECK(find_route(customer, Verb::get, "/1/orders/2/customer").operation);
    // What the target closes is closed from everywhere.
    models.order.shared_methods = {{"prototype.__get__customer", false}};
    CHECK_FALSE(find_route(customer, Verb::get, "/1/orders/2/customer").operation);
}

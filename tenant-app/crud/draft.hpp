#pragma once
#include "tenant-app/crud/repository.hpp"
#include "tenant-app/query/parse_filter.hpp"

namespace mt::app {

/// A client's data on its way into a record.
struct Draft {
    Record record;
    std::vector<std::size_t> invalid_dates;  ///< positions whose value is no date; null in the record
    std::vector<std::string> unknown;        ///< names that a strict model does not know
    struct Fault {
        std::size_t property;
        const char *code, *message;
    };
    std::vector<Fault> faults;               ///< found by Hooks
    bool id_given = false;                   ///< with a value that is not blank
    Value id_raw;                            ///< as it was given

    explicit Draft(const Model& model) : record(model) {}
};

/// Null counts as {}. Fails with bad_request: no object, values that their property cannot take, dots in a new name.
Result<Draft> make_draft(const Model& model, const json& data);

/// Fills in what is undefined and has a default.
void apply_defaults(const Model& model, Record& record);

/// LoopBack's validation of a record that is about to be stored. `draft` says what could not become part of it.
/// `is_new`: the id must then be absent if the model forces ids. Fails with validation.
Status validate(const Model& model, const Record& record, const Draft& draft, bool is_new);

/// The row with this id whatever the default scope says, or nothing. An undefined id finds nothing.
asio::awaitable<Result<std::vector<Record>>> find_record(Connector& connector, const Model& model, const Value& id);

/// LoopBack's errors that several operations share.
Error no_such_holder(std::string_view id_text);
Error value_is_no_object();

Error no_such_item(const Relation& relation, std::string_view fk_text);

std::vector<Instance> instances_of(std::vector<Record> rows);

/// What an embedded instance's JSON holds, as a record of its model. Fails as make_draft does.
Result<Record> embedded_record(const Model& target, const json& value);
/// And back: what is undefined is left out.
json embedded_json(const Model& target, const Record& record);

/// Copies what the relation's "properties" name, and the discriminator of a polymorphic one, to what is made through it.
void copy_properties(const Model& holder, const Record& row, const Relation& relation, json& data);

/// A new id for what is embedded where its model does not number them.
std::string make_embedded_id();

/// LoopBack's ValidationError with one message.
Error invalid_property(const Model& model, const std::string& property, const char* code, const std::string& message, const Value& value);

}  // namespace mt::app

#pragma once
#include "tenant-app/crud/repository.hpp"

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

/// LoopBack's errors that several operations share.
Error no_such_holder(std::string_view id_text);
Error value_is_no_object();

/// Loads what `includes` ask for into `instances` of `model`. `fields` are the parent's: a relation whose key is not selected
/// is left out. One query per relation, whatever the number of instances.
asio::awaitable<Status> load_includes(const Repository::FindConnector& connector_of, const Model& model,
                                      std::vector<Instance*> instances, const Filter& filter);

/// The row with this id, or nothing. An undefined id finds nothing.
asio::awaitable<Result<std::vector<Record>>> find_record(Connector& connector, const Model& model, const Value& id);

}  // namespace mt::app

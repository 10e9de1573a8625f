#pragma once
#include <functional>
#include <string_view>
#include <utility>

#include "tenant-app/connectors/mongodb/library.hpp"
#include "tenant-app/model/record.hpp"

namespace mt::app::mongodb {

/// A BSON document that is being made: commands, filters and rows. Names come from models or are fixed words; what a
/// client sent are values, and names only where can_be_name() has said so.
class Document {
public:
    explicit Document(const Library& library) : library_(&library), bson_(library.document_new()) {}
    Document(Document&& other) noexcept
        : library_(other.library_), bson_(std::exchange(other.bson_, nullptr)), items_(other.items_) {}
    Document& operator=(Document&&) = delete;
    ~Document() {
        if (bson_) library_->document_destroy(bson_);
    }

    Document& text(std::string_view name, std::string_view value);
    /// int32 where it fits, as every driver writes whole numbers.
    Document& number(std::string_view name, std::int64_t value);
    Document& boolean(std::string_view name, bool value);
    Document& null(std::string_view name);
    Document& time(std::string_view name, std::int64_t ms_since_1970);
    /// `hex` is 24 hexadecimal digits.
    Document& object_id(std::string_view name, const std::string& hex);
    Document& binary(std::string_view name, std::string_view bytes);
    Document& child(std::string_view name, const Document& document);
    /// `items` has the names "0", "1", …: see add().
    Document& list(std::string_view name, const Document& items);
    /// Any JSON, as it is.
    Document& value(std::string_view name, const Value& value);

    /// As an item of a list: the next number is the name.
    std::string next_index() { return std::to_string(items_++); }
    bool empty() const { return bson_->len <= k_empty_bytes; }
    const bson_t* get() const { return bson_; }
    const Library& library() const { return *library_; }

private:
    static constexpr std::uint32_t k_empty_bytes = 5;

    const Library* library_;
    bson_t* bson_;
    std::size_t items_ = 0;
};

/// Whether a text is 24 hexadecimal digits in lower case, as an ObjectId reads in JSON.
bool is_object_id(const Value& value);
std::string new_object_id(const Library& library);
/// Of a field that a client names: MongoDB takes `$set` and `a.b` for something else.
bool can_be_name(std::string_view name);
/// Whether BSON and the server can hold this: valid UTF-8, names without U+0000. Fails with bad_request.
Status check_storable(const Value& value);

/// A document of the library's, valid during a call.
struct Row {
    const bson_t* bson;
};
/// Calls `visit` for each member, until it returns false.
void for_each(const Library& library, Row row, const std::function<bool(const char*, bson_iter_t&)>& visit);
/// A member as JSON: ObjectIds and dates are texts, binary is as JavaScript's Buffer, what JSON has no word for is
/// null.
Value value_of(const Library& library, bson_iter_t& at);

}  // namespace mt::app::mongodb

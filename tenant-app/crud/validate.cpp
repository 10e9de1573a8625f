#include "tenant-app/crud/draft.hpp"
#include "tenant-app/query/js.hpp"

namespace mt::app {

namespace {

/// LoopBack shortens values in messages to 32 characters, keeping the last ones.
std::string shortened(const std::string& text) {
    constexpr std::size_t k_length_max = 32;
    if (text.size() <= k_length_max) return text;
    std::size_t cut = k_length_max - 3 - 4;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;  // not inside a character
    std::size_t tail = text.size() - 3;
    while (tail < text.size() && (static_cast<unsigned char>(text[tail]) & 0xC0) == 0x80) ++tail;
    return text.substr(0, cut) + "..." + text.substr(tail);
}

std::string shown(const Value& value) {
    if (value.is_string()) return js::to_json(shortened(value.get<std::string>()));
    if (value.is_structured()) return shortened(js::to_json(value));
    return shortened(js::to_text(value));
}

bool blank(const Value& value) {
    return value.is_null() || value.is_discarded() || value == "" || (value.is_array() && value.empty());
}

class Errors {
public:
    explicit Errors(const Model& model) : model_(model) {}

    void add(const std::string& property, const char* code, const char* message, const std::string& value) {
        const bool first = details_.empty();
        if (!first) text_ += "; ", codes_ += ',', messages_ += ',';
        text_ += "`" + property + "` " + message + " (value: " + value + ")";
        append(codes_, property, code);
        append(messages_, property, message);
        details_ = "x";
    }

    Status result() const {
        if (details_.empty()) return {};
        std::string details = "{\"context\":" + js::to_json(model_.name) + ",\"codes\":{" + codes_ + "},\"messages\":{" + messages_ + "}}";
        return Error{Errc::validation, "The `" + model_.name + "` instance is not valid. Details: " + text_ + "."}.with_details(
            std::move(details));
    }

private:
    static void append(std::string& out, const std::string& property, std::string_view text) {
        js::append_quoted(out, property);
        out += ":[";
        js::append_quoted(out, text);
        out += ']';
    }

    const Model& model_;
    std::string text_, codes_, messages_, details_;
};

}  // namespace

Status validate(const Model& model, const Record& record, const Draft& draft, bool is_new) {
    Errors errors{model};
    for (const auto& name : draft.unknown) errors.add(name, "unknown-property", "is not defined in the model", "undefined");
    for (std::size_t i = 0; i < model.properties.size(); ++i) {
        const auto& property = model.properties[i];
        // A new row's required id is made by the database; see Connector::create.
        if (!property.required || i == model.id_index) continue;
        bool invalid_date = false;
        for (const auto at : draft.invalid_dates) invalid_date |= at == i;
        if (!invalid_date && blank(record.values[i])) errors.add(property.name, "presence", "can't be blank", shown(record.values[i]));
    }
    for (const auto& fault : draft.faults)
        errors.add(model.properties[fault.property].name, fault.code, fault.message, shown(record.values[fault.property]));
    for (const auto at : draft.invalid_dates) errors.add(model.properties[at].name, "date", "is not a valid date", "Invalid Date");
    if (is_new && model.force_id && draft.id_given) errors.add(model.id().name, "absence", "can't be set", shown(draft.id_raw));
    return errors.result();
}

}  // namespace mt::app

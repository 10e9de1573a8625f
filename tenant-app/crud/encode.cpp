#include "tenant-app/crud/repository.hpp"
#include "tenant-app/query/js.hpp"

#include <algorithm>
#include <utility>

namespace mt::app {

namespace {

class Encoder {
public:
    Encoder(std::string& out, const Model& model, const Filter* filter, bool nested = false)
        : out_(out), model_(model), filter_(filter), nested_(nested) {}

    void write(const Instance& instance) {
        out_ += '{';
        const auto& values = instance.record.values;
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (is_undefined(values[i]) || (filter_ && filter_->fields && !(*filter_->fields)[i])) continue;
            const auto& property = model_.properties[i];
            if (secret(property.name)) continue;
            key(property.name);
            if (property.embedded) embedded(*property.embedded, values[i]);
            else js::append_json(out_, values[i]);
        }
        if (instance.record.extra.is_object()) extra(instance.record.extra);
        for (const auto& included : instance.included) relation(included);
        out_ += '}';
    }

private:
    bool secret(const std::string& name) const {
        return (!model_.hidden.empty() && model_.is_hidden(name)) ||
               (nested_ && !model_.protected_properties.empty() && model_.is_protected(name));
    }

    /// Properties in their model's order, as an instance of its own would come out.
    void embedded(const Model& target, const Value& value) {
        if (value.is_array()) {
            out_ += '[';
            for (std::size_t i = 0; i < value.size(); ++i) {
                if (i > 0) out_ += ',';
                embedded(target, value[i]);
            }
            out_ += ']';
            return;
        }
        if (!value.is_object()) return js::append_json(out_, value);
        Record record{target};
        record.extra = json::object();
        for (const auto& [name, member] : value.items()) {
            if (const auto at = target.find_property(name)) record.values[*at] = member;
            else record.extra[name] = member;
        }
        Encoder{out_, target, nullptr, true}.write(Instance{std::move(record)});
    }

    void key(const std::string& name) {
        if (!std::exchange(first_, false)) out_ += ',';
        js::append_quoted(out_, name);
        out_ += ':';
    }

    void extra(const json& values) {
        for (const auto& [name, value] : values.items()) {
            if (filter_ && !filter_->extra_fields &&
                std::find(filter_->extra_names.begin(), filter_->extra_names.end(), name) == filter_->extra_names.end()) continue;
            // A name that the model has learned to declare since shows its column.
            if (value.is_discarded() || secret(name) || model_.find_property(name)) continue;
            key(name);
            js::append_json(out_, value);
        }
    }

    void relation(const Instance::Included& included) {
        const bool many = included.relation->to_many();
        if (!many && included.instances.empty()) return;
        key(included.relation->name);
        if (many) out_ += '[';
        for (std::size_t i = 0; i < included.instances.size(); ++i) {
            if (i > 0) out_ += ',';
            const auto& instance = included.instances[i];
            Encoder{out_, instance.model ? *instance.model : *included.relation->target, included.scope, true}.write(instance);
            if (!many) break;
        }
        if (many) out_ += ']';
    }

    std::string& out_;
    const Model& model_;
    const Filter* filter_;
    bool nested_;  // below what was asked for
    bool first_ = true;
};

}  // namespace

void append_json(std::string& out, const Model& model, const Instance& instance, const Filter* filter) {
    Encoder{out, model, filter}.write(instance);
}

}  // namespace mt::app

#include "tenant-app/crud/repository.hpp"
#include "tenant-app/query/js.hpp"

#include <algorithm>

namespace mt::app {

namespace {

class Encoder {
public:
    Encoder(std::string& out, const Model& model, const Filter* filter) : out_(out), model_(model), filter_(filter) {}

    void write(const Instance& instance) {
        out_ += '{';
        const auto& values = instance.record.values;
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (is_undefined(values[i]) || (filter_ && filter_->fields && !(*filter_->fields)[i])) continue;
            if (!model_.hidden.empty() && model_.is_hidden(model_.properties[i].name)) continue;
            key(model_.properties[i].name);
            js::append_json(out_, values[i]);
        }
        if (instance.record.extra.is_object()) extra(instance.record.extra);
        for (const auto& included : instance.included) relation(included);
        out_ += '}';
    }

private:
    void key(const std::string& name) {
        if (!first_) out_ += ',';
        first_ = false;
        js::append_quoted(out_, name);
        out_ += ':';
    }

    void extra(const json& values) {
        for (const auto& [name, value] : values.items()) {
            if (filter_ && !filter_->extra_fields &&
                std::find(filter_->extra_names.begin(), filter_->extra_names.end(), name) == filter_->extra_names.end()) continue;
            // A name that the model has learned to declare since shows its column.
            if (value.is_discarded() || model_.is_hidden(name) || model_.find_property(name)) continue;
            key(name);
            js::append_json(out_, value);
        }
    }

    void relation(const Instance::Included& included) {
        const bool many = included.relation->kind == RelationKind::has_many;
        if (!many && included.instances.empty()) return;
        key(included.relation->name);
        if (many) out_ += '[';
        for (std::size_t i = 0; i < included.instances.size(); ++i) {
            if (i > 0) out_ += ',';
            append_json(out_, *included.relation->target, included.instances[i], included.scope);
            if (!many) break;
        }
        if (many) out_ += ']';
    }

    std::string& out_;
    const Model& model_;
    const Filter* filter_;
    bool first_ = true;
};

}  // namespace

void append_json(std::string& out, const Model& model, const Instance& instance, const Filter* filter) {
    Encoder{out, model, filter}.write(instance);
}

}  // namespace mt::app

#pragma once
#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mt::gateway {

/// A map by name whose copies share what they have in common: names lie in many small parts, a copy takes pointers to
/// them, and a change makes one part anew. So a snapshot of ten thousand names with one changed costs microseconds.
/// A part that was made is never written again: copies may be read on other threads while this one changes.
template <class Value>
class SharedMap {
public:
    struct Row {
        std::string first;
        Value second;
    };

    /// The row of that name, or end(). Valid while this map or a copy holds the row.
    const Row* find(std::string_view name) const {
        if (size_ == 0) return end();
        const auto hash = hash_of(name);
        const auto& part = parts_[hash % k_parts];
        if (!part) return end();
        for (auto slot = lower_bound(*part, hash); slot != part->end() && slot->hash == hash; ++slot)
            if (slot->row->first == name) return slot->row.get();
        return end();
    }
    /// What find() answers for a name that is not there.
    const Row* end() const { return nullptr; }
    bool contains(std::string_view name) const { return find(name) != end(); }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    /// Adds the name or replaces its value.
    void set(std::string name, Value value) {
        if (parts_.empty()) parts_.resize(k_parts);
        const auto hash = hash_of(name);
        auto& part = parts_[hash % k_parts];
        auto changed = part ? Part{*part} : Part{};
        const auto row = std::make_shared<const Row>(Row{std::move(name), std::move(value)});
        if (const auto place = place_of(changed, hash, row->first); place != changed.end()) {
            place->row = row;
        } else {
            changed.insert(lower_bound(changed, hash), Slot{hash, row});
            ++size_;
        }
        part = std::make_shared<const Part>(std::move(changed));
    }
    /// False: it was not there.
    bool erase(std::string_view name) {
        if (size_ == 0) return false;
        const auto hash = hash_of(name);
        auto& part = parts_[hash % k_parts];
        if (!part) return false;
        Part changed{*part};
        const auto place = place_of(changed, hash, name);
        if (place == changed.end()) return false;
        changed.erase(place);
        part = changed.empty() ? nullptr : std::make_shared<const Part>(std::move(changed));
        --size_;
        return true;
    }

private:
    /// Twenty names in each at ten thousand: few enough to copy, and the pointers of a copy are 8 KiB.
    static constexpr std::size_t k_parts = 512;
    struct Slot {
        std::size_t hash;
        std::shared_ptr<const Row> row;
    };
    using Part = std::vector<Slot>;  // by hash

    static std::size_t hash_of(std::string_view name) { return std::hash<std::string_view>{}(name); }

    template <class Slots>
    static auto lower_bound(Slots& part, std::size_t hash) {
        const auto is_before = [](const Slot& slot, std::size_t than) { return slot.hash < than; };
        return std::lower_bound(part.begin(), part.end(), hash, is_before);
    }
    static typename Part::iterator place_of(Part& part, std::size_t hash, std::string_view name) {
        const auto is_it = [&](const Slot& slot) { return slot.hash == hash && slot.row->first == name; };
        return std::find_if(lower_bound(part, hash), part.end(), is_it);
    }

    std::vector<std::shared_ptr<const Part>> parts_;  ///< k_parts, or none as long as the map was never used
    std::size_t size_ = 0;
};

}  // namespace mt::gateway

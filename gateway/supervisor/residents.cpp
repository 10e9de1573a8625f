#include "gateway/supervisor/residents.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/units.hpp"
#include "gateway/supervisor/least_used.hpp"

namespace mt::gateway {

ResidentPlace::~ResidentPlace() {
    if (const auto residents = residents_.lock()) residents->give_back(row_);
}

void ResidentPlace::measure() {
    if (const auto residents = residents_.lock(); residents && residents->budget_.bytes_max) residents->measure(*row_);
}

void Residents::set_budget(ResidentBudget budget) {
    const auto before = std::exchange(budget_, budget);
    if (budget.bytes_max && !before.bytes_max) {
        for (auto& row : rows_) measure(row);
        measure_some();
    } else if (!budget.bytes_max) {
        measure_timer_.cancel();
        for (auto& row : rows_) row.bytes = 0;
        bytes_ = 0;
    }
    look_soon();
}

bool Residents::has_room() const {
    if (budget_.tenants_max && rows_.size() >= budget_.tenants_max) return false;
    // One always runs, however little the budget is.
    return !budget_.bytes_max || bytes_ < budget_.bytes_max || rows_.empty();
}

std::unique_ptr<ResidentPlace> Residents::take(Resident& tenant) {
    return waiting_.empty() && has_room() ? place(tenant) : nullptr;
}

std::unique_ptr<ResidentPlace> Residents::place(Resident& tenant) {
    return std::make_unique<ResidentPlace>(weak_from_this(), rows_.insert(rows_.end(), Row{&tenant}));
}

void Residents::give_back(std::list<Row>::iterator row) {
    bytes_ -= row->bytes;
    rows_.erase(row);
    if (!waiting_.empty()) look_soon();
}

void Residents::wait(std::weak_ptr<Resident> tenant) {
    waiting_.push_back(std::move(tenant));
    look_soon();
}

std::string Residents::why_full() const {
    if (budget_.tenants_max && rows_.size() >= budget_.tenants_max)
        return std::to_string(rows_.size()) + " tenants run, and max_resident is " +
               std::to_string(budget_.tenants_max);
    return "what runs takes " + format_size(bytes_) + ", and memory_budget is " + exact_size(budget_.bytes_max);
}

void Residents::measure(Row& row) {
    const auto now = row.tenant->memory_bytes();
    bytes_ = bytes_ - row.bytes + now;
    row.bytes = now;
    if (bytes_ > budget_.bytes_max) look_soon();
}

void Residents::measure_some() {
    for (auto count = std::min(rows_.size(), k_measured); count > 0; --count) {
        rows_.splice(rows_.end(), rows_, rows_.begin());
        measure(rows_.back());
    }
    measure_timer_.expires_after(k_measure_every);
    measure_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        if (const auto self = weak.lock(); self && !error && self->budget_.bytes_max) self->measure_some();
    });
}

void Residents::look_soon() {
    if (std::exchange(look_pending_, true)) return;
    boost::asio::post(io_, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        self->look_pending_ = false;
        self->look();
    });
}

void Residents::look() {
    hand_out();
    make_room();
    const bool too_many = budget_.tenants_max && rows_.size() > budget_.tenants_max;
    const bool too_large = budget_.bytes_max && bytes_ > budget_.bytes_max;
    look_timer_.cancel();
    if (waiting_.empty() && !too_many && !too_large) return;
    look_timer_.expires_after(k_look_again);
    look_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        if (const auto self = weak.lock(); self && !error) self->look();
    });
}

void Residents::hand_out() {
    // Each of the queue once: those who want nothing any more are told so wherever they stand.
    for (auto left = waiting_.size(); left > 0; --left) {
        const auto tenant = waiting_.front().lock();
        waiting_.pop_front();
        if (!tenant) continue;
        if (!tenant->wants_place()) tenant->place_not_wanted();
        else if (has_room()) tenant->place_free(place(*tenant));
        else waiting_.push_back(tenant);
    }
}

void Residents::make_room() {
    std::vector<Resident*> tenants;
    std::vector<Occupant> occupants;
    std::uint64_t bytes = 0;
    for (const auto& row : rows_) {
        if (row.tenant->is_ending()) continue;
        tenants.push_back(row.tenant);
        occupants.push_back({row.tenant->idle_since(), row.bytes});
        bytes += row.bytes;
    }
    const auto wanted = tenants.size() + waiting_.size();
    Excess excess;
    if (budget_.tenants_max && wanted > budget_.tenants_max) excess.tenants = wanted - budget_.tenants_max;
    if (budget_.bytes_max) {
        const auto most = budget_.bytes_max - (waiting_.empty() ? 0 : 1);  // who waits needs some
        if (bytes > most) excess.bytes = bytes - most;
    }
    const auto reason = "stopped to make room: " + why_full();
    for (const auto index : least_used(occupants, excess)) tenants[index]->make_room(reason);
}

}  // namespace mt::gateway

#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "base/resident_budget.hpp"

namespace mt::gateway {

class Residents;
class ResidentPlace;

/// A tenant, as the budget sees it.
class Resident {
public:
    virtual ~Resident() = default;
    /// Since when it has done nothing; none if it does something, or is not to be stopped.
    virtual std::optional<std::chrono::steady_clock::time_point> idle_since() const = 0;
    /// Its processes are told to end already.
    virtual bool is_ending() const = 0;
    /// Of all its processes, private and resident. Reads /proc.
    virtual std::uint64_t memory_bytes() const = 0;
    /// Ends its processes; the place is given back when they are gone.
    virtual void make_room(std::string reason) = 0;
    /// Of one that waits: somebody still waits for it.
    virtual bool wants_place() const = 0;
    virtual void place_free(std::unique_ptr<ResidentPlace> place) = 0;
    /// It waits no longer, because wants_place() said no.
    virtual void place_not_wanted() = 0;
};

/// Who has processes, and who may have some next (`max_resident`, `memory_budget`). A tenant takes a place before it
/// starts and has it until its last process is gone. While there is too much, those idle longest are stopped; those
/// who want a place wait in order of arrival, each as long as a request waits for it.
///
/// What this costs: nothing per request, and nothing at all without a budget. With one, the tenants that run (not those
/// that are there) are gone through when one too many wants to start, and as often as k_look_again while one waits and
/// none is idle; of a memory budget, k_measured of them are measured every k_measure_every. So memory is bounded within
/// moments and by what is measured: the wall around one tenant is its `limits.memory`.
///
/// Lives on the supervisor's thread. Shared, because places may be given back when the supervisor is gone.
class Residents : public std::enable_shared_from_this<Residents> {
public:
    static constexpr std::chrono::milliseconds k_look_again{20}, k_measure_every{250};
    static constexpr std::size_t k_measured = 64;

    explicit Residents(boost::asio::io_context& io) : io_(io), look_timer_(io), measure_timer_(io) {}

    void set_budget(ResidentBudget budget);
    const ResidentBudget& budget() const { return budget_; }

    /// A place at once, or null: there is none, or others wait. The tenant outlives the place.
    std::unique_ptr<ResidentPlace> take(Resident& tenant);
    /// Queues it: place_free() or place_not_wanted() is called later, from the event loop; neither if it is gone.
    void wait(std::weak_ptr<Resident> tenant);
    /// Why there is no place, for people.
    std::string why_full() const;

    std::size_t tenants() const { return rows_.size(); }
    std::size_t waiting() const { return waiting_.size(); }
    /// As last measured; 0 without a memory budget.
    std::uint64_t bytes() const { return bytes_; }

private:
    friend class ResidentPlace;
    struct Row {
        Resident* tenant;
        std::uint64_t bytes = 0;
    };

    bool has_room() const;
    std::unique_ptr<ResidentPlace> place(Resident& tenant);
    void give_back(std::list<Row>::iterator row);
    void measure(Row& row);
    void measure_some();
    void look_soon();
    void look();
    void hand_out();
    void make_room();

    boost::asio::io_context& io_;
    ResidentBudget budget_;
    std::list<Row> rows_;  // in the order in which they are measured
    std::deque<std::weak_ptr<Resident>> waiting_;
    std::uint64_t bytes_ = 0;
    boost::asio::steady_timer look_timer_, measure_timer_;
    bool look_pending_ = false;
};

/// Given back by destruction.
class ResidentPlace {
public:
    ResidentPlace(std::weak_ptr<Residents> residents, std::list<Residents::Row>::iterator row)
        : residents_(std::move(residents)), row_(row) {}
    ~ResidentPlace();
    ResidentPlace(const ResidentPlace&) = delete;
    ResidentPlace& operator=(const ResidentPlace&) = delete;
    /// Its tenant's processes are others now.
    void measure();

private:
    std::weak_ptr<Residents> residents_;
    std::list<Residents::Row>::iterator row_;
};

}  // namespace mt::gateway

#include "gateway/inheritance.hpp"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/control/document.hpp"

namespace mt::gateway {

namespace {

constexpr const char* k_variable = "MTG_HANDOVER";
constexpr std::size_t k_names_bytes_max = 16u << 10;  // in one record

std::string text_of(const Predecessor& each) {
    return std::to_string(each.pid) + " " + std::to_string(each.number) + (each.anchored ? " anchored" : " free") +
           (each.done ? " done" : " busy");
}

Predecessor predecessor_of(const std::string& text, Fd link) {
    Predecessor each;
    std::istringstream words{text};
    std::string anchored, done;
    words >> each.pid >> each.number >> anchored >> done;
    each.anchored = anchored == "anchored";
    each.done = done == "done";
    each.link = std::move(link);
    return each;
}

HandoverRecord record(std::string word, std::string text, int passed = -1) {
    HandoverRecord made;
    made.word = std::move(word);
    made.text = std::move(text);
    made.passed = passed;
    return made;
}

/// True: that was the last one.
bool take(HandoverRecord& record, Inheritance& inheritance) {
    if (record.word == "lock") inheritance.lock = std::move(record.received);
    if (record.word == "listener") inheritance.listeners.push_back(record.received.release());
    if (record.word == "older")
        inheritance.predecessors.push_back(predecessor_of(record.text, std::move(record.received)));
    if (record.word == "from") inheritance.predecessors.push_back(predecessor_of(record.text, {}));
    if (record.word == "running") {
        std::istringstream names{record.text};
        for (std::string name; names >> name;) inheritance.running.push_back(name);
    }
    return record.word == "go";
}

}  // namespace

unsigned Inheritance::free_number() const {
    unsigned number = 1;
    const auto has_it = [&](const Predecessor& each) { return each.number == number; };
    while (std::any_of(predecessors.begin(), predecessors.end(), has_it)) ++number;
    return number;
}

std::vector<HandoverRecord> records_of(const Inheritance& inheritance) {
    std::vector<HandoverRecord> records;
    records.push_back(record("lock", {}, inheritance.lock.get()));
    for (const int listener : inheritance.listeners) records.push_back(record("listener", {}, listener));
    for (const auto& each : inheritance.predecessors)
        records.push_back(record(each.link ? "older" : "from", text_of(each), each.link.get()));
    std::string names;
    for (const auto& name : inheritance.running) {
        names += name + " ";
        if (names.size() > k_names_bytes_max) records.push_back(record("running", std::exchange(names, {})));
    }
    records.push_back(record("running", std::move(names)));
    records.push_back(record("go", {}));
    return records;
}

Result<Inheritance> receive_inheritance(Fd link, std::chrono::milliseconds wait) {
    const auto until = std::chrono::steady_clock::now() + wait;
    Inheritance inheritance;
    for (bool complete = false; !complete;) {
        HandoverRecord record;
        switch (receive_record(link.get(), record)) {
            case Received::record: complete = take(record, inheritance); break;
            case Received::end: return Error{Errc::failed, "the gateway that is to be replaced is gone"};
            case Received::nothing: {
                const auto now = std::chrono::steady_clock::now();
                const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now);
                pollfd entry{link.get(), POLLIN, 0};
                if (left.count() <= 0 || ::poll(&entry, 1, static_cast<int>(left.count())) == 0)
                    return Error{Errc::timed_out, "the gateway that is to be replaced did not say what is there"};
            }
        }
    }
    if (inheritance.predecessors.empty() || !inheritance.lock)
        return Error{Errc::failed, "the gateway that is to be replaced speaks otherwise"}.hint(
            "mtg stop, then mtg start -d");
    inheritance.predecessors.back().link = std::move(link);
    return inheritance;
}

Fd take_handover_link() {
    const char* text = std::getenv(k_variable);
    Fd link{text ? std::atoi(text) : -1};
    ::unsetenv(k_variable);
    if (link && ::fcntl(link.get(), F_SETFD, FD_CLOEXEC) != 0) link.release();  // a number that is nothing here
    return link;
}

void refuse_handover(int link, const Error& why) {
    const auto text = error_object(why).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    send_record(link, record("failed", text));
}

std::string handover_variable(int descriptor) { return std::string{k_variable} + "=" + std::to_string(descriptor); }

}  // namespace mt::gateway

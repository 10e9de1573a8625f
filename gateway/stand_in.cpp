#include "gateway/stand_in.hpp"

#include <malloc.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "base/log.hpp"

namespace mt::gateway {

namespace {

class StandIn {
public:
    StandIn(Fd link, pid_t main) : link_(io_, std::move(link)), main_(main), signals_(io_, SIGINT, SIGTERM, SIGHUP) {
        pass_signals_on();
        link_.listen([this](const HandoverRecord& record) { heed(record); }, [this] { io_.stop(); });
        link_.say("done");
    }

    int wait() {
        io_.run();
        return code_;
    }

private:
    void pass_signals_on() {
        signals_.async_wait([this](boost::system::error_code error, int number) {
            if (error) return;
            ::kill(main_, number);
            pass_signals_on();
        });
    }

    void heed(const HandoverRecord& record) {
        if (record.word == "main") main_ = record.number();
        if (record.word != "exit") return;
        code_ = record.number();
        io_.stop();
    }

    boost::asio::io_context io_{1};
    HandoverLink link_;
    pid_t main_;
    boost::asio::signal_set signals_;
    int code_ = 1;
};

}  // namespace

int stand_in(Fd link, pid_t main) {
    std::signal(SIGCHLD, SIG_IGN);  // the gateways that end are our children, and nobody asks how they did
    ::malloc_trim(0);
    StandIn waiting{std::move(link), main};
    block_signals(false);
    return waiting.wait();
}

void block_signals(bool on) {
    sigset_t these;
    ::sigemptyset(&these);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&these, number);
    ::pthread_sigmask(on ? SIG_BLOCK : SIG_UNBLOCK, &these, nullptr);
}

}  // namespace mt::gateway

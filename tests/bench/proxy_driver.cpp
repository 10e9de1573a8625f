#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "gateway/proxy/proxy.hpp"

// proxy_driver <port> <threads> <folder> [pass] [log=FILE]: serves /foo and /bar from <folder>/foo.sock and <folder>/bar.sock until
// SIGTERM. `pass`: traces pass as they come; `log`: an access log, combined.

using namespace mt;
using namespace mt::gateway;

namespace {
struct NoDemand final : Demand {
    void want(const TenantId&) override {}
};
}  // namespace

int main(int count, char** arguments) {
    if (count < 4) {
        std::cerr << "usage: proxy_driver <port> <threads> <folder> [pass] [log=FILE]\n";
        return 2;
    }
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, nullptr);

    auto table = std::make_shared<TenantTable>();
    for (const char* name : {"foo", "bar"}) {
        auto gate = std::make_shared<TenantGate>();
        gate->set(Admission::ready);
        Limits limits;
        limits.body_bytes = 16u << 20;
        const auto socket = std::string{arguments[3]} + "/" + name + ".sock";
        table->set(name, std::make_shared<TenantEntry>(TenantEntry{*TenantId::parse(name), socket, limits, gate}));
    }
    ProxyOptions options;
    options.listen = {{"127.0.0.1", static_cast<unsigned short>(std::atoi(arguments[1]))}};
    options.threads = static_cast<unsigned>(std::atoi(arguments[2]));
    for (int i = 4; i < count; ++i) {
        const std::string_view word{arguments[i]};
        if (word == "pass") options.trace = false;
        else if (word.starts_with("log=")) options.access_log.file = word.substr(4);
    }
    NoDemand demand;
    auto proxy = Proxy::create(std::move(options), std::move(table), demand);
    if (!proxy.ok()) {
        std::cerr << describe(proxy.error()) << "\n";
        return 1;
    }
    (*proxy)->start();
    std::cout << (*proxy)->bound()[0].port << std::endl;
    int signal = 0;
    sigwait(&stop, &signal);
    (*proxy)->stop(std::chrono::milliseconds{1000});
    std::cout << (*proxy)->counters().requests << " requests\n";
    return 0;
}

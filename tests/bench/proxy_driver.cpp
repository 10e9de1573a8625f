#include <csignal>
#include <cstdlib>
#include <iostream>

#include "gateway/proxy/proxy.hpp"

// proxy_driver <port> <threads> <folder>: serves /foo and /bar from <folder>/foo.sock and <folder>/bar.sock until SIGTERM.

using namespace mt;
using namespace mt::gateway;

namespace {
struct NoDemand final : Demand {
    void want(const TenantId&) override {}
};
}  // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        std::cerr << "usage: proxy_driver <port> <threads> <folder>\n";
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
        table->emplace(name, std::make_shared<TenantEntry>(TenantEntry{*TenantId::parse(name), std::string{arguments[3]} + "/" + name + ".sock", limits, gate}));
    }
    ProxyOptions options;
    options.listen = {{"127.0.0.1", static_cast<unsigned short>(std::atoi(arguments[1]))}};
    options.threads = static_cast<unsigned>(std::atoi(arguments[2]));
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
    (*proxy)->stop(std::chrono::milliseconds{1000}, false);
    std::cout << (*proxy)->counters().requests << " requests\n";
    return 0;
}

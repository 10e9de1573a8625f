#pragma once
#include <filesystem>
#include <string>

#include "base/layout.hpp"
#include "gateway/ui/assets.hpp"
#include "gateway/ui/sign_in.hpp"

namespace mt::gateway {

/// What all connections of the page share. One thread, but for `sign_in`.
struct Site {
    Site(Layout places, std::filesystem::path config, std::string mtm, UiAssets files, unsigned short own_port)
        : layout(std::move(places)), config_file(std::move(config)), manager(std::move(mtm)), assets(std::move(files)),
          port(own_port) {}

    Layout layout;                      ///< absolute paths
    std::filesystem::path config_file;  ///< mtg.json for mtm; empty: none
    std::string manager;                ///< the program mtm
    UiAssets assets;
    SignIn sign_in;
    unsigned short port;                ///< ours, as Host must say it
    int connections = 0, asking = 0, streams = 0, commands = 0;  ///< under way

    // Below what the control socket allows (base/control/server.cpp), so that the command lines always get through.
    static constexpr int k_connections_max = 64, k_asking_max = 16, k_streams_max = 16, k_commands_max = 8;

    /// Cookies do not know ports: two gateways of one machine have different ones.
    std::string cookie_name() const { return "mtg-" + std::to_string(port); }
};

/// Counts one of Site's numbers while it lives.
class UnderWay {
public:
    explicit UnderWay(int& count) : count_(count) { ++count_; }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;
    ~UnderWay() { --count_; }

private:
    int& count_;
};

}  // namespace mt::gateway

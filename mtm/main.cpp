// mtm: manages the tenants of the gateway. verbs.cpp is the list of what it can do.
#include <csignal>
#include <exception>
#include <iostream>

#include "base/standard_descriptors.hpp"
#include "mtm/command_line.hpp"

int main(int argc, char** argv) {
    mt::claim_standard_descriptors();
    // Over a limit on the size of files, write(2) then fails with EFBIG, and what was begun is taken back.
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        return mt::mtm::run_command_line(argc, argv);
    } catch (const std::exception& bug) {
        std::cerr << "error: " << bug.what() << "\n";
        return 1;
    }
}

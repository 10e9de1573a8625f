#include "mtm/confirm.hpp"

#include <unistd.h>

#include <iostream>

namespace mt::mtm {

Status confirm(const std::string& verb, const std::string& question) {
    if (!::isatty(STDIN_FILENO))
        return Error{Errc::usage, verb +
            " destroys for good and asks first, but there is no terminal"}.hint("say --yes");
    std::cerr << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    if (answer == "y" || answer == "Y" || answer == "yes") return {};
    return Error{Errc::usage, "nothing was done"};
}

}  // namespace mt::mtm

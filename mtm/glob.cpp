#include "mtm/glob.hpp"

#include <fnmatch.h>

#include <string>

namespace mt::mtm {

bool is_glob(std::string_view word) { return word.find_first_of("*?[") != std::string_view::npos; }

bool matches_glob(std::string_view pattern, std::string_view id) {
    // The pattern comes from an argument and the id from a folder: neither can hold a NUL.
    return ::fnmatch(std::string{pattern}.c_str(), std::string{id}.c_str(), FNM_CASEFOLD | FNM_NOESCAPE) == 0;
}

}  // namespace mt::mtm

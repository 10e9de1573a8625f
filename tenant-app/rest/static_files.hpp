#pragma once
#include <optional>

#include "tenant-app/rest/answer.hpp"
#include "tenant-app/rest/service.hpp"

namespace mt::app::rest {

/// The file that one of the tenant's static folders has for the request, as serve-static answers it: ETag and Last-Modified, one
/// range, index page, redirect of a folder without slash. Nothing if there is none: the request goes on to other handlers.
/// No name with a leading dot, no way up, and no symbolic link is followed at any level below the tenant's folder.
std::optional<Answer> find_static(const Service& service, const Request& request);

/// One file below the tenant's folder by its path, with the same care. Nothing if it is no regular file.
std::optional<Answer> file_answer(const Settings& settings, const std::filesystem::path& path, const Request& request,
    unsigned long max_age);

}  // namespace mt::app::rest

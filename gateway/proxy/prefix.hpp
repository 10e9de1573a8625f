#pragma once
#include <string>
#include <string_view>

namespace mt::gateway {

// A worker that was told nothing of its prefix, or does not care, answers with references into its own tree: `/x` where a client must
// read `/foo/x`. They are put right on the way out; those of a worker that heeds X-Forwarded-Prefix are right already and stay.
// A path that begins with the prefix counts as right: a worker with a folder of its own tenant's name wants "strip_prefix": false.

/// How a request was told to the worker, as far as references in its answer depend on it.
struct Prefix {
    std::string_view outer;   ///< of a proxy in front that is trusted: "" or "/apps"
    std::string_view tenant;  ///< "foo"; empty if the path was left whole
    std::string_view host, forwarded_host;  ///< what the worker takes for its own authority
    unsigned depth = 0;       ///< folders in the path that the worker was asked for: 0 for `/x`, 1 for `/x/y`
    bool bare = false;        ///< the client asked for `/foo`, which is no folder to a reader of relative references

    bool none() const { return outer.empty() && tenant.empty(); }
};

/// Appends a URI reference (RFC 3986 section 4.1), of Location or Content-Location, as the client must read it. Other hosts' stay.
void put_reference(std::string& out, std::string_view reference, const Prefix& prefix);
/// The value of a Link field (RFC 8288): every target.
void put_links(std::string& out, std::string_view value, const Prefix& prefix);
/// The value of a Set-Cookie field (RFC 6265): its Path, which a cookie of `/foo` needs and may lack. A `__Host-` cookie, which
/// would be everybody's, loses that privilege and is refused by browsers.
void put_cookie(std::string& out, std::string_view value, const Prefix& prefix);

}  // namespace mt::gateway

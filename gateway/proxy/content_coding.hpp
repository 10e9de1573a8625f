#pragma once
#include <string>

#include "gateway/proxy/encoder.hpp"

namespace mt::gateway {

/// Whether an answer with this head gains from a coding and may have one: text that is not small, not coded already, no
/// range, no event stream, nothing that says `no-transform`. What the client accepts is another question.
bool may_encode(const http::Head& answer);

/// Whether If-None-Match names a weak tag, which an encoded answer of ours had.
bool names_weak_tag(const http::Head& request);

/// How the head of an encodable answer differs from the worker's.
struct CodingFields {
    std::string_view encoding;  ///< what Content-Encoding says; empty: the answer is not encoded
    bool vary = false;          ///< it could have been
    bool weak_tag = false;      ///< its tag is that of an encoded answer
};

/// Writes, changes or leaves out a field that the coding concerns; false: it concerns it not. `vary_said` is set once a
/// Vary that speaks of Accept-Encoding has passed.
bool put_coded_field(const http::Field& field, const CodingFields& coding, bool& vary_said, std::string& out);
/// The fields that are added.
void put_coding(const CodingFields& coding, bool vary_said, std::string& out);

}  // namespace mt::gateway

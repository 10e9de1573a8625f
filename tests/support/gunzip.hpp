#pragma once
#include <doctest/doctest.h>
#include <zlib.h>

#include <string>

namespace mt::test {

/// What of a gzip stream can be read so far, 16 MiB at most.
inline std::string gunzip(const std::string& bytes) {
    std::string out(16u << 20, '\0');
    z_stream stream{};
    REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    inflate(&stream, Z_SYNC_FLUSH);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

}  // namespace mt::test

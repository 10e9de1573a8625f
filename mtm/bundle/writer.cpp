#include "mtm/bundle/writer.hpp"

#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>
#include <vector>

#include "mtm/bundle/checksum.hpp"

namespace mt::mtm {

namespace {

constexpr int k_level = 3;  // zstd's default: 300 MB/s, and rows shrink to a tenth
constexpr std::size_t k_block_bytes = 256u << 10;

struct FreeCompressor {
    void operator()(ZSTD_CCtx* compressor) const { ZSTD_freeCCtx(compressor); }
};

Status write_fully(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto put = ::write(fd, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return errno_error("write the bundle");
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
}

}  // namespace

struct BundleWriter::State {
    explicit State(int to) : out(to) {}

    int out;
    std::unique_ptr<ZSTD_CCtx, FreeCompressor> compressor{ZSTD_createCCtx()};
    std::vector<char> room = std::vector<char>(ZSTD_CStreamOutSize());
    std::int64_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::uint64_t written = 0;
    json sums = json::array();
    Checksum sum;
};

BundleWriter::BundleWriter(int out) : state_(new State{out}) {
    ZSTD_CCtx_setParameter(state_->compressor.get(), ZSTD_c_compressionLevel, k_level);
    ZSTD_CCtx_setParameter(state_->compressor.get(), ZSTD_c_checksumFlag, 1);
}

BundleWriter::~BundleWriter() = default;

std::uint64_t BundleWriter::bytes() const { return state_->written; }

Status BundleWriter::put(std::string_view bytes, bool last) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
        ZSTD_outBuffer out{state_->room.data(), state_->room.size(), 0};
        const auto left = ZSTD_compressStream2(state_->compressor.get(), &out, &in, last ? ZSTD_e_end
            : ZSTD_e_continue);
        if (ZSTD_isError(left)) return Error{Errc::failed, std::string{"compress the bundle: "} +
            ZSTD_getErrorName(left)};
        MT_CHECK(write_fully(state_->out, {state_->room.data(), out.pos}));
        state_->written += out.pos;
        if (last ? left == 0 : in.pos == in.size) return {};
    }
}

Status BundleWriter::begin(const TarEntry& entry) {
    MT_TRY(const auto header, tar_header(entry, state_->now));
    state_->sum = Checksum{};
    return put({header.data(), header.size()});
}

Status BundleWriter::content(std::string_view bytes) {
    state_->sum.add(bytes);
    return put(bytes);
}

Status BundleWriter::close(const TarEntry& entry) {
    state_->sums.push_back({{"name", entry.name}, {"bytes", entry.bytes}, {"sha256", state_->sum.finish()}});
    return put(std::string(tar_padding(entry.bytes), '\0'));
}

Status BundleWriter::add(const std::string& name, std::string_view bytes, unsigned mode) {
    const TarEntry entry{name, bytes.size(), mode};
    MT_CHECK(begin(entry));
    MT_CHECK(content(bytes));
    return close(entry);
}

Status BundleWriter::add_file(const TarEntry& entry, const Fd& file) {
    MT_CHECK(begin(entry));
    std::string block(k_block_bytes, '\0');
    for (auto left = entry.bytes; left > 0;) {
        const auto got = ::read(file.get(), block.data(), std::min<std::uint64_t>(left, block.size()));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error("read", entry.name);
        if (got == 0)
            return Error{Errc::failed, entry.name +
                " became shorter while it was read"}.hint("try again when it is at rest");
        MT_CHECK(content({block.data(), static_cast<std::size_t>(got)}));
        left -= static_cast<std::uint64_t>(got);
    }
    return close(entry);
}

Status BundleWriter::finish(json end) {
    end["entries"] = state_->sums;
    const auto text = end.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    MT_CHECK(add("end.json", text));
    return put(std::string(2 * k_tar_block, '\0'), true);
}

}  // namespace mt::mtm

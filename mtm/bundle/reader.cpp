#include "mtm/bundle/reader.hpp"

#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <vector>

#include "mtm/bundle/checksum.hpp"

namespace mt::mtm {

namespace {

constexpr std::uint64_t k_end_bytes_max = 256u << 20;

struct FreeDecompressor {
    void operator()(ZSTD_DCtx* decompressor) const { ZSTD_freeDCtx(decompressor); }
};

}  // namespace

struct BundleReader::State {
    State(int from, std::string name) : in(from), display(std::move(name)) {}

    int in;
    std::string display;
    std::unique_ptr<ZSTD_DCtx, FreeDecompressor> decompressor{ZSTD_createDCtx()};
    std::vector<char> packed = std::vector<char>(ZSTD_DStreamInSize()),
        plain = std::vector<char>(ZSTD_DStreamOutSize());
    ZSTD_inBuffer source{nullptr, 0, 0};
    std::size_t begin = 0, end = 0;  // of what is unpacked and not handed out
    bool input_over = false, frame_over = false;
    std::uint64_t read = 0, left = 0;  // of the input; of the entry
    std::optional<TarEntry> entry;
    Checksum sum;
    json sums = json::array(), end_document;
};

BundleReader::BundleReader(int in, std::string display) : state_(new State{in, std::move(display)}) {}

BundleReader::~BundleReader() = default;

const json& BundleReader::end() const { return state_->end_document; }
std::uint64_t BundleReader::bytes() const { return state_->read; }

Error BundleReader::broken(std::string what) const {
    return Error{Errc::failed, state_->display + ": " + std::move(what)}.in_file(state_->display);
}

/// Unpacked bytes, at least one; nothing at the end of the input.
Result<std::string_view> BundleReader::raw(std::size_t bytes_max) {
    auto& s = *state_;
    while (s.begin == s.end) {
        if (s.source.pos == s.source.size && !s.input_over) {
            const auto got = ::read(s.in, s.packed.data(), s.packed.size());
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return errno_error("read", s.display);
            s.input_over = got == 0;
            s.read += static_cast<std::uint64_t>(got);
            s.source = {s.packed.data(), static_cast<std::size_t>(got), 0};
        }
        const bool starved = s.source.pos == s.source.size;
        if (starved && s.frame_over) return std::string_view{};
        ZSTD_outBuffer out{s.plain.data(), s.plain.size(), 0};
        const auto left = ZSTD_decompressStream(s.decompressor.get(), &out, &s.source);
        if (ZSTD_isError(left)) {
            const bool foreign = s.read <= s.packed.size() && !s.entry && s.sums.empty();
            return broken(foreign ? "this is no bundle" : std::string{"it is damaged: "} + ZSTD_getErrorName(left));
        }
        s.frame_over = left == 0;
        s.begin = 0;
        s.end = out.pos;
        if (starved && s.input_over && out.pos == 0) return std::string_view{};
    }
    const auto size = std::min(bytes_max, s.end - s.begin);
    const std::string_view piece{s.plain.data() + s.begin, size};
    s.begin += size;
    return piece;
}

Status BundleReader::skip(std::uint64_t bytes) {
    while (bytes > 0) {
        MT_TRY(const auto piece, raw(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, 1u << 20))));
        if (piece.empty()) return broken("it was cut off");
        bytes -= piece.size();
    }
    return {};
}

Result<std::string_view> BundleReader::read() {
    if (state_->left == 0) return std::string_view{};
    MT_TRY(const auto piece, raw(static_cast<std::size_t>(std::min<std::uint64_t>(state_->left, 1u << 20))));
    if (piece.empty()) return broken("it was cut off");
    state_->left -= piece.size();
    state_->sum.add(piece);
    return piece;
}

Result<std::string> BundleReader::read_all(std::uint64_t bytes_max) {
    if (state_->left > bytes_max) return broken(state_->entry->name + " is larger than it can be");
    std::string all;
    for (;;) {
        MT_TRY(const auto piece, read());
        if (piece.empty()) return all;
        all += piece;
    }
}

Status BundleReader::close_entry() {
    auto& s = *state_;
    if (!s.entry) return {};
    while (s.left > 0) {
        MT_TRY(const auto piece, read());
        static_cast<void>(piece);
    }
    MT_CHECK(skip(tar_padding(s.entry->bytes)));
    s.sums.push_back({{"name", s.entry->name}, {"bytes", s.entry->bytes}, {"sha256", s.sum.finish()}});
    s.entry.reset();
    return {};
}

Result<std::optional<TarEntry>> BundleReader::next() {
    auto& s = *state_;
    MT_CHECK(close_entry());
    std::string block;
    while (block.size() < k_tar_block) {
        MT_TRY(const auto piece, raw(k_tar_block - block.size()));
        if (piece.empty()) return broken(s.sums.empty() && block.empty() ? "this is no bundle" : "it was cut off");
        block += piece;
    }
    auto entry = parse_tar_header(block);
    if (!entry.ok()) return broken(s.sums.empty() ? "this is no bundle" : entry.error().message());
    if (!*entry) return broken("its end is missing: it was cut off");
    s.entry = **entry;
    s.left = s.entry->bytes;
    s.sum = Checksum{};
    if (s.entry->name != "end.json") return entry;
    MT_CHECK(finish());
    return std::optional<TarEntry>{};
}

Status BundleReader::finish() {
    auto& s = *state_;
    MT_TRY(const auto text, read_all(k_end_bytes_max));
    auto document = parse_json(text);
    if (!document.ok() || !document->is_object() || !document->contains("entries") ||
        !(*document)["entries"].is_array())
        return broken("its end is damaged");
    if ((*document)["entries"] != s.sums) {
        for (std::size_t i = 0; i < s.sums.size(); ++i)
            if (i >= (*document)["entries"].size() || (*document)["entries"][i] != s.sums[i])
                return broken("the checksum of " + s.sums[i]["name"].get<std::string>() + " is wrong: it is damaged");
        return broken("entries are missing");
    }
    s.end_document = *std::move(document);
    // The blocks of zeros, and zstd's own checksum behind them.
    for (;;) {
        MT_TRY(const auto rest, raw(1u << 20));
        if (rest.empty()) break;
    }
    return s.frame_over ? Status{} : Status{broken("it was cut off")};
}

}  // namespace mt::mtm

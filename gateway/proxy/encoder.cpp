#include "gateway/proxy/encoder.hpp"

#include <zlib.h>
#include <zstd.h>

#include "base/http/syntax.hpp"

// Gzip because every client has it, zstd because it costs half of gzip's CPU at the same size and browsers ask for it
// since 2024. Brotli was the alternative: its advantage is at levels that are too slow for answers made on the fly, at
// the fast ones it is behind zstd, and its windows are larger. Both have small windows here: an API's answers are
// short, and there may be thousands at a time.

namespace mt::gateway {

namespace {

constexpr int k_gzip_level = 5, k_gzip_window_bits = 14, k_gzip_memory = 7;  // 64 + 64 KiB (zconf.h)
constexpr int k_zstd_level = 1, k_zstd_window_log = 15, k_zstd_table_log = 13;

class Gzip final : public Encoder {
public:
    Gzip() : ready_(::deflateInit2(&stream_, k_gzip_level, Z_DEFLATED, k_gzip_window_bits + 16, k_gzip_memory, Z_DEFAULT_STRATEGY) == Z_OK) {}
    ~Gzip() override {
        if (ready_) ::deflateEnd(&stream_);
    }
    bool ready() const { return ready_; }

    std::size_t run(std::string_view& in, char* out, std::size_t room, Until until, bool& done) override {
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));  // zlib.h: not written through
        stream_.avail_in = static_cast<uInt>(in.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out);
        stream_.avail_out = static_cast<uInt>(room);
        const int result = ::deflate(&stream_, until == Until::ended ? Z_FINISH : until == Until::flushed ? Z_SYNC_FLUSH : Z_NO_FLUSH);
        in.remove_prefix(in.size() - stream_.avail_in);
        // With room left everything that was asked for has been written.
        done = until == Until::ended ? result == Z_STREAM_END : stream_.avail_in == 0 && stream_.avail_out > 0;
        return room - stream_.avail_out;
    }

private:
    z_stream stream_{};
    bool ready_;
};

class Zstd final : public Encoder {
public:
    Zstd() : context_(::ZSTD_createCCtx()) {
        if (!context_) return;
        const std::pair<ZSTD_cParameter, int> settings[] = {
            {ZSTD_c_compressionLevel, k_zstd_level}, {ZSTD_c_windowLog, k_zstd_window_log}, {ZSTD_c_hashLog, k_zstd_table_log}, {ZSTD_c_chainLog, k_zstd_table_log}};
        for (const auto& [what, value] : settings)
            if (::ZSTD_isError(::ZSTD_CCtx_setParameter(context_.get(), what, value))) context_.reset();
    }
    bool ready() const { return context_ != nullptr; }

    std::size_t run(std::string_view& in, char* out, std::size_t room, Until until, bool& done) override {
        ZSTD_inBuffer from{in.data(), in.size(), 0};
        ZSTD_outBuffer to{out, room, 0};
        const auto mode = until == Until::ended ? ZSTD_e_end : until == Until::flushed ? ZSTD_e_flush : ZSTD_e_continue;
        std::size_t left = 1;
        // ZSTD_e_continue may stop before either buffer is used up.
        do left = ::ZSTD_compressStream2(context_.get(), &to, &from, mode);
        while (!::ZSTD_isError(left) && to.pos < to.size && (from.pos < from.size || (left != 0 && mode != ZSTD_e_continue)));
        in.remove_prefix(from.pos);
        done = from.pos == from.size && (mode == ZSTD_e_continue ? to.pos < to.size : left == 0);
        return to.pos;
    }

private:
    struct Free {
        void operator()(ZSTD_CCtx* context) const { ::ZSTD_freeCCtx(context); }
    };
    std::unique_ptr<ZSTD_CCtx, Free> context_;
};

template <class Kind>
std::unique_ptr<Encoder> make_ready() {
    auto encoder = std::make_unique<Kind>();
    if (!encoder->ready()) return nullptr;
    return encoder;
}

/// Thousandths; 1000 without a weight, 0 for one that cannot be read.
int weight_of(std::string_view element) {
    const auto at = element.find(';');
    if (at == std::string_view::npos) return 1000;
    auto text = element.substr(at + 1);
    while (!text.empty() && (text[0] == ' ' || text[0] == '\t')) text.remove_prefix(1);
    if (text.size() < 3 || (text[0] | 0x20) != 'q' || text[1] != '=') return 0;
    text.remove_prefix(2);
    if (text[0] == '1') return 1000;
    int value = 0, scale = 100;
    for (std::size_t i = 2; i < text.size() && i < 5 && http::is(text[i], http::k_digit); ++i, scale /= 10) value += (text[i] - '0') * scale;
    return text[0] == '0' ? value : 0;
}

}  // namespace

std::string_view name(Coding coding) {
    switch (coding) {
        case Coding::identity: return "identity";
        case Coding::gzip: return "gzip";
        case Coding::zstd: return "zstd";
    }
    return "identity";
}

Coding negotiate(const http::Head& request) {
    int gzip = -1, zstd = -1, identity = -1, any = -1;  // -1: not named
    for (const auto& field : request.fields()) {
        if (field.name.size() != 15 || !http::same_token(field.name, "accept-encoding")) continue;
        http::for_each_element(field.value, [&](std::string_view element) {
            const auto coding = element.substr(0, element.find_first_of("; \t"));
            const int weight = weight_of(element);
            if (http::same_token(coding, "gzip") || http::same_token(coding, "x-gzip")) gzip = weight;
            else if (http::same_token(coding, "zstd")) zstd = weight;
            else if (http::same_token(coding, "identity")) identity = weight;
            else if (coding == "*") any = weight;
        });
    }
    // "*" is whatever is not named; but a client that says no more may know no more than gzip.
    if (gzip < 0) gzip = any;
    const int plain = identity < 0 ? 0 : identity;
    if (zstd > 0 && zstd >= gzip && zstd >= plain) return Coding::zstd;
    if (gzip > 0 && gzip >= plain) return Coding::gzip;
    return Coding::identity;
}

std::unique_ptr<Encoder> Encoder::make(Coding coding) {
    switch (coding) {
        case Coding::identity: return nullptr;
        case Coding::gzip: return make_ready<Gzip>();
        case Coding::zstd: return make_ready<Zstd>();
    }
    return nullptr;
}

}  // namespace mt::gateway

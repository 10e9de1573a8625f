#include <cstdint>
#include <string>
#include <vector>

#include "base/http/head.hpp"
#include "gateway/proxy/http2/frames.hpp"
#include "gateway/proxy/reactor.hpp"
#include "tests/fuzz/check.hpp"

// Whatever frames come: each stream that opens carries the text of exactly one HTTP/1.1 request, or of one that our scanner
// refuses; its body is framed as its head says; and what may pile up stays within the windows.

using namespace mt;
using namespace mt::gateway;

namespace {

constexpr std::string_view k_answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";

struct World final : Http2Frames::Owner {
    Reactor reactor;
    std::vector<Wire::Ptr> wires;
    void output_pending() override {}
    void opened(Http2Stream& stream) override {
        auto wire = Wire::make_detached(reactor);
        wire->put_layer(std::make_unique<Http2Layer>(*wire, stream, std::make_shared<const std::string>()));
        serve(*wire);
        if (wires.size() < 64) wires.push_back(std::move(wire));
    }
    static void serve(Wire& wire) {
        static http::Head head;
        static char text[64u << 10];
        const auto moved = wire.receive(text, sizeof text);
        MT_FUZZ_CHECK(moved.io == Wire::Io::done);
        const std::string_view request{text, moved.bytes};
        MT_FUZZ_CHECK(request.find("\r\n\r\n") != std::string_view::npos);
        const auto scan = http::scan_request(request, head);
        MT_FUZZ_CHECK(scan.state != http::ScanResult::State::incomplete);
        if (scan.state == http::ScanResult::State::complete) {
            MT_FUZZ_CHECK(head.size == request.find("\r\n\r\n") + 4);
            MT_FUZZ_CHECK(head.framing != http::Framing::none || head.size == request.size());
        }
        const iovec part{const_cast<char*>(k_answer.data()), k_answer.size()};
        wire.send(&part, 1);
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static constexpr std::string_view k_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    World world;
    Http2Frames frames{world, {}};
    std::string out{k_preface};
    out.append(reinterpret_cast<const char*>(data), size);
    const auto now = Http2Frames::Clock::now();
    for (std::size_t at = 0, step = 1 + size % 97; at < out.size(); at += step) {
        if (!frames.feed(std::string_view{out}.substr(at, step), now)) break;
        std::string answer;
        if (!frames.output(answer, 1u << 20)) break;
        MT_FUZZ_CHECK(frames.streams() <= 101);
        if (frames.finished()) break;
    }
    return 0;
}

// A tenant's log as a stream. The file is looked at four times a second, which costs a stat(2); a tenant that floods it
// has lines left out rather than this thread kept busy.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "gateway/supervisor/control_routes.hpp"

namespace mt::gateway {

namespace {

constexpr std::chrono::milliseconds k_look_every{250};
constexpr off_t k_look_bytes = 256 << 10;   // read at most, each time
constexpr std::size_t k_log_line_bytes_max = 16u << 10, k_lines_max = 900, k_lines_default = 100;

/// Where the last `lines` lines begin.
std::size_t start_of_last(std::string_view text, std::size_t lines) {
    if (lines == 0) return text.size();
    auto at = text.size();
    if (text.ends_with('\n')) --at;  // the end of the last line opens none
    while (at > 0) {
        at = text.rfind('\n', at - 1);
        if (at == std::string_view::npos) return 0;
        if (--lines == 0) return at + 1;
    }
    return 0;
}

/// Reads what others append to a file, also when it is emptied or replaced.
class LogFollower : public std::enable_shared_from_this<LogFollower> {
public:
    LogFollower(boost::asio::io_context& io, std::filesystem::path path, std::shared_ptr<LineFeed> feed)
        : path_(std::move(path)), feed_(std::move(feed)), timer_(io) {}

    /// The last `lines` lines of what the file ends with.
    void put_last(std::size_t lines) {
        open();
        struct stat info {};
        if (!fd_ || ::fstat(fd_.get(), &info) != 0) return;
        offset_ = std::max<off_t>(0, info.st_size - k_look_bytes);
        const bool cut = offset_ > 0;
        const auto text = read_on();
        auto start = start_of_last(text, lines);
        if (start == 0 && cut) start = std::min(text.find('\n') + 1, text.size());  // half a line is none
        put(std::string_view{text}.substr(start));
    }

    /// Goes on until stop(), which whoever listens calls.
    void look_soon() {
        timer_.expires_after(k_look_every);
        timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
            const auto self = weak.lock();
            if (error || !self) return;
            self->look();
            self->look_soon();
        });
    }
    void stop() { timer_.cancel(); }

private:
    void open() {
        fd_ = Fd{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)};
        offset_ = 0;
        pending_.clear();
    }

    void look() {
        struct stat there {}, ours {};
        if (::stat(path_.c_str(), &there) != 0) return;  // being turned: it will be there again
        const bool same = fd_ && ::fstat(fd_.get(), &ours) == 0 && ours.st_ino == there.st_ino &&
                          ours.st_dev == there.st_dev;
        if (!same) open();
        else if (there.st_size < offset_) offset_ = 0, pending_.clear();
        if (there.st_size - offset_ > k_look_bytes) {
            const auto left_out = there.st_size - offset_ - k_look_bytes;
            offset_ += left_out;
            pending_.clear();
            feed_->put(nlohmann::json{{"left_out_bytes", left_out}}.dump());
        }
        put(read_on());
    }

    std::string read_on() {
        std::string text(static_cast<std::size_t>(k_look_bytes), '\0');
        const auto got = fd_ ? ::pread(fd_.get(), text.data(), text.size(), offset_) : 0;
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        offset_ += static_cast<off_t>(text.size());
        return text;
    }

    void put(std::string_view text) {
        pending_.append(text);
        std::size_t start = 0;
        for (auto end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n', start)) {
            put_line(std::string_view{pending_}.substr(start, end - start));
            start = end + 1;
        }
        pending_.erase(0, start);
        if (pending_.size() >= k_log_line_bytes_max) put_line(std::exchange(pending_, {}));
    }

    void put_line(std::string_view line) {
        const nlohmann::json row{{"line", std::string{line.substr(0, k_log_line_bytes_max)}}};
        feed_->put(row.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));  // logs may hold any bytes
    }

    const std::filesystem::path path_;
    const std::shared_ptr<LineFeed> feed_;
    boost::asio::steady_timer timer_;
    Fd fd_;
    off_t offset_ = 0;
    std::string pending_;  ///< a line that has no end yet
};

}  // namespace

Result<ControlStream> ControlRoutes::follow_log(const std::string& id, const ControlRequest& request) {
    MT_TRY(const auto tenant, TenantId::parse(id));
    if (!supervisor_.find(tenant.str()))
        return Error{Errc::no_such_tenant, "there is no tenant '" + tenant.str() + "'"}.of_tenant(tenant.str());
    std::size_t lines = k_lines_default;
    if (const auto found = request.query.find("lines"); found != request.query.end()) {
        const auto& text = found->second;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), lines);
        if (error != std::errc{} || end != text.data() + text.size() || lines > k_lines_max)
            return Error{Errc::usage, "lines must be a whole number of at most " + std::to_string(k_lines_max)};
    }
    const auto feed = std::make_shared<LineFeed>(supervisor_.io_);
    const auto path = supervisor_.context_.layout.tenant_log(tenant);
    const auto follower = std::make_shared<LogFollower>(supervisor_.io_, path, feed);
    follower->put_last(lines);
    if (request.query.contains("follow")) follower->look_soon();
    else feed->end();
    return ControlStream{feed, [follower] { follower->stop(); }};
}

}  // namespace mt::gateway

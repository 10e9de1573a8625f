#include "mtm/run_job.hpp"

#include <sys/wait.h>

#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/process/args.hpp>
#include <boost/process/async_pipe.hpp>
#include <boost/process/child.hpp>
#include <boost/process/error.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/io.hpp>

namespace mt::mtm {

namespace asio = boost::asio;
namespace bp = boost::process;

namespace {

constexpr std::size_t k_output_bytes_max = 1u << 20;

std::string text_of(const asio::streambuf& buffer) {
    return {asio::buffers_begin(buffer.data()), asio::buffers_end(buffer.data())};
}

}  // namespace

Result<JobEnd> run_job(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                       std::chrono::milliseconds timeout) {
    asio::io_context io{1};
    bp::async_pipe out{io}, err{io};
    std::error_code error;
    bp::child child{bp::exe = program.native(), bp::args = arguments, bp::std_in < bp::null, bp::std_out > out,
                    bp::std_err > err, error};
    if (error) return Error{Errc::failed, "cannot run " + program.native() + ": " + error.message()};

    // The end of both outputs is the end of the job: child::wait_for of 1.81 loses signals. A job that prints more than the
    // bound is cut off by the closed pipe.
    asio::streambuf out_text{k_output_bytes_max}, err_text{k_output_bytes_max};
    const auto finished = [](bp::async_pipe& pipe) {
        return [&pipe](boost::system::error_code, std::size_t) {
            boost::system::error_code ignored;
            pipe.close(ignored);
        };
    };
    asio::async_read(out, out_text, finished(out));
    asio::async_read(err, err_text, finished(err));
    io.run_for(timeout);

    const bool late = !io.stopped();
    if (late) child.terminate(error);
    child.wait(error);
    if (late) return Error{Errc::timed_out, program.native() + " did not end within " + std::to_string(timeout.count()) + " ms"};
    const int status = child.native_exit_code();
    if (WIFSIGNALED(status))
        return Error{Errc::failed, program.native() + " was killed by signal " + std::to_string(WTERMSIG(status))};
    return JobEnd{child.exit_code(), text_of(out_text), text_of(err_text)};
}

}  // namespace mt::mtm

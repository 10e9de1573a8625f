#include <curl/curl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "base/layered_file.hpp"
#include "tenant-app/mail/deliver.hpp"
#include "tenant-app/mail/outbox_folder.hpp"

// tenant-mail <folder>: delivers what lies in a tenant's outbox, once. The worker starts it after it has put a message
// there; a program of its own, so that no worker loads libcurl and TLS, which would cost every start of every tenant
// milliseconds and memory.
namespace {

constexpr int k_waiting = 75;  // EX_TEMPFAIL of sysexits.h

using mt::app::Delivery;

mt::Result<Delivery> run(const std::filesystem::path& folder) {
    std::vector<std::string> ignored;
    MT_TRY(const auto file, mt::read_layers(folder, "datasources", ignored));
    if (!file) return Delivery{};
    for (const auto& datasource : file->root.items()) {
        const auto& settings = datasource.value();
        if (!settings.is_object() || settings.value("connector", mt::ordered_json()) != "mail") continue;
        std::vector<std::pair<std::string, std::string>> warnings;
        MT_TRY(const auto smtp, mt::app::read_smtp(settings, warnings));
        if (!smtp) continue;
        MT_TRY(const auto outbox, mt::app::outbox_folder(folder, settings));
        return mt::app::deliver(outbox, *smtp);
    }
    return Delivery{};
}

int start(const char* folder) {
    ::prctl(PR_SET_DUMPABLE, 0);
    ::umask(077);
    std::signal(SIGPIPE, SIG_IGN);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return 1;
    const auto done = run(folder);
    curl_global_cleanup();
    if (!done.ok()) {
        std::fprintf(stderr, "event=mail_failed reason=\"%s\"\n", describe(done.error()).c_str());
        return 1;
    }
    return done->left > 0 ? k_waiting : 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2 || argv[1][0] == '-') {
        std::fputs(
            "Usage: tenant-mail <folder>\nSends the mail in a tenant's outbox by the SMTP server that its datasources.json names.\n"
            "Exit codes: 0 nothing is left, 75 some waits, 1 failed\n",
            stderr);
        return 2;
    }
    try {
        return start(argv[1]);
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "tenant-mail: %s\n", exception.what());
    }
    return 1;
}

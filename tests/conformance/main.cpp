// Replays recorded LoopBack 3 traffic against tenant-app, a fresh tenant per group and connector, and compares the answers.
//   conformance_replay [--headers] [-v] [--max N] [--connector NAME] [--expected FILE [--update]] [group ...]
// Fails if a judged record fails; with --expected only if a group passes fewer records than the file says.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "base/files.hpp"
#include "base/json_file.hpp"
#include "tests/conformance/client.hpp"
#include "tests/conformance/tenant_process.hpp"

namespace mt::conformance {

namespace {

namespace fs = std::filesystem;

struct Options {
    bool headers = false, verbose = false, update = false;
    int shown_max = 10;
    std::vector<std::string> connectors{"memory", "sqlite3"}, groups;
    fs::path expected;
};

struct Tally {
    int passed = 0, failed = 0, unjudged = 0;
};

using Variables = std::map<std::string, std::string>;

std::string substituted(std::string text, const Variables& variables) {
    for (auto at = text.find("{{"); at != std::string::npos; at = text.find("{{", at)) {
        const auto end = text.find("}}", at);
        const auto name = end == std::string::npos ? "" : text.substr(at + 2, end - at - 2);
        const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
        if (!plain) {
            at += 2;
            continue;
        }
        const auto found = variables.find(name);
        const std::string value = found == variables.end() ? "MISSING" : found->second;
        text.replace(at, end + 2 - at, value);
        at += value.size();
    }
    return text;
}

Client::Message message_of(const json& request, const Variables& variables) {
    Client::Message message;
    message.method = request["method"].get<std::string>();
    message.path = substituted(request["path"].get<std::string>(), variables);
    for (const auto& [name, value] : request["headers"].items())
        message.headers.emplace_back(name, substituted(value.get<std::string>(), variables));
    if (request.contains("body")) message.body = substituted(request["body"].get<std::string>(), variables);
    message.head_only = request.value("stream", false);
    return message;
}

void capture(const json& request, const Got& got, Variables& variables) {
    if (!request.contains("capture")) return;
    for (const auto& [name, where] : request["capture"].items()) {
        const auto path = where.get<std::string>();
        if (path.starts_with("header:")) {
            if (const auto* value = got.header(path.substr(7))) variables[name] = *value;
            continue;
        }
        const json* value = got.body ? &*got.body : nullptr;
        std::istringstream segments{path};
        for (std::string segment; value && std::getline(segments, segment, '.');) {
            const bool array = value->is_array() && !segment.empty() && std::all_of(segment.begin(), segment.end(), ::isdigit);
            if (value->is_object() && value->contains(segment)) value = &(*value)[segment];
            else if (array && std::stoul(segment) < value->size()) value = &(*value)[std::stoul(segment)];
            else value = nullptr;
        }
        if (value) variables[name] = value->is_string() ? value->get<std::string>() : value->dump();
    }
}

Tally replay(const json& group, Client& client, const Options& options) {
    Tally tally;
    Variables variables;
    int shown = 0;
    for (const auto& record : group["records"]) {
        const auto& request = record["request"];
        const auto got = client.send(message_of(request, variables));
        capture(request, got, variables);
        if (record["accept"].empty()) {
            ++tally.unjudged;
            continue;
        }
        std::vector<std::string> first;
        bool passes = false;
        for (const auto& want : record["accept"]) {
            auto differences = mismatches(want, got, request, options.headers);
            passes = passes || differences.empty();
            if (first.empty()) first = std::move(differences);
        }
        ++(passes ? tally.passed : tally.failed);
        if (passes || !options.verbose || shown++ >= options.shown_max) continue;
        std::cout << "  FAIL " << group["group"].get<std::string>() << "#" << record["n"] << " " << request["method"].get<std::string>() << " "
                  << request["path"].get<std::string>().substr(0, 150) << " " << request.value("body", "").substr(0, 80) << "\n";
        for (std::size_t i = 0; i < first.size() && i < 3; ++i) std::cout << "      " << first[i] << "\n";
    }
    return tally;
}

/// What a server cannot hold is not sent and not expected: U+0000 in PostgreSQL's texts, a list in a list in FerretDB, the
/// server of `mongodb`.
std::string storable(std::string text, const std::string& connector) {
    using Change = std::pair<std::string_view, std::string_view>;
    std::vector<Change> changes;
    if (connector == "postgresql") changes = {{R"(\\u0000)", ""}, {R"(\u0000)", ""}, {std::string_view{"\0", 1}, ""}};
    if (connector == "mongodb") changes = {{R"([[\"n\"]])", R"([\"n\"])"}, {R"([["n"]])", R"(["n"])"}};
    for (const auto& [from, to] : changes)
        for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at)) text.replace(at, from.size(), to);
    return text;
}

/// `group connector passed` per line; lines that begin with # are comments.
std::map<std::string, int> read_expected(const fs::path& path) {
    std::map<std::string, int> out;
    std::ifstream file{path};
    for (std::string line; std::getline(file, line);) {
        std::istringstream words{line};
        std::string group, connector;
        int passed = 0;
        if (words >> group >> connector >> passed && group[0] != '#') out[group + " " + connector] = passed;
    }
    return out;
}

int run(const Options& options) {
    const char* bin = std::getenv("MT_BIN");
    const char* source = std::getenv("MT_SOURCE");
    if (!bin || !source) {
        std::cerr << "MT_BIN (the folder of tenant-app) and MT_SOURCE (the source tree) must be set; ctest sets them\n";
        return 2;
    }
    const auto home = fs::path{source} / "tests" / "conformance";
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator{home / "golden"}) {
        const auto name = entry.path().stem().native();
        if (options.groups.empty() || std::find(options.groups.begin(), options.groups.end(), name) != options.groups.end())
            files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    if (files.size() < options.groups.size()) {
        std::cerr << "no such group\n";
        return 2;
    }
    const auto expected = options.expected.empty() ? std::map<std::string, int>{} : read_expected(options.expected);
    std::ostringstream update;
    int passed = 0, failed = 0, unjudged = 0, worse = 0;
    for (const auto& path : files) {
        auto text = read_file(path);
        if (!text.ok()) {
            std::cerr << describe(text.error()) << "\n";
            return 1;
        }
        for (const auto& connector : options.connectors) {
            const auto parsed = parse_json(storable(*text, connector), 200);
            if (!parsed.ok()) {
                std::cerr << path.native() << ": " << describe(parsed.error()) << "\n";
                return 1;
            }
            const auto& group = *parsed;
            auto tenant = TenantProcess::start(fs::path{bin} / "tenant-app", home / "tenant", connector);
            if (!tenant.ok()) {
                std::cerr << connector << ": " << describe(tenant.error()) << "\n";
                return 1;
            }
            Client client{(*tenant)->socket()};
            const auto tally = replay(group, client, options);
            const auto key = path.stem().native() + " " + connector;
            std::cout << key << ": " << tally.passed << " passed, " << tally.failed << " failed";
            if (const auto least = expected.find(key); least != expected.end() && tally.passed < least->second) {
                std::cout << " (expected " << least->second << " to pass)";
                ++worse;
            }
            std::cout << std::endl;
            update << key << " " << tally.passed << "\n";
            passed += tally.passed, failed += tally.failed, unjudged += tally.unjudged;
        }
    }
    std::cout << unjudged << " sent without a verdict\n" << passed << " passed, " << failed << " failed" << std::endl;
    if (options.update) std::ofstream{options.expected} << "# group connector passed — the least; conformance_replay --expected FILE --update\n" << update.str();
    if (!options.expected.empty()) return worse ? 1 : 0;
    return failed ? 1 : 0;
}

Options read_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const auto next = [&] { return i + 1 < argc ? std::string{argv[++i]} : std::string{}; };
        if (word == "--headers") options.headers = true;
        else if (word == "-v") options.verbose = true;
        else if (word == "--update") options.update = true;
        else if (word == "--max") options.shown_max = std::atoi(next().c_str());
        else if (word == "--connector") options.connectors = {next()};
        else if (word == "--expected") options.expected = next();
        else options.groups.push_back(word);
    }
    return options;
}

}  // namespace

}  // namespace mt::conformance

int main(int argc, char** argv) { return mt::conformance::run(mt::conformance::read_options(argc, argv)); }

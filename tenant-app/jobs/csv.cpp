#include "tenant-app/jobs/csv.hpp"

#include <utility>

namespace mt::app {

void append_cell(std::string& out, std::string_view text) {
    if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

int CsvReader::take() {
    const int c = std::getc(in_);
    if (c == '\n') ++line_;
    return c;
}

Result<bool> CsvReader::next(std::vector<CsvCell>& cells) {
    const auto bad = [](const char* what) { return Error{Errc::bad_request, what}; };
    int c = take();
    // What spreadsheets put before UTF-8.
    if (std::exchange(first_, false) && c == 0xEF) {
        if (take() != 0xBB || take() != 0xBF) return bad("it begins with a sign that is no text");
        c = take();
    }
    while (c == '\r' || c == '\n') c = take();
    if (c == EOF) return std::ferror(in_) ? Result<bool>{errno_error("read the rows")} : Result<bool>{false};

    began_ = line_;
    cells.assign(1, {});
    std::size_t bytes = 0;
    for (bool closed = false;; c = take()) {
        auto& cell = cells.back();
        if (++bytes > k_record_bytes_max) return Error{Errc::payload_too_large, "a record is too long"};
        if (c == ',') {
            cells.emplace_back();
            closed = false;
        } else if (c == '\n' || c == EOF) {
            return true;
        } else if (c == '\r') {
            continue;
        } else if (closed) {
            return bad("there is text behind a closing quote");
        } else if (c != '"') {
            cell.text += static_cast<char>(c);
        } else if (!cell.text.empty()) {
            return bad("a quote stands inside a cell that does not begin with one");
        } else {
            cell.quoted = closed = true;
            for (c = take();; c = take()) {
                if (c == EOF) return bad("a quote is never closed");
                if (++bytes > k_record_bytes_max) return Error{Errc::payload_too_large, "a record is too long"};
                if (c == '"') {
                    c = take();
                    if (c != '"') break;
                }
                cell.text += static_cast<char>(c);
            }
            // What ended the quotes is looked at next: put back, with the line it may have ended.
            if (c == '\n') --line_;
            if (c != EOF) std::ungetc(c, in_);
        }
    }
}

}  // namespace mt::app

"""Answers of a worker, right and wrong. RFC 9110 section 15, RFC 9112 sections 4, 6 and 8."""
from vocabulary import BODY, CLOSE, EOF, HALF, Answer, Arrived, Group, Outcome, answered, get, post, raw, reply, request

OK = "HTTP/1.1 200 OK\r\n"


def worker(text, *more):
    return [BODY, raw(text), *more]


heads = Group("invalid answers")
for name, text in {
    "nonsense": "nonsense\r\n\r\n",
    "another protocol": "ICY 200 OK\r\n\r\n",
    "HTTP/2": "HTTP/2 200\r\n\r\n",
    "HTTP/2.0": "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.2": "HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "a version in small letters": "http/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "a space in front": " HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "an empty line in front": "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "two spaces before the status": "HTTP/1.1  200 OK\r\nContent-Length: 2\r\n\r\nok",
    "a status of two digits": "HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nok",
    "a status of four digits": "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok",
    "a status below 100": "HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\nok",
    "a status of 0": "HTTP/1.1 000 OK\r\nContent-Length: 2\r\n\r\nok",
    "a status above 599": "HTTP/1.1 600 OK\r\nContent-Length: 2\r\n\r\nok",
    "a status with letters": "HTTP/1.1 2x0 OK\r\nContent-Length: 2\r\n\r\nok",
    "no status": "HTTP/1.1\r\nContent-Length: 2\r\n\r\nok",
    "NUL in the reason": "HTTP/1.1 200 O\0K\r\nContent-Length: 2\r\n\r\nok",
    "a bare CR in the reason": "HTTP/1.1 200 O\rK\r\nContent-Length: 2\r\n\r\nok",
    "bare LF everywhere": "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "a bare LF after a field": OK + "X: y\nContent-Length: 2\r\n\r\nok",
    "a bare CR in a value": OK + "X: y\rz\r\nContent-Length: 2\r\n\r\nok",
    "NUL in a value": OK + "X: y\0\r\nContent-Length: 2\r\n\r\nok",
    "a control byte in a value": OK + "X: y\x01\r\nContent-Length: 2\r\n\r\nok",
    "obs-fold": OK + "X: y\r\n z\r\nContent-Length: 2\r\n\r\nok",
    "a space before a colon": OK + "X : y\r\nContent-Length: 2\r\n\r\nok",
    "a field without a name": OK + ": y\r\nContent-Length: 2\r\n\r\nok",
    "a line without a colon": OK + "XY\r\nContent-Length: 2\r\n\r\nok",
    "a line led by a space": OK + " X: y\r\nContent-Length: 2\r\n\r\nok",
    "an 8-bit byte in a name": OK + "X\xe9: y\r\nContent-Length: 2\r\n\r\nok",
    "more than 100 fields": OK + "X: y\r\n" * 101 + "Content-Length: 2\r\n\r\nok",
    "a head of 20 KiB": OK + "X: " + "y" * 20000 + "\r\nContent-Length: 2\r\n\r\nok",
}.items():
    heads.case(name, get(), answered(502, after="close"), worker=worker(text, HALF))
heads.case("a head that does not end", get(), answered(502, after="close"), worker=worker(OK + "X: " + "y" * 20000, HALF))
heads.case("half a head and the end", get(), answered(502, after="close"), worker=worker(OK + "X: y\r\n", CLOSE))
heads.case("half a status line and the end", get(), answered(502, after="close"), worker=worker("HTTP/1.1 2", CLOSE))
heads.case("seventeen 1xx", get(), Outcome([Answer(102)] * 16 + [Answer(502)], "close", None), worker=worker("HTTP/1.1 102 Processing\r\n\r\n" * 17, HALF), ours=True)
heads.case("it costs the client's connection, not the next client", get(), answered(502, after="close", arrived=[Arrived()]), worker=worker("x\r\n\r\n", HALF))

framing = Group("answers' framing")
for name, text in {
    "a negative length": "Content-Length: -2", "a length with a plus": "Content-Length: +2", "a length with letters": "Content-Length: 2x", "an empty length": "Content-Length:",
    "a length in hex": "Content-Length: 0x2", "a length beyond 64 bits": "Content-Length: 18446744073709551618", "two lengths that differ": "Content-Length: 2\r\nContent-Length: 3",
    "two lengths that agree": "Content-Length: 2\r\nContent-Length: 2", "a list of lengths": "Content-Length: 2, 2", "a list of lengths that differ": "Content-Length: 2, 3",
    "length and chunked": "Content-Length: 2\r\nTransfer-Encoding: chunked", "chunked and length": "Transfer-Encoding: chunked\r\nContent-Length: 2",
    "length and an unknown coding": "Content-Length: 2\r\nTransfer-Encoding: x", "an unknown coding": "Transfer-Encoding: x", "gzip as a coding": "Transfer-Encoding: gzip",
    "gzip and chunked": "Transfer-Encoding: gzip, chunked", "identity": "Transfer-Encoding: identity", "chunked twice": "Transfer-Encoding: chunked, chunked",
    "chunked in two fields": "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "xchunked": "Transfer-Encoding: xchunked", "an empty coding": "Transfer-Encoding:",
    "a space before the length's colon": "Content-Length : 2", "a space before the coding's colon": "Transfer-Encoding : chunked",
    "a folded coding": "Transfer-Encoding:\r\n chunked", "chunked and identity": "Transfer-Encoding: chunked, identity",
}.items():
    framing.case(name, get(), answered(502, after="close"), worker=worker(OK + text + "\r\n\r\nok", HALF))
framing.case("chunked from HTTP/1.0", get(), answered(502, after="close"), worker=worker("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", HALF))
for name, text in {"a bad first size": "x\r\nok\r\n", "a size with a space": "2 \r\nok\r\n0\r\n\r\n", "a size beyond 64 bits": "10000000000000002\r\nok\r\n0\r\n\r\n",
                   "a bare LF after the size": "2\nok\r\n0\r\n\r\n", "a negative size": "-2\r\nok\r\n", "an extension that is none": "2;=\r\nok\r\n0\r\n\r\n"}.items():
    framing.case(f"chunked, {name}: nothing of it has left", get(), answered(502, after="close"), worker=worker(OK + "Transfer-Encoding: chunked\r\n\r\n" + text, HALF), ours=True)
framing.case("length", get(), answered(200, body="ok", has={"Content-Length": "2"}, lacks=("Transfer-Encoding",)), worker=worker(OK + "Content-Length: 2\r\n\r\nok"))
framing.case("a length with leading zeros", get(), answered(200, body="ok", has={"Content-Length": "2"}), worker=worker(OK + "Content-Length: 002\r\n\r\nok"))
framing.case("chunked", get(), answered(200, body="ok", has={"Transfer-Encoding": "chunked"}, lacks=("Content-Length",)), worker=worker(OK + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"))
framing.case("chunked with extensions and trailers, which are dropped", get(), answered(200, body="ok", lacks=("X-A", "Trailer")),
             worker=worker(OK + "Trailer: X-A\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n0;z\r\nX-A: y\r\n\r\n"))
framing.case("chunked, a trailer Set-Cookie is not merged", get(), answered(200, body="ok", lacks=("Set-Cookie",)),
             worker=worker(OK + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nSet-Cookie: a=b\r\n\r\n"))
framing.case("to the connection's end", get(), answered(200, body="ok", lacks=("Content-Length",)), worker=worker(OK + "\r\nok", CLOSE))
framing.case("to the end, from HTTP/1.0", get(), answered(200, body="ok"), worker=worker("HTTP/1.0 200 OK\r\n\r\nok", CLOSE))
framing.case("HTTP/1.0 with a length", get(), answered(200, body="ok"), worker=worker("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"))
framing.case("the client gets HTTP/1.1 whatever came", get(), answered(200, body=""), worker=worker("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"))
framing.case("no reason", get(), answered(200, body="ok"), worker=worker("HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok"))
framing.case("no space before no reason", get(), answered(200, body="ok"), worker=worker("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok"), ours=True)
for status in (200, 201, 206, 299, 300, 404, 418, 429, 499, 500, 503, 599):
    framing.case(f"status {status} is passed on", get(), answered(status, body="ok"), worker=[reply(f"{status} X")])
framing.case("an answer byte by byte", get(), answered(200, body="ok"), worker=[BODY] + [reply()[i:i + 1] for i in range(len(reply()))])
framing.case("100 KB", get(), answered(200, body="x" * 100000), worker=[reply(body="x" * 100000)])
framing.case("NUL and 8-bit bytes in the body", get(), answered(200, body="\0\xff\r\n\r\n0\r\n\r\n"), worker=[reply(body="\0\xff\r\n\r\n0\r\n\r\n")])

cut = Group("cut answers")
cut.case("a length, short", get(), answered(200, cut=True), worker=worker(OK + "Content-Length: 5\r\n\r\nok", CLOSE))
cut.case("a length, nothing", get(), answered(200, cut=True), worker=worker(OK + "Content-Length: 5\r\n\r\n", CLOSE))
cut.case("chunked, no last chunk", get(), answered(200, cut=True), worker=worker(OK + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", CLOSE))
cut.case("chunked, no chunk", get(), answered(200, cut=True), worker=worker(OK + "Transfer-Encoding: chunked\r\n\r\n", CLOSE))
cut.case("chunked, within a chunk", get(), answered(200, cut=True), worker=worker(OK + "Transfer-Encoding: chunked\r\n\r\n5\r\nok", CLOSE))
cut.case("chunked, within a size", get(), answered(200, cut=True), worker=worker(OK + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n5", CLOSE))
cut.case("chunked, before the very end", get(), answered(200, cut=True), worker=worker(OK + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n", CLOSE))
cut.case("chunked to HTTP/1.0, cut", request("GET /foo/x HTTP/1.0"), answered(200, cut=True), worker=worker(OK + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", CLOSE))
cut.case("with a request waiting behind", get("/foo/1") + get("/foo/2"), answered(200, cut=True, arrived=[Arrived(target="/1")]), worker=worker(OK + "Content-Length: 5\r\n\r\nok", CLOSE))
cut.case("POST", post("abc"), answered(200, cut=True, arrived=[Arrived("POST", body=b"abc")]), worker=worker(OK + "Content-Length: 5\r\n\r\nok", CLOSE))

surplus = Group("surplus bytes")
for name, extra in {"a byte": "x", "an answer": "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "a CRLF": "\r\n", "half an answer": "HTTP/1.1 2"}.items():
    surplus.case(f"{name} behind a length", get("/foo/1") + get("/foo/2"), Outcome([Answer(200, body=b"ok"), Answer(200, body=b"ok")], "keep", None),
                 worker=worker(OK + "Content-Length: 2\r\n\r\nok" + extra))
    surplus.case(f"{name} behind the last chunk", get("/foo/1") + get("/foo/2"), Outcome([Answer(200, body=b"ok"), Answer(200, body=b"ok")], "keep", None),
                 worker=worker(OK + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" + extra))
    surplus.case(f"{name} behind 204", get("/foo/1") + get("/foo/2"), Outcome([Answer(204), Answer(204)], "keep", None), worker=worker("HTTP/1.1 204 No Content\r\n\r\n" + extra))
    surplus.case(f"{name} behind 304", get("/foo/1") + get("/foo/2"), Outcome([Answer(304), Answer(304)], "keep", None), worker=worker("HTTP/1.1 304 Not Modified\r\n\r\n" + extra))
    surplus.case(f"{name} behind an answer to HEAD", request("HEAD /foo/1 HTTP/1.1") * 2, Outcome([Answer(200, to_head=True)] * 2, "keep", None),
                 worker=worker(OK + "Content-Length: 2\r\n\r\n" + extra))
surplus.case("a body to HEAD does not reach the client", request("HEAD /foo/x HTTP/1.1"), answered(200, has={"Content-Length": "2"}, to_head=True), worker=[reply()])
surplus.case("a chunked body to HEAD does not reach the client", request("HEAD /foo/x HTTP/1.1"), answered(200, to_head=True),
             worker=worker(OK + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"))
surplus.case("a body with 304 does not reach the client", get(), answered(304), worker=[reply("304 Not Modified")])
surplus.case("a body with 204 does not reach the client", get(), answered(204, lacks=("Content-Length",)), worker=[reply("204 No Content")])
surplus.case("a chunked body with 204 does not reach the client", get(), answered(204, lacks=("Transfer-Encoding",)),
             worker=worker("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"))

bodyless = Group("answers without a body")
bodyless.case("HEAD keeps the length", request("HEAD /foo/x HTTP/1.1"), answered(200, has={"Content-Length": "1000"}, to_head=True), worker=worker(OK + "Content-Length: 1000\r\n\r\n"))
bodyless.case("HEAD without a length gets none", request("HEAD /foo/x HTTP/1.1"), answered(200, lacks=("Content-Length",), to_head=True), worker=worker(OK + "\r\n"))
bodyless.case("HEAD, 404", request("HEAD /foo/x HTTP/1.1"), answered(404, has={"Content-Length": "9"}, to_head=True), worker=worker("HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\n"))
bodyless.case("HEAD of the gateway's own", request("HEAD /nobody HTTP/1.1"), answered(404, has={"Content-Length": None}, to_head=True, arrived=[]), ours=True)
bodyless.case("304 keeps length and tag", get("/foo/x", 'If-None-Match: "x"'), answered(304, has={"Content-Length": "1000", "ETag": '"x"'}),
              worker=worker('HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\nETag: "x"\r\n\r\n'))
bodyless.case("204", get(), answered(204, lacks=("Content-Length", "Transfer-Encoding")), worker=worker("HTTP/1.1 204 No Content\r\n\r\n"))
bodyless.case("204 loses its length 0", get(), answered(204, lacks=("Content-Length",)), worker=worker("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"))
bodyless.case("DELETE, 204, and the next", request("DELETE /foo/x HTTP/1.1") + get("/foo/y"), Outcome([Answer(204), Answer(204)], "keep", [Arrived("DELETE"), Arrived(target="/y")]),
              worker=worker("HTTP/1.1 204 No Content\r\n\r\n"))
bodyless.case("205 with length 0", get(), answered(205, has={"Content-Length": "0"}), worker=worker("HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n"))

interim = Group("1xx")
for status in ("100 Continue", "102 Processing", "103 Early Hints", "199 X"):
    interim.case(f"{status} is passed on", get(), Outcome([Answer(int(status[:3])), Answer(200, body=b"ok")], "keep", None), worker=worker(f"HTTP/1.1 {status}\r\n\r\n", reply()),
                 ours=True)
interim.case("103 keeps its fields", get(), Outcome([Answer(103, has={"Link": "</foo/x>"}), Answer(200)], "keep", None),
             worker=worker("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", reply()), ours=True)
interim.case("several", get(), Outcome([Answer(102), Answer(102), Answer(103), Answer(200)], "keep", None),
             worker=worker("HTTP/1.1 102 P\r\n\r\n" * 2 + "HTTP/1.1 103 E\r\n\r\n", reply()), ours=True)
interim.case("a length in it is dropped", get(), Outcome([Answer(103, lacks=("Content-Length",)), Answer(200)], "keep", None),
             worker=worker("HTTP/1.1 103 E\r\nContent-Length: 5\r\n\r\n", reply()), ours=True)
interim.case("none to HTTP/1.0", request("GET /foo/x HTTP/1.0"), answered(200, body="ok", after="close"), worker=worker("HTTP/1.1 103 E\r\n\r\n", reply()))
interim.case("no 100 to HTTP/1.0", request("POST /foo/x HTTP/1.0", "Content-Length: 3", body="abc"), answered(200, body="ok", after="close"), worker=worker("HTTP/1.1 100 C\r\n\r\n", reply()))
interim.case("an invalid one", get(), answered(502, after="close"), worker=worker("HTTP/1.1 103 E\r\nX : y\r\n\r\n", HALF))

old = Group("HTTP/1.0 clients")
old.case("no chunks", request("GET /foo/x HTTP/1.0"), answered(200, body="ok", lacks=("Transfer-Encoding",), after="close"),
         worker=worker(OK + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"))
old.case("no chunks even with keep-alive", request("GET /foo/x HTTP/1.0", "Connection: keep-alive"), answered(200, body="ok", lacks=("Transfer-Encoding",), after="close"),
         worker=worker(OK + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"))
old.case("keep-alive with a length", request("GET /foo/x HTTP/1.0", "Connection: Keep-Alive"), answered(200, body="ok", has={"Content-Length": "2"}))
old.case("closed without keep-alive", request("GET /foo/x HTTP/1.0"), answered(200, body="ok", has={"Connection": "close"}, after="close"), ours=True)
old.case("a body to the worker's end", request("GET /foo/x HTTP/1.0"), answered(200, body="ok", after="close"), worker=worker(OK + "\r\nok", CLOSE))
old.case("half-closed", [request("GET /foo/x HTTP/1.0"), EOF], answered(200, body="ok", after="close"))

GROUPS = [heads, framing, cut, surplus, bodyless, interim, old]

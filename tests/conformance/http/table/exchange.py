"""What happens between two requests and around one: Expect, pipelining, early ends, retries, upgrades. RFC 9110 sections 7.8, 9.2, 10.1; RFC 9112 9."""
from vocabulary import (ANSWER, ASKED, BODY, CLOSE, ECHO, EOF, HALF, RESET, Answer, Arrived, Group, Outcome, answered, chunked, forwarded, get, post, refused, reply,
                        request)

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n"

expect = Group("Expect")
expect.case("100 is passed on before the body", [request("POST /foo/x HTTP/1.1", "Content-Length: 3", "Expect: 100-continue"), ASKED, "abc"],
            Outcome([Answer(100), Answer(200)], "keep", [Arrived("POST", body=b"abc", has={"Expect": "100-continue"})]), worker=[CONTINUE, BODY, reply()])
expect.case("a worker that says nothing before the body", [request("POST /foo/x HTTP/1.1", "Content-Length: 3", "Expect: 100-continue"), ASKED, "abc"],
            Outcome([Answer(200)], "keep", [Arrived("POST", body=b"abc")]), ours=True)
expect.case("a chunked body", [request("POST /foo/x HTTP/1.1", "Transfer-Encoding: chunked", "Expect: 100-continue"), ASKED, "3\r\nabc\r\n0\r\n\r\n"],
            Outcome([Answer(100), Answer(200)], "keep", [Arrived("POST", body=b"abc")]), worker=[CONTINUE, BODY, reply()])
expect.case("the body in the head's segment", post("abc", "Expect: 100-continue"), Outcome([Answer(100), Answer(200)], "keep", [Arrived("POST", body=b"abc")]),
            worker=[CONTINUE, BODY, reply()], ours=True)
expect.case("100-Continue in other letters", [request("POST /foo/x HTTP/1.1", "Content-Length: 3", "Expect: 100-Continue"), ASKED, "abc"],
            Outcome([Answer(100), Answer(200)], "keep", [Arrived("POST", body=b"abc")]), worker=[CONTINUE, BODY, reply()])
expect.case("without a body it means nothing", get("/foo/x", "Expect: 100-continue"), forwarded(lacks=["Expect"]), ours=True)
expect.case("HTTP/1.0 cannot expect", request("POST /foo/x HTTP/1.0", "Content-Length: 3", "Expect: 100-continue", body="abc"),
            Outcome([Answer(200)], "close", [Arrived("POST", body=b"abc", lacks=("Expect",))]), worker=[BODY, reply()])
for value in ("200-ok", "100-continue, x", "", "100", "100-continue;q=1"):
    expect.case(f"{value!r} cannot be met", post("abc", f"Expect: {value}"), refused(417))
expect.case("twice", post("abc", "Expect: 100-continue", "Expect: x"), refused(417))
expect.case("a final answer instead: the connection ends", [request("POST /foo/x HTTP/1.1", "Content-Length: 3", "Expect: 100-continue"), ANSWER],
            Outcome([Answer(401, body=b"ok", has={"Connection": "close"})], "close", [Arrived("POST", body=None, whole=False)]), worker=[reply("401 No")])
expect.case("the body sent after the refusal is no request",
            [request("POST /foo/x HTTP/1.1", f"Content-Length: {len(get())}", "Expect: 100-continue"), ANSWER, get()],
            Outcome([Answer(401)], "close", [Arrived("POST", body=None, whole=False)]), worker=[reply("401 No")])

pipelining = Group("pipelining")
pipelining.case("two", get("/foo/1") + get("/foo/2"), Outcome([Answer(200, body=b"/1"), Answer(200, body=b"/2")], "keep", [Arrived(target="/1"), Arrived(target="/2")]),
                worker=[BODY, ECHO])
pipelining.case("twenty, in order", b"".join(get(f"/foo/{i}") for i in range(20)),
                Outcome([Answer(200, body=f"/{i}".encode()) for i in range(20)], "keep", [Arrived(target=f"/{i}") for i in range(20)]), worker=[BODY, ECHO])
pipelining.case("two tenants", get("/foo/1") + get("/bar/x") + get("/foo/2"),
                Outcome([Answer(200, body=b"/1"), Answer(200, body=b"ok"), Answer(200, body=b"/2")], "keep", [Arrived(target="/1"), Arrived(target="/2")]), worker=[BODY, ECHO])
pipelining.case("with bodies", post("one", target="/foo/1") + chunked("3\r\ntwo\r\n0\r\n\r\n", target="/foo/2") + get("/foo/3"),
                Outcome([Answer(200, body=b"/1"), Answer(200, body=b"/2"), Answer(200, body=b"/3")], "keep",
                        [Arrived("POST", "/1", body=b"one"), Arrived("POST", "/2", body=b"two"), Arrived("GET", "/3")]), worker=[BODY, ECHO])
pipelining.case("the gateway's own between", get("/foo/1") + get("/nobody") + get("/foo/2"),
                Outcome([Answer(200, body=b"/1"), Answer(404), Answer(200, body=b"/2")], "keep", [Arrived(target="/1"), Arrived(target="/2")]), worker=[BODY, ECHO], ours=True)
pipelining.case("a HEAD between", get("/foo/1") + request("HEAD /foo/2 HTTP/1.1") + get("/foo/3"),
                Outcome([Answer(200), Answer(200, to_head=True), Answer(200)], "keep", [Arrived(target="/1"), Arrived("HEAD", "/2"), Arrived(target="/3")]),
                worker=[[BODY, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]])
pipelining.case("the second is refused after the first's answer", get("/foo/1") + get("/foo/2", "X : y") + get("/foo/3"),
                Outcome([Answer(200, body=b"/1"), Answer(400)], "close", [Arrived(target="/1")]), worker=[BODY, ECHO])
pipelining.case("the first is refused and the second not read", get("/foo/1", "X : y") + get("/foo/2"), refused(400))
pipelining.case("nothing after Connection: close", get("/foo/1", "Connection: close") + get("/foo/2"), Outcome([Answer(200)], "close", [Arrived(target="/1")]))
pipelining.case("nothing after HTTP/1.0", request("GET /foo/1 HTTP/1.0") + get("/foo/2"), Outcome([Answer(200)], "close", [Arrived(target="/1")]))
pipelining.case("the second in two pieces", [get("/foo/1") + get("/foo/2")[:10], ANSWER, get("/foo/2")[10:]],
                Outcome([Answer(200), Answer(200)], "keep", [Arrived(target="/1"), Arrived(target="/2")]))
pipelining.case("one after the other", [get("/foo/1"), ANSWER, get("/foo/2"), ANSWER, get("/foo/3")],
                Outcome([Answer(200)] * 3, "keep", [Arrived(target="/1"), Arrived(target="/2"), Arrived(target="/3")]))
pipelining.case("an empty line between", get("/foo/1") + b"\r\n" + get("/foo/2"), Outcome([Answer(200), Answer(200)], "keep", [Arrived(target="/1"), Arrived(target="/2")]))
pipelining.case("while the first is in work", [get("/foo/1"), ASKED, get("/foo/2")], Outcome([Answer(200), Answer(200)], "keep", [Arrived(target="/1"), Arrived(target="/2")]))

ends = Group("early ends")
ends.case("half-closed after the request: answered", [get(), EOF], Outcome([Answer(200, body=b"ok")], "close", [Arrived()]))
ends.case("half-closed after a body: answered", [post("abc"), EOF], Outcome([Answer(200, body=b"ok")], "close", [Arrived("POST", body=b"abc")]))
ends.case("half-closed after two: both answered", [get("/foo/1") + get("/foo/2"), EOF], Outcome([Answer(200), Answer(200)], "close", [Arrived(target="/1"), Arrived(target="/2")]))
ends.case("half-closed while the worker works", [get(), ASKED, EOF], Outcome([Answer(200)], "close", [Arrived()]))
ends.case("half-closed with half a request behind", [get() + b"GET /foo/y HT", EOF], Outcome([Answer(200)], "close", [Arrived()]))
for name, steps, method in (
    ("in the head", [get()[:-4], RESET], None),
    ("before any byte", [RESET], None),
    ("within a body of known length", [request("POST /foo/x HTTP/1.1", "Content-Length: 10", body="abc"), ASKED, RESET], "POST"),
    ("before a body", [request("POST /foo/x HTTP/1.1", "Content-Length: 10"), ASKED, RESET], "POST"),
    ("within a chunk", [chunked("5\r\nabc"), ASKED, RESET], "POST"),
    ("between two chunks", [chunked("3\r\nabc\r\n"), ASKED, RESET], "POST"),
    ("before the last chunk's end", [chunked("3\r\nabc\r\n0\r\n"), ASKED, RESET], "POST"),
    ("within a PUT", [request("PUT /foo/x HTTP/1.1", "Content-Length: 10", body="abc"), ASKED, RESET], "PUT"),
):
    ends.case(f"reset {name}: never a whole request", steps, Outcome([], "any", [Arrived(method, body=None, whole=False)] if method else []))
ends.case("an early answer within an upload passes", [request("POST /foo/x HTTP/1.1", "Content-Length: 10", body="abc"), ANSWER],
          Outcome([Answer(413, body=b"ok")], "close", [Arrived("POST", body=None, whole=False)]), worker=[reply("413 No")])
ends.case("an early answer within a chunked upload passes", [chunked("3\r\nabc\r\n"), ANSWER], Outcome([Answer(413, body=b"ok")], "close", [Arrived("POST", body=None, whole=False)]),
          worker=[reply("413 No")])
ends.case("a worker that answers and closes within an upload", [request("POST /foo/x HTTP/1.1", "Content-Length: 100000", body="x" * 50000), ANSWER],
          Outcome([Answer(413)], "close", None), worker=[reply("413 No", "Connection: close"), CLOSE])

retry = Group("retries")
DIES, TWICE = [CLOSE], [[CLOSE], [CLOSE], [BODY, reply()]]
for method in ("GET", "OPTIONS", "DELETE", "PUT"):
    retry.case(f"{method} without a body is repeated once", request(f"{method} /foo/x HTTP/1.1"), Outcome([Answer(200)], "keep", [Arrived(method, whole=False, body=None), Arrived(method)]),
               worker=[DIES, [BODY, reply()]], ours=True)
retry.case("HEAD is repeated once", request("HEAD /foo/x HTTP/1.1"), Outcome([Answer(200, to_head=True)], "keep", [Arrived("HEAD", whole=False), Arrived("HEAD")]),
           worker=[DIES, [BODY, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"]], ours=True)
retry.case("not more than once", get(), Outcome([Answer(502)], "close", [Arrived(whole=False), Arrived(whole=False)]), worker=TWICE, ours=True)
for method in ("POST", "PATCH", "PROPFIND", "X"):
    retry.case(f"{method} is never repeated", request(f"{method} /foo/x HTTP/1.1", "Content-Length: 0"), Outcome([Answer(502)], "close", [Arrived(method, whole=False)]),
               worker=[DIES, [BODY, reply()]])
for method in ("POST", "PUT", "DELETE", "GET"):
    retry.case(f"{method} with a body is never repeated", request(f"{method} /foo/x HTTP/1.1", "Content-Length: 3", body="abc"),
               Outcome([Answer(502)], "close", [Arrived(method, body=None)]), worker=[[BODY, CLOSE], [BODY, reply()]])
retry.case("POST in chunks is never repeated", chunked("3\r\nabc\r\n0\r\n\r\n"), Outcome([Answer(502)], "close", [Arrived("POST", body=b"abc")]), worker=[[BODY, CLOSE], [BODY, reply()]])
retry.case("not after a byte of the answer", get(), Outcome([Answer(502)], "close", [Arrived(whole=False)]), worker=[[b"H", CLOSE], [BODY, reply()]])
retry.case("not after half an answer's head", get(), Outcome([Answer(502)], "close", [Arrived(whole=False)]), worker=[[b"HTTP/1.1 200 OK\r\nX: y\r\n", CLOSE], [BODY, reply()]])
retry.case("not after a 1xx", get(), Outcome([Answer(103), Answer(502)], "close", [Arrived(whole=False)]), worker=[[b"HTTP/1.1 103 Early Hints\r\n\r\n", CLOSE], [BODY, reply()]])
retry.case("a connection that rested and was closed costs no retry", [get("/foo/1"), ANSWER, get("/foo/2")],
           Outcome([Answer(200), Answer(200)], "keep", [Arrived(target="/1"), Arrived(target="/2")]), worker=[[BODY, reply(), CLOSE], [BODY, reply()]], ours=True)

upgrade = Group("upgrade")
WS = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13")
upgrade.case("a WebSocket is asked for", get("/foo/x", *WS), forwarded(has={"Connection": "upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "x"}))
upgrade.case("101 opens a tunnel", [get("/foo/x", *WS), ANSWER, "ping", EOF], Outcome([Answer(101, has={"Upgrade": "websocket", "Connection": "upgrade", "Sec-WebSocket-Accept": "x"})],
             "any", [Arrived(whole=False, body=b"ping")]), worker=[SWITCH, HALF])
upgrade.case("bytes sent ahead go through the tunnel after 101", [get("/foo/x", *WS) + b"ping", ANSWER, EOF], Outcome([Answer(101)], "any", [Arrived(whole=False, body=b"ping")]),
             worker=[SWITCH, HALF])
upgrade.case("what looks like a request goes through the tunnel, too", [get("/foo/x", *WS), ANSWER, get("/foo/y"), EOF],
             Outcome([Answer(101)], "any", [Arrived(whole=False, body=get("/foo/y"))]), worker=[SWITCH, HALF])
upgrade.case("a refusal is an answer, and what follows a request", get("/foo/x", *WS) + get("/foo/y"),
             Outcome([Answer(200), Answer(200)], "keep", [Arrived(), Arrived(target="/y")]))
upgrade.case("426 is passed on", get("/foo/x", *WS), answered(426, lacks=("Upgrade",)), worker=[reply("426 Upgrade Required", "Upgrade: websocket", "Connection: Upgrade")])
for name, fields in {
    "h2c": ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"),
    "h2c among others": ("Connection: Upgrade", "Upgrade: websocket, h2c"),
    "TLS": ("Connection: Upgrade", "Upgrade: TLS/1.0"),
    "an unknown protocol": ("Connection: Upgrade", "Upgrade: x"),
    "websocket without Connection": ("Upgrade: websocket",),
    "Connection without Upgrade": ("Connection: Upgrade",),
    "an empty Upgrade": ("Connection: Upgrade", "Upgrade:"),
    "websocket with a version": ("Connection: Upgrade", "Upgrade: websocket/13"),
}.items():
    upgrade.case(f"{name}: not passed on", get("/foo/x", *fields), forwarded(lacks=["Connection", "Upgrade", "HTTP2-Settings"]))
    upgrade.case(f"{name}: 101 is a 502", get("/foo/x", *fields), answered(502, after="close"), worker=[SWITCH, HALF])
upgrade.case("POST does not upgrade", post("abc", "Connection: Upgrade", "Upgrade: websocket"), forwarded("POST", body="abc", lacks=["Upgrade"]))
upgrade.case("GET with a body does not upgrade", request("GET /foo/x HTTP/1.1", "Content-Length: 3", *WS, body="abc"), forwarded("GET", body="abc", lacks=["Upgrade"]))
upgrade.case("HTTP/1.0 does not upgrade", request("GET /foo/x HTTP/1.0", *WS), forwarded(after="close", lacks=["Upgrade"]))
upgrade.case("101 unasked is a 502", get(), answered(502, after="close"), worker=[SWITCH, HALF])
upgrade.case("101 to another protocol is a 502", get("/foo/x", *WS), answered(502, after="close"),
             worker=[b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", HALF])
upgrade.case("101 without fields is a 502", get("/foo/x", *WS), answered(502, after="close"), worker=[b"HTTP/1.1 101 Switching Protocols\r\n\r\n", HALF])
upgrade.case("an unknown tenant does not upgrade", get("/nobody", *WS), Outcome([Answer(404)], "keep", []), ours=True)

GROUPS = [expect, pipelining, ends, retry, upgrade]

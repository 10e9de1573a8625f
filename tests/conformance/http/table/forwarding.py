"""What of a request's fields goes on, and what the gateway says itself. RFC 9110 section 7, docs/GATEWAY.md section 2."""
from vocabulary import Group, answered, chunked, forwarded, get, post, reply, request

hops = Group("hop by hop, requests")
for field in ("Connection: keep-alive", "Connection: close, keep-alive", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "Proxy-Connection: close", "TE: trailers",
              "TE: gzip, trailers", "Upgrade: websocket", "Upgrade: h2c", "Upgrade: TLS/1.0", "Trailer: X-A"):
    name = field.partition(":")[0]
    after = "close" if field.startswith("Connection: close") else "keep"
    hops.case(f"{field} is removed", get("/foo/x", field), forwarded(lacks=[name], after=after))
for name in ("X-A", "Cookie", "Accept", "Authorization", "User-Agent", "Content-Type", "If-None-Match", "Origin", "Max-Forwards"):
    hops.case(f"{name} is removed if Connection lists it", get("/foo/x", f"{name}: 1", f"Connection: {name}"), forwarded(lacks=[name, "Connection"]))
for text in ("X-A", "x-a", "X-a,keep-alive", "keep-alive, X-A", "keep-alive ,\tX-A ,", ", ,X-A", "X-B, X-A"):
    hops.case(f"Connection: {text!r} lists it", get("/foo/x", "X-A: 1", f"Connection: {text}"), forwarded(lacks=["X-A", "Connection"]))
hops.case("two Connection fields count both", get("/foo/x", "Connection: X-A", "X-A: 1", "X-B: 2", "Connection: X-B"), forwarded(lacks=["X-A", "X-B", "Connection"]))
hops.case("a field listed that stands before it", get("/foo/x", "X-A: 1", "Connection: X-A"), forwarded(lacks=["X-A"]))
hops.case("all fields of that name go", get("/foo/x", "X-A: 1", "Connection: X-A", "X-A: 2"), forwarded(lacks=["X-A"]))
hops.case("others stay", get("/foo/x", "X-A: 1", "X-AB: 2", "X: 3", "Connection: X-A"), forwarded(has={"X-AB": "2", "X": "3"}, lacks=["X-A"]))
hops.case("Connection: Host cannot remove Host", get("/foo/x", "Connection: Host"), forwarded(has={"Host": "h"}))
hops.case("Connection: Content-Length cannot remove it", post("abc", "Connection: Content-Length"), forwarded("POST", body="abc", has={"Content-Length": "3"}))
hops.case("Connection: Transfer-Encoding cannot remove it", chunked("3\r\nabc\r\n0\r\n\r\n", "Connection: Transfer-Encoding"), forwarded("POST", body="abc"))
for name in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Request-Id", "Via"):
    hops.case(f"Connection: {name} cannot remove ours", get("/foo/x", f"Connection: {name}"), forwarded(has={name: None}), ours=True)
hops.case("Connection: close, and what is behind is not read", get("/foo/x", "Connection: close") + get("/foo/y"), forwarded(after="close"))
hops.case("Connection: CLOSE", get("/foo/x", "Connection: CLOSE"), forwarded(after="close"))
hops.case("Connection: keep-alive, close", get("/foo/x", "Connection: keep-alive, close"), forwarded(after="close"))
hops.case("the answer says so", get("/foo/x", "Connection: close"), answered(200, has={"Connection": "close"}, after="close"))

ours = Group("fields of the gateway", ours=True)
ours.case("X-Forwarded-For is the peer", get(), forwarded(has={"X-Forwarded-For": "127.0.0.1"}))
ours.case("X-Forwarded-For is appended to", get("/foo/x", "X-Forwarded-For: 9.9.9.9"), forwarded(has={"X-Forwarded-For": "9.9.9.9, 127.0.0.1"}))
ours.case("several X-Forwarded-For become one", get("/foo/x", "X-Forwarded-For: 1.1.1.1", "X-Forwarded-For: 2.2.2.2, 3.3.3.3"),
          forwarded(has={"X-Forwarded-For": "1.1.1.1, 2.2.2.2, 3.3.3.3, 127.0.0.1"}))
ours.case("an empty X-Forwarded-For adds nothing", get("/foo/x", "X-Forwarded-For:"), forwarded(has={"X-Forwarded-For": "127.0.0.1"}))
for name, sent, wanted in (("X-Forwarded-Proto", "https", "http"), ("X-Forwarded-Host", "evil", "h"), ("X-Forwarded-Prefix", "/evil", "/foo")):
    ours.case(f"{name} is said", get(), forwarded(has={name: wanted}))
    ours.case(f"{name} is overwritten", get("/foo/x", f"{name}: {sent}"), forwarded(has={name: wanted}))
    ours.case(f"{name} twice is overwritten", get("/foo/x", f"{name}: {sent}", f"{name.lower()}: x"), forwarded(has={name: wanted}))
    ours.case(f"{name} in large letters is overwritten", get("/foo/x", f"{name.upper()}: {sent}"), forwarded(has={name: wanted}))
ours.case("X-Forwarded-Host follows absolute form", get("http://other/foo/x"), forwarded(has={"X-Forwarded-Host": "other"}))
for field in ("X-Real-IP: 1.2.3.4", "Forwarded: for=1.2.3.4", "X-Tenant: bar", "X-Tenant-Id: bar", "X-TENANT-KEY: bar", "X-Tenants: bar", "Proxy: http://evil", "PROXY: x",
              "X_Forwarded_For: 1", "X_Real_IP: 1", "Content_Type: x", "_: y", "X-A_B: y", "a_b: c", "Host_: x", "Transfer_Encoding: chunked", "X_Tenant: bar"):
    ours.case(f"{field} is dropped", get("/foo/x", field), forwarded(lacks=[field.partition(":")[0]]))
ours.case("X-Request-Id is made", get(), forwarded(has={"X-Request-Id": None}))
ours.case("X-Request-Id is kept", get("/foo/x", "X-Request-Id: abc-1.2_X"), forwarded(has={"X-Request-Id": "abc-1.2_X"}))
for value in ("a b", "a,b", "a" * 65, "<x>", "é", "a;b", "a/b", "~"):
    ours.case(f"X-Request-Id {value[:12]!r} is replaced", get("/foo/x", f"X-Request-Id: {value}"), forwarded(has={"X-Request-Id": None}))
ours.case("Via is added", get(), forwarded(has={"Via": "1.1 mtg"}))
ours.case("Via names HTTP/1.0", request("GET /foo/x HTTP/1.0"), forwarded(has={"Via": "1.0 mtg"}, after="close"))
ours.case("Via is appended to", get("/foo/x", "Via: 1.0 fred"), forwarded(has={"Via": "1.0 fred, 1.1 mtg"}))
ours.case("several Via become one", get("/foo/x", "Via: 1.0 a", "Via: 1.1 b"), forwarded(has={"Via": "1.0 a, 1.1 b, 1.1 mtg"}))
ours.case("Via on the answer", get(), answered(200, has={"Via": "1.1 mtg"}))
ours.case("Via on the answer of an HTTP/1.0 worker", get(), answered(200, has={"Via": "1.0 mtg"}), worker=[b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"])

through = Group("fields that go through")
for field in ("Cookie: a=b; c=d", "Authorization: Bearer x.y", "Accept: */*", "Accept-Encoding: gzip, br", "User-Agent: x (y)", "Range: bytes=0-1", "If-Range: \"x\"",
              "If-None-Match: W/\"x\"", "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT", "Origin: http://h", "Referer: http://h/foo/x", "Content-Type: text/plain",
              "X-Api-Key: s", "Accept-Language: de", "Cache-Control: no-cache", "Pragma: no-cache", "DNT: 1",
              "X-HTTP-Method-Override: DELETE", "X-Original-URL: /admin", "Sec-Fetch-Mode: cors", "Content-Encoding: gzip", "Digest: x"):
    name, _, value = field.partition(": ")
    through.case(field[:40], get("/foo/x", field), forwarded(has={name: value}))
through.case("names keep their letters", get("/foo/x", "x-MiXeD: 1"), forwarded(has={"X-Mixed": "1"}))
through.case("two Cookies", get("/foo/x", "Cookie: a=b", "Cookie: c=d"), forwarded(has={"Cookie": ("a=b", "c=d")}))

answers = Group("hop by hop, answers")
for field in ("Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "TE: trailers", "Upgrade: h2c", "Trailer: X-A", "Connection: X-A"):
    name = field.partition(":")[0]
    answers.case(f"{field} is removed", get(), answered(200, lacks=(name,), body="ok"), worker=[reply("200 OK", field)])
answers.case("what Connection lists is removed", get(), answered(200, lacks=("X-A", "X-B"), has={"X-C": "3"}),
             worker=[reply("200 OK", "X-A: 1", "X-B: 2", "X-C: 3", "Connection: x-a, X-B")])
answers.case("the worker's close is not the client's", get(), answered(200, lacks=("Connection",), after="keep"), worker=[reply("200 OK", "Connection: close")])
answers.case("Connection: Content-Length cannot remove it", get(), answered(200, has={"Content-Length": "2"}, body="ok"), worker=[reply("200 OK", "Connection: Content-Length")])
answers.case("other fields go through", get(), answered(200, has={"ETag": '"x"', "Server": "w", "Content-Range": "bytes 0-1/9", "Set-Cookie": ("a=b", "c=d"), "Vary": "X"}),
             worker=[reply("200 OK", 'ETag: "x"', "Server: w", "Content-Range: bytes 0-1/9", "Set-Cookie: a=b", "Set-Cookie: c=d", "Vary: X")])
answers.case("206 is untouched", get("/foo/x", "Range: bytes=0-1"), answered(206, has={"Content-Range": "bytes 0-1/9"}, body="ok"),
             worker=[reply("206 Partial Content", "Content-Range: bytes 0-1/9")])
answers.case("a reason is passed on", get(), answered(200), worker=[reply("200 Fine, thank you")])
answers.case("a Date is passed on", get(), answered(200, has={"Date": "Sat, 01 Jan 2000 00:00:00 GMT"}), worker=[reply("200 OK", "Date: Sat, 01 Jan 2000 00:00:00 GMT")])

prefix = Group("references in answers", ours=True)
for field, wanted in {
    "Location: /x": "/foo/x", "Location: /": "/foo/", "Location: /foo/x": "/foo/x", "Location: http://h/x": "http://h/foo/x", "Location: http://other/x": "http://other/x",
    "Location: y": "y", "Location: ../y": "./y", "Location: ?y": "?y", "Content-Location: /x": "/foo/x", "Link: </x>; rel=next": "</foo/x>; rel=next",
    "Set-Cookie: a=b; Path=/": "a=b; Path=/foo", "Set-Cookie: a=b; Path=/foo": "a=b; Path=/foo", "Set-Cookie: a=b": "a=b",
}.items():
    name, _, value = field.partition(": ")
    prefix.case(field, get(), answered(302, has={name: wanted}), worker=[reply("302 Found", field)])
for field, wanted in {"Location: y": "/foo/y", "Set-Cookie: a=b": "a=b; Path=/foo", "Location: /y": "/foo/y"}.items():
    name, _, value = field.partition(": ")
    prefix.case(f"{field} to /foo alone", get("/foo"), answered(302, has={name: wanted}), worker=[reply("302 Found", field)])
prefix.case("what the peer says of its prefix does not count", get("/foo/x", "X-Forwarded-Prefix: /apps"), answered(302, has={"Location": "/foo/x"}),
            worker=[reply("302 Found", "Location: /x")])

GROUPS = [hops, ours, through, answers, prefix]

"""The request line: its parts, versions, methods, and what is no HTTP/1 at all. RFC 9112 sections 2 and 3."""
from vocabulary import EOF, HOST, Arrived, Answer, Group, Outcome, by_gateway, forwarded, get, post, refused, request, unanswered

line = Group("request line")
for name, text in {
    "two spaces before the target": "GET  /foo/x HTTP/1.1",
    "two spaces before the version": "GET /foo/x  HTTP/1.1",
    "a tab before the target": "GET\t/foo/x HTTP/1.1",
    "a tab before the version": "GET /foo/x\tHTTP/1.1",
    "a vertical tab before the version": "GET /foo/x\vHTTP/1.1",
    "a space before the method": " GET /foo/x HTTP/1.1",
    "a space after the version": "GET /foo/x HTTP/1.1 ",
    "a word after the version": "GET /foo/x HTTP/1.1 x",
    "a space within the target": "GET /foo/x y HTTP/1.1",
    "no target": "GET HTTP/1.1",
    "an empty target": "GET  HTTP/1.1",
    "no method": "/foo/x HTTP/1.1",
    "an empty method": " /foo/x HTTP/1.1",
    "no version": "GET /foo/x",
    "a version without a number": "GET /foo/x HTTP",
    "a version without a slash": "GET /foo/x HTTP1.1",
    "a version in small letters": "GET /foo/x http/1.1",
    "a version without a dot": "GET /foo/x HTTP/11",
    "a version with two digits behind the dot": "GET /foo/x HTTP/1.10",
    "a version with a leading zero": "GET /foo/x HTTP/01.1",
    "a version with a sign": "GET /foo/x HTTP/+1.1",
    "a version with a space inside": "GET /foo/x HTTP/1. 1",
    "a version with letters": "GET /foo/x HTTP/1.x",
    "another protocol": "GET /foo/x ICAP/1.0",
    "a colon in the method": "GE:T /foo/x HTTP/1.1",
    "parentheses in the method": "GE(T) /foo/x HTTP/1.1",
    "a control byte in the method": "GE\x01T /foo/x HTTP/1.1",
    "NUL in the method": "GE\0T /foo/x HTTP/1.1",
    "an 8-bit byte in the method": "G\xc9T /foo/x HTTP/1.1",
    "quotation marks in the method": '"GET" /foo/x HTTP/1.1',
    "a slash in the method": "GET/x /foo/x HTTP/1.1",
    "nothing but a space": " ",
}.items():
    line.case(name, request(text), refused(400))
line.case("a bare LF ends it", f"GET /foo/x HTTP/1.1\n{HOST}\r\n\r\n", refused(400))
line.case("a bare CR ends it", f"GET /foo/x HTTP/1.1\r{HOST}\r\n\r\n", refused(400))
line.case("CR CR LF ends it", f"GET /foo/x HTTP/1.1\r\r\n{HOST}\r\n\r\n", refused(400))
line.case("a bare CR within the target", f"GET /foo/\rx HTTP/1.1\r\n{HOST}\r\n\r\n", refused(400))
line.case("a LF before it", b"\n" + get(), refused(400))
line.case("one empty line before it is skipped", b"\r\n" + get(), forwarded())
line.case("a CR alone before it", b"\r" + get(), refused(400))
line.case("every byte in a write of its own", [get()[i:i + 1] for i in range(len(get()))], forwarded())

version = Group("version")
for name in ("1.2", "1.9", "2.0", "3.0", "0.9", "0.0", "9.9"):
    version.case(f"HTTP/{name} is not spoken", request(f"GET /foo/x HTTP/{name}"), refused(505))
version.case("HTTP/0.9: a request line alone", b"GET /foo/x\r\n", refused(400))
version.case("HTTP/0.9 with the client's end behind", [b"GET /foo/x\r\n", EOF], refused(400))
version.case("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", refused(505))
version.case("a TLS hello", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", EOF], refused(400))
version.case("HTTP/1.0 is answered and closed", request("GET /foo/x HTTP/1.0"), forwarded(after="close"))
version.case("HTTP/1.0 without Host", b"GET /foo/x HTTP/1.0\r\n\r\n", forwarded(after="close", has={"Host": None}))
version.case("HTTP/1.0 may keep the connection", request("GET /foo/x HTTP/1.0", "Connection: keep-alive"),
             Outcome([Answer(200, {"Connection": "keep-alive"})], "keep", [Arrived()]))
version.case("HTTP/1.0 with Host twice", request("GET /foo/x HTTP/1.0", HOST), refused(400))
version.case("HTTP/1.0 with a body", request("POST /foo/x HTTP/1.0", "Content-Length: 3", body="abc"), forwarded("POST", body=b"abc", after="close"))
version.case("the worker gets HTTP/1.1 whatever came", request("GET /foo/x HTTP/1.0"), forwarded(after="close", lacks=["Transfer-Encoding"]))
version.case("nothing at all", [EOF], unanswered())
version.case("half a request line and the end", ["GET /fo", EOF], unanswered())
version.case("half a head and the end", [f"GET /foo/x HTTP/1.1\r\n{HOST}\r\nX: y", EOF], unanswered())
version.case("a head without its last empty line and the end", [f"GET /foo/x HTTP/1.1\r\n{HOST}\r\n", EOF], unanswered())

methods = Group("methods")
for name in ("GET", "DELETE", "OPTIONS", "PROPFIND", "M-SEARCH", "X_Y", "BREW", "get", "Get", "!#$%&'*+-.^_`|~"):
    methods.case(f"{name} is passed on as it is", request(f"{name} /foo/x HTTP/1.1"), forwarded(name))
for name in ("POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS", "REPORT"):
    methods.case(f"{name} with a body", request(f"{name} /foo/x HTTP/1.1", "Content-Length: 3", body="abc"), forwarded(name, body=b"abc"))
methods.case("POST without a length has no body", request("POST /foo/x HTTP/1.1"), forwarded("POST"))
methods.case("POST with length 0", post(""), forwarded("POST", has={"Content-Length": "0"}))
methods.case("HEAD", request("HEAD /foo/x HTTP/1.1"), Outcome([Answer(200, to_head=True)], "keep", [Arrived("HEAD")]),
             worker=[b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"])
for target in ("/foo/x", "/", "/nobody"):
    methods.case(f"TRACE {target} is refused", request(f"TRACE {target} HTTP/1.1"), by_gateway(405, has={"Allow": None}), ours=target != "/foo/x")
methods.case("TRACE with Max-Forwards", request("TRACE /foo/x HTTP/1.1", "Max-Forwards: 3"), by_gateway(405))
methods.case("TRACE does not echo", request("TRACE /foo/x HTTP/1.1", "Cookie: secret"), by_gateway(405, lacks=("Cookie",)))
for target in ("h:443", "/foo/x", "http://h/foo/x", "foo", "127.0.0.1:22"):
    methods.case(f"CONNECT {target} is refused", request(f"CONNECT {target} HTTP/1.1"), refused(501))
methods.case("CONNECT and what it would tunnel", request("CONNECT h:443 HTTP/1.1") + get(), refused(501))
methods.case("OPTIONS * is the gateway's", request("OPTIONS * HTTP/1.1"), by_gateway(204, has={"Allow": None}, lacks=("Content-Length",)), ours=True)
for name in ("GET", "POST", "HEAD", "DELETE"):
    methods.case(f"{name} * is refused", request(f"{name} * HTTP/1.1"), refused(400))
methods.case("OPTIONS with Max-Forwards 0 ends here", request("OPTIONS /foo/x HTTP/1.1", "Max-Forwards: 0"), by_gateway(204, has={"Allow": None}))
methods.case("OPTIONS with Max-Forwards 00 ends here", request("OPTIONS /foo/x HTTP/1.1", "Max-Forwards: 00"), by_gateway(204))
for before, after in (("1", "0"), ("10", "9"), ("070", "69")):
    methods.case(f"OPTIONS with Max-Forwards {before}", request("OPTIONS /foo/x HTTP/1.1", f"Max-Forwards: {before}"),
                 forwarded("OPTIONS", has={"Max-Forwards": after}))
for value in ("-1", "x", "", "1, 2", "99999999999999999999"):
    methods.case(f"OPTIONS with Max-Forwards {value!r} is refused", request("OPTIONS /foo/x HTTP/1.1", f"Max-Forwards: {value}"), refused(400), ours=True)
methods.case("OPTIONS with Max-Forwards twice is refused", request("OPTIONS /foo/x HTTP/1.1", "Max-Forwards: 1", "Max-Forwards: 0"), refused(400), ours=True)
methods.case("GET with Max-Forwards is not concerned", request("GET /foo/x HTTP/1.1", "Max-Forwards: 0"), forwarded())
methods.case("a method of 100 letters", request("A" * 100 + " /foo/x HTTP/1.1"), forwarded("A" * 100))

GROUPS = [line, version, methods]

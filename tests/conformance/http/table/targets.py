"""Targets: which tenant they reach, what of them is forwarded, what is refused. docs/GATEWAY.md section 1, RFC 9112 section 3.2."""
from vocabulary import HOST, Group, by_gateway, forwarded, get, refused, request

routing = Group("routing")
for target, rest in {
    "/foo/": "/", "/foo/x": "/x", "/foo/x/": "/x/", "/foo/x?y=1": "/x?y=1", "/foo/?y": "/?y", "/foo//": "//", "/foo//x": "//x",
    "/foo/foo": "/foo", "/foo/bar": "/bar", "/foo/x%20y": "/x%20y", "/foo/%66": "/%66", "/foo/a%2fb": "/a%2fb", "/foo/a%2Fb": "/a%2Fb",
    "/foo/a%5cb": "/a%5cb", "/foo/a\\b": "/a\\b", "/foo/a%00b": "/a%00b", "/foo/%252e%252e/x": "/%252e%252e/x", "/foo/...": "/...",
    "/foo/..x": "/..x", "/foo/x..": "/x..", "/foo/.x": "/.x", "/foo/x./y": "/x./y", "/foo/;x": "/;x", "/foo/x;y=1/z": "/x;y=1/z",
    "/foo/a;.": "/a;.", "/foo/%zz": "/%zz", "/foo/%2": "/%2", "/foo/%": "/%", "/foo/x?/../bar": "/x?/../bar", "/foo/x?%00": "/x?%00",
    "/foo/x?a=/../../b": "/x?a=/../../b", "/foo/x?%2e%2e": "/x?%2e%2e", "/foo/x??": "/x??", "/foo/x?\\": "/x?\\", "/foo/x?http://h/": "/x?http://h/",
    "/foo/http://h/x": "/http://h/x", "/foo/~x": "/~x", "/foo/x|y": "/x|y", '/foo/"x"': '/"x"', "/foo/<x>": "/<x>", "/foo/{x}": "/{x}",
    "/foo/^`": "/^`", "/foo/:": "/:", "/foo/@x": "/@x", "/foo/x,y": "/x,y", "/foo/a%0ab": "/a%0ab",
    "/foo/" + "x" * 4000: "/" + "x" * 4000, "/foo/" + "x/" * 1000: "/" + "x/" * 1000,
}.items():
    routing.case(f"{target[:40]} is forwarded byte for byte", get(target), forwarded(target=rest))
for target, rest in {"/foo": "/", "/foo?": "/?", "/foo?x=1": "/?x=1", "/foo?/x": "/?/x"}.items():
    routing.case(f"{target} reaches the tenant, too", get(target), forwarded(target=rest), ours=True)
for target in ("/FOO/x", "/Foo/x", "/fo/x", "/fooo/x", "/%66oo/x", "/fo%6f/x", "/foo%20/x", "/foo;x/y", "/foo;/x", "/foo,bar/x", "/foo:80/x", "/foo=/x",
               "//foo/x", "//", "/-foo/x", "/foo-/x", "/foo./x", "/.foo/x", "/foo_/x", "/nobody", "/nobody/x", "/" + "a" * 64 + "/x", "/%",
               "/foo%", "/foo%3f/x", "/foo%3b/x", "/~foo/x", "/-", "/-x/y", "/-/nothing", "/-/foo/x", "/foo\"/x", "/foo&/x"):
    routing.case(f"{target[:40]} is nobody's", get(target), by_gateway(404), ours=True)
routing.case("an unknown tenant gets no body's bytes as a request", request("POST /nobody HTTP/1.1", "Content-Length: 40", body="x" * 40),
             by_gateway(404, after="close"), ours=True)
routing.case("/ is a welcome page", get("/"), by_gateway(200, has={"Content-Type": "application/json"}), ours=True)
routing.case("/?x is the welcome page", get("/?x"), by_gateway(200), ours=True)
routing.case("/-/health", get("/-/health"), by_gateway(200), ours=True)
routing.case("POST / is not offered", request("POST / HTTP/1.1"), by_gateway(405, has={"Allow": None}), ours=True)

errors = Group("own errors", ours=True)
errors.case("a problem document", get("/nobody"), by_gateway(404, has={"Content-Type": "application/problem+json", "X-Request-Id": None}))
errors.case("a page for a browser", get("/nobody", "Accept: text/html,application/xhtml+xml,*/*;q=0.8"),
            by_gateway(404, has={"Content-Type": "text/html; charset=utf-8"}))
errors.case("JSON before HTML", get("/nobody", "Accept: text/html;q=0.5, application/json"), by_gateway(404, has={"Content-Type": "application/problem+json"}))
errors.case("no version in it", get("/nobody"), by_gateway(404, lacks=("Server", "X-Powered-By", "Via")))
errors.case("not to be stored", get("/nobody"), by_gateway(404, has={"Cache-Control": "no-store"}))
errors.case("the client's request id comes back", get("/nobody", "X-Request-Id: abc-1.2_X"), by_gateway(404, has={"X-Request-Id": "abc-1.2_X"}))

dots = Group("dot segments")
for text in ("..", ".", "%2e", "%2E", "%2e%2e", "%2E%2E", ".%2e", "%2e.", ".%2E", "..;", "..;x", "..;x=y", ".;", ".;x", "%2e%2e;", "..%3b", "..%3Bx", "..%00",
             "..%09", "..%0a", "..%0d%0a", "..%1f", "..%7f", ".%00", "%2e%2e%00.html"):
    dots.case(f"/foo/{text}", get(f"/foo/{text}"), refused(400))
    dots.case(f"/foo/{text}/x", get(f"/foo/{text}/x"), refused(400))
for target in ("/foo/x/..", "/foo/x/../y", "/foo/x/../../bar/x", "/foo/x/./y", "/foo/x/.", "/..", "/.", "/../foo/x", "/./foo/x", "/foo/../bar/x", "/foo/../foo/x",
               "/foo/x%2f..%2fy", "/foo/x%2f..", "/foo/x%2F%2e%2e%2fy", "/foo/..%2fbar/x", "/foo/x\\..\\y", "/foo/x\\..", "/foo/..\\bar", "/foo/x%5c..%5cy",
               "/foo/x%5C..", "/foo/x/..\\y", "/foo/x\\../y", "/foo/..%5cbar", "/foo/x/%2e%2e%2fbar", "/foo/x/..?y", "/foo/x/..;a=b/y?z", "/foo//../bar",
               "/foo/x//..", "/foo/..//", "/%2e%2e/foo/x", "/%2e/foo/x", "/nobody/../foo/x", "/-/../foo/x", "/foo/../../../etc/passwd"):
    dots.case(target, get(target), refused(400))
dots.case("in absolute form", get("http://h/foo/../bar/x"), refused(400))
dots.case("in absolute form, encoded", get("http://h/foo/%2e%2e/bar/x"), refused(400))
dots.case("as the first segment of absolute form", get("http://h/../foo/x"), refused(400))

slashes = Group("disguised slashes")
for target in ("/foo\\", "/foo\\x", "/foo\\x/y", "/\\foo/x", "/foo%5cx", "/foo%5Cx/y", "/%5cfoo/x", "/foo%2fx", "/foo%2Fx/y", "/%2ffoo/x", "/%2f", "/foo%00/x", "/foo%00",
               "/%00foo/x", "/foo/%2f", "/foo/%2fbar", "/foo/%2Fx", "/foo/\\x", "/foo/\\", "/foo/%5cx", "/foo/%5C", "/foo/%00", "/foo/%00x", "\\foo\\x"):
    slashes.case(target, get(target), refused(400))

bytes_ = Group("bytes of a target")
for number in list(range(1, 9)) + [0x0b, 0x0c, 0x1b, 0x1f, 0x7f, 0, 0x80, 0xa0, 0xc3, 0xe9, 0xff]:
    bytes_.case(f"byte {number:#04x} in the path", get(f"/foo/x{chr(number)}y"), refused(400))
for number in (0, 1, 0x1f, 0x7f, 0x80, 0xff):
    bytes_.case(f"byte {number:#04x} in the query", get(f"/foo/x?y{chr(number)}z"), refused(400))
bytes_.case("a fragment", get("/foo/x#y"), refused(400))
bytes_.case("a fragment in the query", get("/foo/x?y#z"), refused(400))

forms = Group("target forms")
for target, host in {"http://other/foo/x": "other", "http://other:8080/foo/x": "other:8080", "HTTP://other/foo/x": "other", "http://OTHER/foo/x": "OTHER",
                     "http://1.2.3.4/foo/x": "1.2.3.4", "http://[::1]:80/foo/x": "[::1]:80", "https://other/foo/x": "other"}.items():
    forms.case(f"{target}: its authority is the Host", get(target), forwarded(has={"Host": host}))
forms.case("absolute form with a query", get("http://other/foo/x?y"), forwarded(target="/x?y", has={"Host": "other"}))
forms.case("absolute form, Host agrees", request("GET http://h/foo/x HTTP/1.1"), forwarded(has={"Host": "h"}))
forms.case("absolute form without Host", b"GET http://h/foo/x HTTP/1.1\r\n\r\n", refused(400))
forms.case("absolute form with two Hosts", request("GET http://h/foo/x HTTP/1.1", HOST), refused(400))
forms.case("absolute form without a path", get("http://h"), by_gateway(200), ours=True)
forms.case("absolute form with a query only", get("http://h?/foo/x"), by_gateway(200), ours=True)
for target in ("foo/x", "h/foo/x", "h:80", "?x", "ftp://h/foo/x", "file:///foo/x", "http:/foo/x", "http:foo/x", "http://", "http:///foo/x", "http://u@h/foo/x",
               "http://u:p@h/foo/x", "http://h:99999/foo/x", "http://h:x/foo/x", "http://h h/foo/x", "http://[::1/foo/x", "http://h\\foo/x", "ws://h/foo/x",
               "**", "*/foo", "http//h/foo/x", "://h/foo/x", "javascript:x"):
    forms.case(f"{target} is refused", get(target), refused(400))

GROUPS = [routing, errors, dots, slashes, bytes_, forms]

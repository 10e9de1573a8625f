"""Fields: their syntax, Host, and the limits of a head. RFC 9110 section 5, RFC 9112 section 5."""
from vocabulary import EOF, HOST, Group, forwarded, get, post, refused, request

syntax = Group("field syntax")
for name, text in {
    "a space before the colon": "X : y",
    "a tab before the colon": "X\t: y",
    "a space before the colon of Content-Length": "Content-Length : 5",
    "a space before the colon of Transfer-Encoding": "Transfer-Encoding : chunked",
    "no name": ": y",
    "no colon": "X",
    "no colon, a space": "X y",
    "an empty name behind a space": " : y",
    "a space within the name": "X Y: z",
    "a control byte in the name": "X\x01: y",
    "NUL in the name": "X\0: y",
    "DEL in the name": "X\x7f: y",
    "an 8-bit byte in the name": "X\xe9: y",
    "a non-breaking space in the name": "X\xa0: y",
    "a parenthesis in the name": "X(y): z",
    "a slash in the name": "X/y: z",
    "a comma in the name": "X,y: z",
    "a quotation mark in the name": '"X": y',
    "a brace in the name": "X{}: y",
    "at signs in the name": "X@y: z",
    "brackets in the name": "[X]: y",
    "an equals sign instead of the colon": "X= y",
    "NUL in the value": "X: y\0z",
    "NUL at the value's end": "X: y\0",
    "a control byte in the value": "X: y\x01z",
    "an escape byte in the value": "X: y\x1bz",
    "a backspace in the value": "X: y\x08z",
    "a form feed in the value": "X: y\fz",
    "a vertical tab in the value": "X: y\vz",
    "DEL in the value": "X: y\x7fz",
    "a bare CR in the value": "X: y\rz",
    "a bare CR at the value's end": "X: y\r",
    "CR and a name in the value": "X: y\rContent-Length: 5",
    "a bare LF in the value": "X: y\nz",
    "a bare LF and a field": "X: y\nY: z",
    "LF CR": "X: y\n\rY: z",
    "obs-fold with a space": "X: y\r\n z",
    "obs-fold with a tab": "X: y\r\n\tz",
    "obs-fold of an empty value": "X:\r\n y",
    "obs-fold that holds a field": "X: y\r\n Content-Length: 5",
    "obs-fold with white space only": "X: y\r\n \r\nY: z",
}.items():
    syntax.case(name, get("/foo/x", text), refused(400))
for lead in (" ", "\t"):
    syntax.case(f"white space {lead!r} before the first field", f"GET /foo/x HTTP/1.1\r\n{lead}{HOST}\r\n\r\n", refused(400))
    syntax.case(f"a line of {lead!r} alone after the request line", f"GET /foo/x HTTP/1.1\r\n{lead}\r\n{HOST}\r\n\r\n", refused(400))
syntax.case("a bare LF ends the head", f"GET /foo/x HTTP/1.1\r\n{HOST}\r\n\n", refused(400))
syntax.case("LF LF ends the head", f"GET /foo/x HTTP/1.1\r\n{HOST}\n\n", refused(400))
syntax.case("CR CR LF ends a field", f"GET /foo/x HTTP/1.1\r\n{HOST}\r\r\n\r\n", refused(400))
syntax.case("CR at the head's end without LF", f"GET /foo/x HTTP/1.1\r\n{HOST}\r\n\rx", refused(400))
for name, text, value in (
    ("no space after the colon", "X-A:y", "y"), ("many spaces after the colon", "X-A:     y", "y"), ("a tab after the colon", "X-A:\ty", "y"),
    ("white space behind the value", "X-A: y \t ", "y"), ("an empty value", "X-A:", ""), ("a value of white space", "X-A: \t ", ""),
    ("a tab within the value", "X-A: y\tz", "y\tz"), ("8-bit bytes in the value", "X-A: \xe9\xff\x80", "\xe9\xff\x80"),
    ("a colon in the value", "X-A: y: z", "y: z"), ("quotation marks", 'X-A: "y\\"z"', '"y\\"z"'), ("a value of 8000 bytes", "X-A: " + "y" * 8000, "y" * 8000),
    ("a request in the value", "X-A: GET /bar HTTP/1.1", "GET /bar HTTP/1.1"),
):
    syntax.case(f"{name} is fine", get("/foo/x", text), forwarded(has={"X-A": value}))
for name in ("X!", "X#$%&'*+-.^`|~", "x", "1", "a-b", "X" * 200):
    syntax.case(f"{name[:20]} is a name", get("/foo/x", f"{name}: y"), forwarded(has={name: "y"}))
syntax.case("one field twice stays two, in order", get("/foo/x", "X-A: 1", "X-B: 2", "X-A: 3"), forwarded(has={"X-A": ("1", "3"), "X-B": "2"}))
syntax.case("the head in two writes within a name", [get("/foo/x", "X-Abc: y")[:35], get("/foo/x", "X-Abc: y")[35:]], forwarded(has={"X-Abc": "y"}))
syntax.case("the head cut between CR and LF", [get()[:-3], get()[-3:]], forwarded())
syntax.case("the head cut before its last LF", [get()[:-1], get()[-1:]], forwarded())
syntax.case("nothing is read behind a refused head", get("/foo/x", "X : y") + get(), refused(400))

host = Group("Host")
host.case("none", b"GET /foo/x HTTP/1.1\r\n\r\n", refused(400))
host.case("none, but others", b"GET /foo/x HTTP/1.1\r\nX-Forwarded-Host: h\r\n\r\n", refused(400))
host.case("two that differ", get("/foo/x", "Host: i"), refused(400))
host.case("two that agree", get("/foo/x", HOST), refused(400))
host.case("a second in other letters", get("/foo/x", "HOST: h"), refused(400))
for value in ("", " ", "a b", "a,b", "a, b", "a/b", "a?b", "a#b", "u@h", "h:", "h:80:80", "h:x", "h:-1", "h:65536", "h:99999999", "h: 80", ":80", "[::1", "::1", "[x]",
              "[]", "[::1]x", "h\\i", "h%", "h%2", "h%zz", "http://h", "h;i", "h\xe9", "h'i", "(h)", "h=i", "<h>", "h^", "h|i", "h\ti", "\"h\"", "h:+80", "a" * 256):
    if value == "h:":
        host.case("an empty port is none", f"GET /foo/x HTTP/1.1\r\nHost: {value}\r\n\r\n", forwarded(has={"Host": "h:"}))
    else:
        host.case(f"{value[:20]!r} is none", f"GET /foo/x HTTP/1.1\r\nHost: {value}\r\n\r\n", refused(400))
for value in ("h", "h:80", "shop.example", "a-b.c_d", "1.2.3.4:9000", "[::1]", "[::1]:80", "[::ffff:1.2.3.4]", "xn--bcher-kva.example", "H", "h.", "h%20i", "a" * 255):
    host.case(f"{value[:24]} is passed on", f"GET /foo/x HTTP/1.1\r\nHost: {value}\r\n\r\n", forwarded(has={"Host": value}))
host.case("white space around it is not part of it", b"GET /foo/x HTTP/1.1\r\nHost: \t h \t\r\n\r\n", forwarded(has={"Host": "h"}))
host.case("it may be the last field", b"GET /foo/x HTTP/1.1\r\nX-A: y\r\nhost: h\r\n\r\n", forwarded(has={"Host": "h", "X-A": "y"}))

limits = Group("limits", ours=True)
fixed = len("GET /foo/ HTTP/1.1")
limits.case("a request line of 8 KiB", get("/foo/" + "x" * (8192 - fixed)), forwarded(target="/" + "x" * (8192 - fixed)))
limits.case("a request line of 8 KiB and a byte", get("/foo/" + "x" * (8193 - fixed)), refused(414))
limits.case("a request line of 15 KiB", get("/foo/" + "x" * 15000), refused(414))
limits.case("a request line of 20 KiB", get("/foo/" + "x" * 20000), refused(414))
limits.case("a request line that does not end", "GET /foo/" + "x" * 20000, refused(414))
limits.case("a request line that does not end, and the client's end", ["GET /foo/" + "x" * 9000, EOF], refused(414))
limits.case("a method that does not end", "A" * 20000, refused(414))
overhead = len(get("/foo/x", "X-A: "))
limits.case("a head of 16 KiB", get("/foo/x", "X-A: " + "y" * (16384 - overhead)), forwarded(has={"X-A": "y" * (16384 - overhead)}))
limits.case("a head of 16 KiB and a byte", get("/foo/x", "X-A: " + "y" * (16385 - overhead)), refused(431))
limits.case("a head of 40 KiB", get("/foo/x", "X-A: " + "y" * 40000), refused(431))
limits.case("a head that does not end", f"GET /foo/x HTTP/1.1\r\n{HOST}\r\n" + "X-A: y\r\n" * 90 + "X-B: " + "y" * 17000, refused(431))
limits.case("a name that does not end", f"GET /foo/x HTTP/1.1\r\n{HOST}\r\n" + "y" * 17000, refused(431))
limits.case("100 fields", get("/foo/x", *(f"X-{i}: y" for i in range(99))), forwarded(has={"X-98": "y"}))
limits.case("101 fields", get("/foo/x", *(f"X-{i}: y" for i in range(100))), refused(431))
limits.case("5000 short fields", get("/foo/x", *("a:" for i in range(5000))), refused(431))
limits.case("a body that is announced too large", request("POST /foo/x HTTP/1.1", "Content-Length: 16777217", body="x"), refused(413))
limits.case("a body far too large", request("POST /foo/x HTTP/1.1", "Content-Length: 999999999999999999", body="x"), refused(413))
limits.case("a body too large, with Expect", request("POST /foo/x HTTP/1.1", "Content-Length: 16777217", "Expect: 100-continue"), refused(413))
limits.case("many empty lines before a request", b"\r\n" * 3 + get(), refused(400))
limits.case("a large body within the limit", post("x" * 300000), forwarded("POST", body="x" * 300000))

GROUPS = [syntax, host, limits]

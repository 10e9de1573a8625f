"""How long a request's body is, and the ways to lie about it. RFC 9112 sections 6 and 7."""
from vocabulary import ANSWER, ASKED, EOF, Answer, Arrived, Group, Outcome, chunked, forwarded, get, post, raw, refused, reply, request

EVIL = "GET /foo/evil HTTP/1.1\r\nHost: h\r\n\r\n"

length = Group("Content-Length")
for value in ("-1", "+3", "3.0", "0x3", "3 3", "3,3", "3, 3", "3;3", "", " ", "x", "3x", "x3", "\"3\"", "1e1", "3_0", "٣".encode().decode("latin-1"), "18446744073709551616",
              "18446744073709551619", "9223372036854775808", "99999999999999999999999", "0" * 30 + "3", "-0", "3\t3", "¹"):
    length.case(f"{value[:24]!r}", request("POST /foo/x HTTP/1.1", f"Content-Length: {value}", body="abc" + EVIL), refused(400))
length.case("twice, equal", request("POST /foo/x HTTP/1.1", "Content-Length: 3", "Content-Length: 3", body="abc"), refused(400))
length.case("twice, different", request("POST /foo/x HTTP/1.1", "Content-Length: 3", "Content-Length: 0", body="abc"), refused(400))
length.case("twice, the second empty", request("POST /foo/x HTTP/1.1", "Content-Length: 3", "Content-Length:", body="abc"), refused(400))
length.case("twice, in other letters", request("POST /foo/x HTTP/1.1", "Content-Length: 3", "CONTENT-LENGTH: 30", body="abc"), refused(400))
length.case("three times", request("POST /foo/x HTTP/1.1", *["Content-Length: 3"] * 3, body="abc"), refused(400))
length.case("beside one with an underscore", request("POST /foo/x HTTP/1.1", "Content-Length: 3", "Content_Length: 30", body="abc"),
            forwarded("POST", body="abc", lacks=["Content_Length"]))
length.case("leading zeros", request("POST /foo/x HTTP/1.1", "Content-Length: 003", body="abc"), forwarded("POST", body="abc", has={"Content-Length": "3"}))
length.case("white space around it", request("POST /foo/x HTTP/1.1", "Content-Length: \t3 ", body="abc"), forwarded("POST", body="abc", has={"Content-Length": "3"}))
length.case("in small letters", request("POST /foo/x HTTP/1.1", "content-length: 3", body="abc"), forwarded("POST", body="abc"))
length.case("0 with a request behind", request("POST /foo/x HTTP/1.1", "Content-Length: 0") + get("/foo/y"),
            Outcome([Answer(200), Answer(200)], "keep", [Arrived("POST"), Arrived("GET", "/y")]))
length.case("a body that looks like a request", post(EVIL), forwarded("POST", body=EVIL))
length.case("a GET's body that looks like a request", request("GET /foo/x HTTP/1.1", f"Content-Length: {len(EVIL)}", body=EVIL), forwarded("GET", body=EVIL))
length.case("a body with NUL and 8-bit bytes", post("\0\xff\r\n\r\n\x80"), forwarded("POST", body="\0\xff\r\n\r\n\x80"))
length.case("the body byte by byte", [request("POST /foo/x HTTP/1.1", "Content-Length: 3"), "a", "b", "c"], forwarded("POST", body="abc"))
length.case("head and body apart, the worker asked first", [request("POST /foo/x HTTP/1.1", "Content-Length: 3"), ASKED, "abc"], forwarded("POST", body="abc"))
length.case("a body that ends early", [request("POST /foo/x HTTP/1.1", "Content-Length: 10", body="abc"), EOF],
            Outcome([Answer(400)], "close", [Arrived("POST", body=b"abc", whole=False)]))
length.case("a body that never begins", [request("POST /foo/x HTTP/1.1", "Content-Length: 10"), ASKED, EOF],
            Outcome([Answer(400)], "close", [Arrived("POST", body=b"", whole=False)]))

both = Group("Content-Length and Transfer-Encoding")
for name, fields in {
    "the length first": ("Content-Length: 5", "Transfer-Encoding: chunked"),
    "the coding first": ("Transfer-Encoding: chunked", "Content-Length: 5"),
    "length 0": ("Content-Length: 0", "Transfer-Encoding: chunked"),
    "an invalid length": ("Content-Length: x", "Transfer-Encoding: chunked"),
    "an empty length": ("Content-Length:", "Transfer-Encoding: chunked"),
    "two lengths": ("Content-Length: 5", "Content-Length: 6", "Transfer-Encoding: chunked"),
    "identity": ("Content-Length: 5", "Transfer-Encoding: identity"),
    "an unknown coding": ("Content-Length: 5", "Transfer-Encoding: x"),
    "an empty coding": ("Content-Length: 5", "Transfer-Encoding:"),
    "in small letters": ("content-length: 5", "transfer-encoding: chunked"),
}.items():
    both.case(name, request("POST /foo/x HTTP/1.1", *fields, body="0\r\n\r\n" + EVIL), refused(400))
both.case("in HTTP/1.0", request("POST /foo/x HTTP/1.0", "Content-Length: 5", "Transfer-Encoding: chunked", body="0\r\n\r\n"), refused(400))

coding = Group("Transfer-Encoding")
for value in ("identity", "xchunked", "chunkedx", "x", "gzip", "deflate", "chunked, identity", "chunked, gzip", "chunked, chunked", "chunked,chunked", "\"chunked\"",
              "'chunked'", "chunked;q=1", "chunked; x", "chunked x", "", ",", "chunk", "chunked\\", "chunked/1", "[chunked]", "x=chunked", "chunked\x01", "\x0bchunked",
              "chunked\x0c", "chunked\0", "chunkéd", "chunked, ,x", "gzip chunked", "identity, chunked, identity"):
    coding.case(f"{value!r}", request("POST /foo/x HTTP/1.1", f"Transfer-Encoding: {value}", body="0\r\n\r\n" + EVIL), refused(400))
for value in ("gzip, chunked", "identity, chunked", "x, chunked", "deflate,gzip,chunked", "gzip;q=1, chunked"):
    coding.case(f"{value!r} is not known", request("POST /foo/x HTTP/1.1", f"Transfer-Encoding: {value}", body="0\r\n\r\n" + EVIL), refused(501))
coding.case("two fields that agree", request("POST /foo/x HTTP/1.1", *["Transfer-Encoding: chunked"] * 2, body="0\r\n\r\n" + EVIL), refused(400))
coding.case("two fields, identity first", request("POST /foo/x HTTP/1.1", "Transfer-Encoding: identity", "Transfer-Encoding: chunked", body="0\r\n\r\n"), refused(400))
coding.case("two fields, identity last", request("POST /foo/x HTTP/1.1", "Transfer-Encoding: chunked", "Transfer-Encoding: identity", body="0\r\n\r\n"), refused(400))
coding.case("folded", request("POST /foo/x HTTP/1.1", "Transfer-Encoding:\r\n chunked", body="0\r\n\r\n"), refused(400))
coding.case("in HTTP/1.0", request("POST /foo/x HTTP/1.0", "Transfer-Encoding: chunked", body="0\r\n\r\n"), refused(400))
coding.case("in HTTP/1.0 with keep-alive", request("POST /foo/x HTTP/1.0", "Transfer-Encoding: chunked", "Connection: keep-alive", body="0\r\n\r\n" + EVIL), refused(400))
for value in ("chunked", "Chunked", "CHUNKED", " chunked ", "\tchunked\t"):
    coding.case(f"{value!r} is one", request("POST /foo/x HTTP/1.1", f"Transfer-Encoding: {value}", body="3\r\nabc\r\n0\r\n\r\n"),
                forwarded("POST", body="abc", has={"Transfer-Encoding": "chunked"}, lacks=["Content-Length"]))
for value in (",chunked", "chunked,", " , chunked , "):
    coding.case(f"{value!r} has empty elements, which count for nothing", request("POST /foo/x HTTP/1.1", f"Transfer-Encoding: {value}", body="3\r\nabc\r\n0\r\n\r\n"),
                forwarded("POST", body="abc", has={"Transfer-Encoding": "chunked"}), ours=True)
coding.case("one with an underscore is none", request("POST /foo/x HTTP/1.1", "Transfer_Encoding: chunked", "Content-Length: 3", body="abc"),
            forwarded("POST", body="abc", lacks=["Transfer_Encoding"]))
coding.case("one with an underscore, and no body", get("/foo/x", "Transfer_Encoding: chunked"), forwarded(lacks=["Transfer_Encoding"]))
coding.case("GET with a chunked body", request("GET /foo/x HTTP/1.1", "Transfer-Encoding: chunked", body="3\r\nabc\r\n0\r\n\r\n"), forwarded("GET", body="abc"))

# The worker sees the chunks as they come: what breaks later has arrived, but never as a whole body.
chunks = Group("chunks")
for name, body in (
    ("a size that is none", "x\r\nabc\r\n0\r\n\r\n"),
    ("no size", "\r\nabc\r\n0\r\n\r\n"),
    ("a size with 0x", "0x3\r\nabc\r\n0\r\n\r\n"),
    ("a negative size", "-3\r\nabc\r\n0\r\n\r\n"),
    ("a size with a plus", "+3\r\nabc\r\n0\r\n\r\n"),
    ("a space before the size", " 3\r\nabc\r\n0\r\n\r\n"),
    ("a space behind the size", "3 \r\nabc\r\n0\r\n\r\n"),
    ("a tab behind the size", "3\t\r\nabc\r\n0\r\n\r\n"),
    ("an underscore in the size", "1_0\r\nabc\r\n0\r\n\r\n"),
    ("a comma in the size", "3,3\r\nabc\r\n0\r\n\r\n"),
    ("a point in the size", "3.0\r\nabc\r\n0\r\n\r\n"),
    ("a size of 2^64", "10000000000000000\r\nabc\r\n0\r\n\r\n"),
    ("a size of 2^64 + 3", "10000000000000003\r\nabc\r\n0\r\n\r\n"),
    ("a size of 2^63", "8000000000000000\r\nabc"),
    ("a size of 40 digits", "f" * 40 + "\r\nabc\r\n0\r\n\r\n"),
    ("a size of 40 zeros and 3", "0" * 40 + "3\r\nabc\r\n0\r\n\r\n"),
    ("a bare LF after the size", "3\nabc\r\n0\r\n\r\n"),
    ("a bare CR after the size", "3\rabc\r\n0\r\n\r\n"),
    ("CR CR LF after the size", "3\r\r\nabc\r\n0\r\n\r\n"),
    ("a bare LF after the data", "3\r\nabc\n0\r\n\r\n"),
    ("no CRLF after the data", "3\r\nabc0\r\n\r\n"),
    ("more data than the size says", "3\r\nabcd\r\n0\r\n\r\n"),
    ("less data than the size says", "4\r\nabc\r\n0\r\n\r\n"),
    ("two bytes of anything instead of CRLF", "3\r\nabcXX0\r\n\r\n"),
    ("a bare LF after the last chunk's size", "0\n\r\n"),
    ("a bare LF at the end", "0\r\n\n"),
    ("a bare CR at the end", "0\r\n\rx"),
    ("an extension without a name", "3;\r\nabc\r\n0\r\n\r\n"),
    ("an extension with a space in its name", "3;x y\r\nabc\r\n0\r\n\r\n"),
    ("an extension without a value", "3;x=\r\nabc\r\n0\r\n\r\n"),
    ("an extension with an open quotation", "3;x=\"y\r\nabc\r\n0\r\n\r\n"),
    ("an extension with a bare LF", "3;x=y\nabc\r\n0\r\n\r\n"),
    ("an extension with a LF in quotation", "3;x=\"\n\"\r\nabc\r\n0\r\n\r\n"),
    ("an extension with a bare CR", "3;x=\ry\r\nabc\r\n0\r\n\r\n"),
    ("an extension with NUL", "3;x=\0\r\nabc\r\n0\r\n\r\n"),
    ("an extension with bytes behind its quotation", "3;x=\"y\"z\r\nabc\r\n0\r\n\r\n"),
    ("extensions of 10 KiB", "3;" + "x" * 10000 + "\r\nabc\r\n0\r\n\r\n"),
    ("extensions of 10 KiB in many chunks", ("1;" + "x" * 100 + "\r\na\r\n") * 100 + "0\r\n\r\n"),
    ("a trailer without a colon", "0\r\nX\r\n\r\n"),
    ("a trailer with a space before the colon", "0\r\nX : y\r\n\r\n"),
    ("a trailer without a name", "0\r\n: y\r\n\r\n"),
    ("a folded trailer", "0\r\nX: y\r\n z\r\n\r\n"),
    ("a trailer with NUL", "0\r\nX: \0\r\n\r\n"),
    ("a trailer with a bare LF", "0\r\nX: y\n\r\n"),
    ("trailers of 10 KiB", "0\r\nX: " + "y" * 10000 + "\r\n\r\n"),
    ("many trailers", "0\r\n" + "X: y\r\n" * 2000 + "\r\n"),
):
    chunks.case(name, chunked(body + EVIL), Outcome([Answer(400)], "close", [Arrived("POST", body=None, whole=False)]))
for name, body, whole in (
    ("none but the last", "0\r\n\r\n", ""), ("one", "3\r\nabc\r\n0\r\n\r\n", "abc"), ("several", "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc"),
    ("a size in small hex", "a\r\n0123456789\r\n0\r\n\r\n", "0123456789"), ("a size in large hex", "A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
    ("leading zeros", "0003\r\nabc\r\n000\r\n\r\n", "abc"), ("CRLF in the data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"),
    ("chunks in a chunk", "5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n"),
    ("an extension", "3;x\r\nabc\r\n0\r\n\r\n", "abc"), ("an extension with a value", "3;x=y\r\nabc\r\n0\r\n\r\n", "abc"),
    ("an extension in quotation", "3;x=\"y z\"\r\nabc\r\n0\r\n\r\n", "abc"), ("an escaped quotation mark", "3;x=\"\\\"\"\r\nabc\r\n0\r\n\r\n", "abc"),
    ("several extensions", "3;x;y=z;w=\"v\"\r\nabc\r\n0\r\n\r\n", "abc"), ("an extension of the last chunk", "3\r\nabc\r\n0;x=y\r\n\r\n", "abc"),
    ("an extension that looks like a chunk", "3;x=\"0\"\r\nabc\r\n0\r\n\r\n", "abc"),
    ("large ones", "4000\r\n" + "x" * 0x4000 + "\r\n4000\r\n" + "y" * 0x4000 + "\r\n0\r\n\r\n", "x" * 0x4000 + "y" * 0x4000),
    ("a thousand of one byte", "1\r\na\r\n" * 1000 + "0\r\n\r\n", "a" * 1000), ("one that looks like a request", f"{len(EVIL):x}\r\n{EVIL}\r\n0\r\n\r\n", EVIL),
):
    chunks.case(f"{name}: fine", chunked(body), forwarded("POST", body=whole))
chunks.case("cut at every byte", [request("POST /foo/x HTTP/1.1", "Transfer-Encoding: chunked")] + list("3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n"),
            forwarded("POST", body="abcde"))
chunks.case("a trailer is dropped", chunked("3\r\nabc\r\n0\r\nX-A: y\r\n\r\n", "Trailer: X-A"), forwarded("POST", body="abc", lacks=["X-A", "Trailer"]))
for name in ("Content-Length: 99", "Transfer-Encoding: x", "Host: evil", "Cookie: evil", "X-Forwarded-For: evil"):
    chunks.case(f"a trailer {name} is not merged", chunked(f"3\r\nabc\r\n0\r\n{name}\r\n\r\n"), forwarded("POST", body="abc", has={"Host": "h"}, lacks=["Cookie", "Content-Length"]))
chunks.case("with a request behind", chunked("3\r\nabc\r\n0\r\n\r\n") + get("/foo/y"), Outcome([Answer(200), Answer(200)], "keep", [Arrived("POST", body=b"abc"), Arrived("GET", "/y")]))
chunks.case("bytes behind the last one are the next request", chunked("0\r\n\r\nX\r\n\r\n"), Outcome([Answer(200), Answer(400)], "close", [Arrived("POST")]))
for cut in ("", "3", "3\r", "3\r\n", "3\r\nab", "3\r\nabc", "3\r\nabc\r\n", "3\r\nabc\r\n0", "3\r\nabc\r\n0\r\n", "3\r\nabc\r\n0\r\n\r", "3\r\nabc\r\n0\r\nX: y\r\n"):
    chunks.case(f"the client's end after {cut!r}", [chunked(cut), ASKED, EOF], Outcome([Answer(400)], "close", [Arrived("POST", body=None, whole=False)]))

smuggling = Group("smuggling")
for name, fields, body in (
    ("CL.TE", ("Content-Length: 6", "Transfer-Encoding: chunked"), "0\r\n\r\nG"),
    ("TE.CL", ("Transfer-Encoding: chunked", "Content-Length: 4"), f"{len(EVIL):x}\r\n{EVIL}\r\n0\r\n\r\n"),
    ("TE.TE, a second one unknown", ("Transfer-Encoding: chunked", "Transfer-Encoding: cow"), "5c\r\n" + EVIL),
    ("TE.TE, xchunked", ("Transfer-Encoding: xchunked", "Content-Length: 3"), "0\r\n\r\n"),
    ("TE behind a space in the name", ("Transfer-Encoding : chunked", "Content-Length: 3"), "0\r\n\r\n"),
    ("TE behind a space in front", (" Transfer-Encoding: chunked", "Content-Length: 3"), "0\r\n\r\n"),
    ("TE behind a bare LF", ("X: y\nTransfer-Encoding: chunked", "Content-Length: 3"), "0\r\n\r\n"),
    ("TE behind a bare CR", ("X: y\rTransfer-Encoding: chunked", "Content-Length: 3"), "0\r\n\r\n"),
    ("TE on a folded line", ("X: y\r\n Transfer-Encoding: chunked", "Content-Length: 3"), "0\r\n\r\n"),
    ("TE folded", ("Transfer-Encoding:\r\n chunked", "Content-Length: 3"), "0\r\n\r\n"),
    ("TE with a vertical tab", ("Transfer-Encoding:\x0bchunked", "Content-Length: 3"), "0\r\n\r\n"),
    ("TE with NUL in its name", ("Transfer-Encoding\0: chunked", "Content-Length: 3"), "0\r\n\r\n"),
    ("TE with CR in its name", ("Transfer-Encoding\r: chunked", "Content-Length: 3"), "0\r\n\r\n"),
    ("CL with a bare CR", ("Content-Length: 3\r", "Content-Length: 0"), "abc"),
    ("CL in two lines", ("Content-Length: 3\r\n 0",), "abc"),
    ("CL behind a bare LF", ("X: y\nContent-Length: 3",), "abc"),
    ("a second request line behind LF LF", ("X: y\n\nGET /foo/evil HTTP/1.1",), ""),
    ("CL with a comma", ("Content-Length: 0, 3",), "abc"),
    ("CL behind 8-bit white space", ("Content-Length:\xa03",), "abc"),
    ("CL with a plus", ("Content-Length: +0",), EVIL),
):
    smuggling.case(name, request("POST /foo/x HTTP/1.1", *fields, body=body), refused(400))
smuggling.case("a GET without length and a request where its body would be", get("/foo/x") + raw(EVIL),
               Outcome([Answer(200), Answer(200)], "keep", [Arrived(), Arrived("GET", "/evil")]))
smuggling.case("a refused request's body is no request", request("POST /foo/../x HTTP/1.1", f"Content-Length: {len(EVIL)}", body=EVIL), refused(400))
smuggling.case("an unknown tenant's body is no request", request("POST /nobody HTTP/1.1", f"Content-Length: {len(EVIL)}", body=EVIL), refused(404), ours=True)
smuggling.case("TRACE's body is no request", request("TRACE /foo/x HTTP/1.1", f"Content-Length: {len(EVIL)}", body=EVIL), refused(405))
smuggling.case("a body behind an early answer is no request", [request("POST /foo/x HTTP/1.1", f"Content-Length: {len(EVIL)}"), ANSWER, EVIL],
               Outcome([Answer(403)], "close", [Arrived("POST", body=None, whole=False)]), worker=[reply("403 No")])
smuggling.case("the rest of a body behind an early answer is no request",
               [request("POST /foo/x HTTP/1.1", f"Content-Length: {len(EVIL) + 3}", body="abc"), ANSWER, EVIL],
               Outcome([Answer(403)], "close", [Arrived("POST", body=None, whole=False)]), worker=[reply("403 No")])

GROUPS = [length, both, coding, chunks, smuggling]

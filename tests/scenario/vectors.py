"""Malformed and ambiguous HTTP, byte by byte, and what has to become of it.

A row is a name, the bytes, and the answers that have to come: of the gateway alone, and behind nginx where that is
different. Behind each the follower is sent, a plain request on the same connection. "404 200" means that the request
was understood as one (there is nothing at its path) and the follower was answered too; "400", that it was refused, and
the connection closed before the follower was looked at; "404", that it was answered and the connection closed; "", that
the connection ended without an answer. Whatever is not written here is a fault: a 5xx, one answer more, a byte behind
the last answer, a connection that stays open.
"""

FOLLOWER = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
HOST = b"Host: localhost"
CHUNKED = b"Transfer-Encoding: chunked"


def head(line=b"GET /none HTTP/1.1", *headers, host=HOST):
    """A head with these header lines behind Host."""
    return b"\r\n".join([line, *([host] if host else []), *headers, b"", b""])


def get(*headers):
    return head(b"GET /none HTTP/1.1", *headers)


def post(*headers, body=b""):
    return head(b"POST /none HTTP/1.1", *headers) + body


def chunks(body):
    return post(CHUNKED, body=body)


REQUEST_LINES = [
    ("plain", get(), "404 200"),
    ("two blanks before the target", head(b"GET  /none HTTP/1.1"), "400", "404 200"),
    ("two blanks before the version", head(b"GET /none  HTTP/1.1"), "400", "404 200"),
    ("a tab for a blank", head(b"GET\t/none HTTP/1.1"), "400"),
    ("a blank before the method", head(b" GET /none HTTP/1.1"), "", "400"),
    ("a blank at the end", head(b"GET /none HTTP/1.1 "), "400", "404 200"),
    ("a word too many", head(b"GET /none HTTP/1.1 x"), "400"),
    ("no version", head(b"GET /none"), "400", ""),
    ("version 0.9", head(b"GET /none HTTP/0.9"), "400"),
    ("version 1.0", head(b"GET /none HTTP/1.0"), "404"),
    ("version 1.2", head(b"GET /none HTTP/1.2"), "400", ""),
    ("version 1.10", head(b"GET /none HTTP/1.10"), "400", ""),
    ("version 2.0", head(b"GET /none HTTP/2.0"), "400"),
    ("version 11", head(b"GET /none HTTP/11"), "400"),
    ("a version in small letters", head(b"GET /none http/1.1"), "400"),
    ("another protocol", head(b"GET /none ICY/1.1"), "400"),
    ("a method in small letters", head(b"get /none HTTP/1.1"), "404 200", "400"),
    ("a method that is no token", head(b"GE(T /none HTTP/1.1"), "400"),
    ("an unknown method", head(b"SMUGGLE /none HTTP/1.1"), "404 200"),
    ("a method without end", head(b"G" * 3000 + b" /none HTTP/1.1"), "404 200"),
    ("TRACE", head(b"TRACE /none HTTP/1.1"), "404 200", "405"),
    ("CONNECT", head(b"CONNECT localhost:80 HTTP/1.1"), "400"),
    ("OPTIONS of all", head(b"OPTIONS * HTTP/1.1"), "400"),
    ("an absolute target", head(b"GET http://localhost/none HTTP/1.1"), "400", "404 200"),
    ("an absolute target of another host", head(b"GET http://other.example/none HTTP/1.1"), "400", "421 200"),
    ("a target without a slash", head(b"GET none HTTP/1.1"), "400"),
    ("an empty target", head(b"GET  HTTP/1.1"), "400"),
    ("a target with a fragment", head(b"GET /none#part HTTP/1.1"), "400", "400 200"),
    ("a target with a control character", head(b"GET /no\x01ne HTTP/1.1"), "400"),
    ("a target with a NUL", head(b"GET /no\0ne HTTP/1.1"), "400"),
    ("a target with raw UTF-8", head("GET /nöne HTTP/1.1".encode()), "400", "400 200"),
    ("a target with an encoded NUL", head(b"GET /no%00ne HTTP/1.1"), "404 200", "400"),
    ("a target with a broken escape", head(b"GET /no%zzne HTTP/1.1"), "404 200", "400"),
    ("a target that climbs", head(b"GET /../../etc/passwd HTTP/1.1"), "404 200", "400"),
    ("a target of 9,000 bytes", head(b"GET /" + b"x" * 9000 + b" HTTP/1.1"), "414", "414 200"),
    ("a target of 40,000 bytes", head(b"GET /" + b"x" * 40000 + b" HTTP/1.1"), "414"),
    ("a line that ends with LF", b"GET /none HTTP/1.1\n" + HOST + b"\r\n\r\n", "400", "404 200"),
    ("a line that ends with CR", b"GET /none HTTP/1.1\r" + HOST + b"\r\n\r\n", "400"),
    ("empty lines before it", b"\r\n\r\n" + get(), "404 200"),
]

HOSTS = [
    ("no host", head(host=None), "400"),
    ("two hosts alike", get(HOST), "400"),
    ("two hosts", get(b"Host: other.example"), "400"),
    ("two hosts in other letters", get(b"hOST: other.example"), "400"),
    ("a host with a blank before the colon", head(host=b"Host : localhost"), "400"),
    ("no host, by HTTP/1.0", head(b"GET /none HTTP/1.0", host=None), "404"),
    ("a host on the next line", b"GET /none HTTP/1.1\r\nHost:\r\n localhost\r\n\r\n", "400"),
]

LENGTHS = [
    ("a length and its body", post(b"Content-Length: 2", body=b"{}"), "404 200"),
    ("a GET with a body", get(b"Content-Length: 2") + b"{}", "404 200"),
    ("a body that is a request", post(b"Content-Length: %d" % len(FOLLOWER), body=FOLLOWER), "404 200"),
    ("leading zeros", post(b"Content-Length: 002", body=b"{}"), "404 200"),
    ("a negative length", post(b"Content-Length: -1"), "400"),
    ("a length with a plus", post(b"Content-Length: +2", body=b"{}"), "400"),
    ("a hexadecimal length", post(b"Content-Length: 0x2", body=b"{}"), "400"),
    ("a length with a fraction", post(b"Content-Length: 2.0", body=b"{}"), "400"),
    ("a length with an exponent", post(b"Content-Length: 2e0", body=b"{}"), "400"),
    ("a list of lengths alike", post(b"Content-Length: 2, 2", body=b"{}"), "400"),
    ("a list of lengths", post(b"Content-Length: 2,3", body=b"{}"), "400"),
    ("two numbers", post(b"Content-Length: 2 2", body=b"{}"), "400"),
    ("an empty length", post(b"Content-Length:"), "400"),
    ("a length of blanks", post(b"Content-Length:  \t"), "400"),
    ("a length and a semicolon", post(b"Content-Length: 2;", body=b"{}"), "400"),
    ("a length in other digits", post("Content-Length: ٢".encode(), body=b"{}"), "400"),
    ("a length and a NUL", post(b"Content-Length: 2\x003", body=b"{}"), "400"),
    ("a length of 2^64 + 2", post(b"Content-Length: 18446744073709551618", body=b"{}"), "413", "400"),
    ("a length without end", post(b"Content-Length: " + b"9" * 200), "413", "400"),
    ("a length beyond the largest body", post(b"Content-Length: 1048577"), "413"),
    ("two lengths alike", post(b"Content-Length: 2", b"Content-Length: 2", body=b"{}"), "400"),
    ("two lengths", post(b"Content-Length: 0", b"Content-Length: %d" % len(FOLLOWER)), "400"),
    ("two lengths in other letters", post(b"Content-Length: 2", b"content-LENGTH: 3", body=b"{}"), "400"),
    ("a length with a blank before the colon", post(b"Content-Length : 2", body=b"{}"), "400"),
    ("a length on the next line", post(b"Content-Length:", b" 2", body=b"{}"), "400"),
    ("a length behind LF", b"POST /none HTTP/1.1\r\n" + HOST + b"\r\nX: y\nContent-Length: 2\r\n\r\n{}", "400",
     "404 200"),
    ("a length behind CR", b"POST /none HTTP/1.1\r\n" + HOST + b"\r\nX: y\rContent-Length: 2\r\n\r\n", "400"),
    ("a length with an underscore", post(b"Content_Length: %d" % len(FOLLOWER)), "404 200"),
]

ENCODINGS = [
    ("chunks and their end", chunks(b"2\r\n{}\r\n0\r\n\r\n"), "404", "404 200"),
    ("Chunked in other letters", post(b"Transfer-Encoding: CHUNKED", body=b"0\r\n\r\n"), "404", "404 200"),
    ("a length and chunks", post(b"Content-Length: 6", CHUNKED, body=b"0\r\n\r\n"), "400"),
    ("chunks and a length", post(CHUNKED, b"Content-Length: 5", body=b"0\r\n\r\n"), "400"),
    ("chunks and a length of nothing", post(CHUNKED, b"Content-Length: 0", body=b"0\r\n\r\n"), "400"),
    ("two encodings alike", post(CHUNKED, CHUNKED, body=b"0\r\n\r\n"), "400"),
    ("two encodings", post(CHUNKED, b"Transfer-Encoding: identity", body=b"0\r\n\r\n"), "400"),
    ("an encoding twice in a list", post(b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"), "400"),
    ("gzip and chunks", post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), "400"),
    ("chunks and identity", post(b"Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n"), "400"),
    ("identity", post(b"Transfer-Encoding: identity", b"Content-Length: 2", body=b"{}"), "400"),
    ("an unknown encoding", post(b"Transfer-Encoding: cow"), "400"),
    ("nearly chunked", post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), "400"),
    ("chunked with a parameter", post(b"Transfer-Encoding: chunked;q=1", body=b"0\r\n\r\n"), "400"),
    ("chunked in quotes", post(b'Transfer-Encoding: "chunked"', body=b"0\r\n\r\n"), "400"),
    ("chunked behind a vertical tab", post(b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"), "400"),
    ("chunked before a vertical tab", post(b"Transfer-Encoding: chunked\x0b", body=b"0\r\n\r\n"), "400"),
    ("chunked before a NUL", post(b"Transfer-Encoding: chunked\0", body=b"0\r\n\r\n"), "400"),
    ("chunked before a blank", post(b"Transfer-Encoding: chunked ", body=b"0\r\n\r\n"), "400", "404 200"),
    ("an empty encoding", post(b"Transfer-Encoding:", body=b"0\r\n\r\n"), "400"),
    ("an encoding with a blank before the colon", post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"), "400"),
    ("an encoding on the next line", post(b"Transfer-Encoding:", b" chunked", body=b"0\r\n\r\n"), "400"),
    ("a length, and an encoding on the next line",
     post(b"Content-Length: 5", b"Transfer-Encoding:", b"\tchunked", body=b"0\r\n\r\n"), "400"),
    ("an encoding behind LF", b"POST /none HTTP/1.1\r\n" + HOST + b"\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "400", "404 200"),
    ("an encoding behind CR", b"POST /none HTTP/1.1\r\n" + HOST + b"\r\nX: y\rTransfer-Encoding: chunked\r\n\r\n", "400"),
    ("an encoding by HTTP/1.0", head(b"POST /none HTTP/1.0", CHUNKED) + b"0\r\n\r\n", "400"),
    ("an encoding with an underscore", post(b"Transfer_Encoding: chunked", b"Content-Length: 5", body=b"0\r\n\r\n"),
     "404 200"),
    ("an encoding of the connection's own", post(b"Connection: Transfer-Encoding", CHUNKED, body=b"0\r\n\r\n"), "404",
     "404 200"),
    ("a length of the connection's own", post(b"Connection: Content-Length", b"Content-Length: 2", body=b"{}"),
     "404 200"),
]

CHUNKS = [
    ("a size that is none", chunks(b"zz\r\n{}\r\n0\r\n\r\n"), "400"),
    ("a negative size", chunks(b"-2\r\n{}\r\n0\r\n\r\n"), "400"),
    ("a size with a plus", chunks(b"+2\r\n{}\r\n0\r\n\r\n"), "400"),
    ("a size with 0x", chunks(b"0x2\r\n{}\r\n0\r\n\r\n"), "400"),
    ("a blank before a size", chunks(b" 2\r\n{}\r\n0\r\n\r\n"), "400"),
    ("a blank behind a size", chunks(b"2 \r\n{}\r\n0\r\n\r\n"), "400", "404 200"),
    ("no size", chunks(b"\r\n{}\r\n0\r\n\r\n"), "400"),
    ("a size of 2^64", chunks(b"10000000000000000\r\n{}\r\n0\r\n\r\n"), "413", "400"),
    ("a size of 2^64 + 2", chunks(b"10000000000000002\r\n{}\r\n0\r\n\r\n"), "413", "400"),
    ("a size without end", chunks(b"f" * 100 + b"\r\n"), "413", "400"),
    ("zeros before a size", chunks(b"0000000000000000000002\r\n{}\r\n0\r\n\r\n"), "404", "404 200"),
    ("an extension", chunks(b"2;a=b\r\n{}\r\n0\r\n\r\n"), "404", "404 200"),
    ("an extension of 5,000 bytes", chunks(b"2;" + b"a" * 5000 + b"\r\n{}\r\n0\r\n\r\n"), "404", "404 200"),
    ("LF within an extension", chunks(b"2;a\nb\r\n{}\r\n0\r\n\r\n"), "400"),
    ("LF behind a size", chunks(b"2\n{}\r\n0\r\n\r\n"), "404", "404 200"),
    ("CR behind a size", chunks(b"2\r{}\r\n0\r\n\r\n"), "400"),
    ("two CR behind a size", chunks(b"2\r\r\n{}\r\n0\r\n\r\n"), "400"),
    ("LF behind data", chunks(b"2\r\n{}\n0\r\n\r\n"), "404", "404 200"),
    ("nothing behind data", chunks(b"2\r\n{}0\r\n\r\n"), "400"),
    ("more data than the size", chunks(b"1\r\n{}\r\n0\r\n\r\n"), "400"),
    ("less data than the size", chunks(b"8\r\n{}\r\n0\r\n\r\n"), "400"),
    ("no last chunk", chunks(b"2\r\n{}\r\n"), "400"),
    ("a last chunk of many zeros", chunks(b"2\r\n{}\r\n00000\r\n\r\n"), "404", "404 200"),
    ("a last chunk that ends with LF", chunks(b"0\n\n"), "404", "404 200"),
    ("a trailer", chunks(b"0\r\nX-Sum: 1\r\n\r\n"), "404", "404 200"),
    ("a trailer that is a length", chunks(b"0\r\nContent-Length: 50\r\n\r\n"), "404", "404 200"),
    ("a trailer that is an encoding", chunks(b"0\r\nTransfer-Encoding: chunked\r\n\r\n"), "404", "404 200"),
    ("a trailer that is none", chunks(b"0\r\nnonsense\r\n\r\n"), "400", "404 200"),
    ("a request behind the last chunk", chunks(b"0\r\n\r\n" + FOLLOWER), "404", "404 200"),
]

FIELDS = [
    ("a field without a colon", get(b"nonsense"), "400", "404 200"),
    ("a blank before a colon", get(b"X : y"), "400"),
    ("a tab before a colon", get(b"X\t: y"), "400"),
    ("a field without a name", get(b": y"), "400"),
    ("a name in parentheses", get(b"(X): y"), "400", "400 200"),
    ("a name in quotes", get(b'"X": y'), "400", "400 200"),
    ("a name with a NUL", get(b"X\0Y: y"), "400"),
    ("a name with raw UTF-8", get("Xä: y".encode()), "400", "400 200"),
    ("a value with a NUL", get(b"X: y\0z"), "400"),
    ("a value with a control character", get(b"X: y\x01z"), "400", "400 200"),
    ("a value with DEL", get(b"X: y\x7fz"), "400", "400 200"),
    ("a value with CR", get(b"X: y\rz"), "400"),
    ("a value with raw UTF-8", get("X: ä".encode()), "404 200"),
    ("a folded value", get(b"X: y", b" z"), "400"),
    ("a fold behind the request line", b"GET /none HTTP/1.1\r\n X: y\r\n" + HOST + b"\r\n\r\n", "400"),
    ("LF within the head", b"GET /none HTTP/1.1\r\nX: y\n" + HOST + b"\r\n\r\n", "400", "404 200"),
    ("LF at the end of the last field", b"GET /none HTTP/1.1\r\n" + HOST + b"\n\r\n", "400", "404 200"),
    ("LF for the empty line", b"GET /none HTTP/1.1\r\n" + HOST + b"\r\n\n", "400", "404 200"),
    ("LF everywhere", b"GET /none HTTP/1.1\n" + HOST + b"\n\n", "400", "404 200"),
    ("two Content-Types", post(b"Content-Type: a/b", b"Content-Type: c/d", b"Content-Length: 0"), "400", "400 200"),
    ("two Authorizations", get(b"Authorization: Bearer a", b"Authorization: Bearer b"), "400"),
    ("90 fields", get(*[b"X-%d: y" % n for n in range(89)]), "404 200"),
    ("120 fields", get(*[b"X-%d: y" % n for n in range(120)]), "400", "400 200"),
    ("3,000 fields", get(*[b"X:"] * 3000), "431"),
    ("a field of 12,500 bytes", get(b"X: " + b"y" * 12500), "431", "431 200"),
    ("a field of 40,000 bytes", get(b"X: " + b"y" * 40000), "431"),
]

CONNECTIONS = [
    ("a HEAD", head(b"HEAD /none HTTP/1.1"), "404 200"),
    ("an end that was asked for", get(b"Connection: close"), "404"),
    ("an upgrade to h2c", get(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk"),
     "404 200"),
    ("an upgrade to a web socket", get(b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13"),
     "404 200"),
    ("an expectation", post(b"Expect: 100-continue", b"Content-Length: 2", body=b"{}"), "100 404 200"),
    ("an unknown expectation", post(b"Expect: 200-ok", b"Content-Length: 2", body=b"{}"), "404 200"),
    ("an expectation with both lengths", post(b"Expect: 100-continue", b"Content-Length: 2", CHUNKED), "400"),
    ("three requests in a row", get() + get(), "404 404 200"),
    ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"),
    ("the line of a PROXY protocol", b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n" + get(), "400"),
    ("a TLS greeting", bytes.fromhex("16030100a5010000a10303") + bytes(160), "400"),
    ("another protocol's greeting", b"SSH-2.0-OpenSSH_9.2\r\n", "", "400"),
    ("bytes of no protocol", bytes(range(128, 256)) + b"\r\n\r\n", "", "400"),
]

VECTORS = REQUEST_LINES + HOSTS + LENGTHS + ENCODINGS + CHUNKS + FIELDS + CONNECTIONS

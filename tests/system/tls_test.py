#!/usr/bin/env python3
"""TLS as an operator meets it: mtg.json, certificates by name, reload with and without a broken file, redirect, restart."""
import http.client
import json
import pathlib
import signal
import ssl
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.sandbox import Sandbox, wait_for  # noqa: E402


def make_certificate(folder, name, hosts, issuer=None):
    """<name>.pem and <name>.key, the key for its owner only."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
               "-keyout", f"{name}.key", "-out", f"{name}.pem"]
    if hosts:
        command += ["-addext", "subjectAltName=" + ",".join("DNS:" + host for host in hosts)]
    if issuer:
        command += ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-addext", "basicConstraints=critical,CA:FALSE"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    (folder / f"{name}.key").chmod(0o600)


def connect(box, host=None, certificate=None):
    context = ssl.create_default_context(cafile=box.folder / "certs/root.pem")
    context.check_hostname = host is not None
    if certificate:
        context.load_cert_chain(box.folder / f"certs/{certificate}.pem", box.folder / f"certs/{certificate}.key")
    connection = http.client.HTTPSConnection("127.0.0.1", box.tls_port, timeout=30, context=context)
    if host:
        connection.host = host  # for SNI and the name check; the address stays
        connection._create_connection = lambda *_, **__: __import__("socket").create_connection(("127.0.0.1", box.tls_port), 30)
    return connection


def get(connection, path="/-/health"):
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()


def name_of(connection):
    connection.connect()
    subject = connection.sock.getpeercert()["subject"]
    return dict(pair for row in subject for pair in row)["commonName"]


def write_config(box, **tls):
    config = {"listen": "127.0.0.1:0", "tls": {"listen": "127.0.0.1:0", "certificates": [
        {"cert": "certs/one.pem", "key": "certs/one.key"}, {"cert": "certs/two.pem", "key": "certs/two.key"}], **tls}}
    (box.folder / "mtg.json").write_text(json.dumps(config))


def start(box):
    box.start()
    status = box.data("mtg", "status")
    box.tls_port = int(status["tls_listen"][0].rpartition(":")[2])


def check_serving(box):
    assert get(connect(box, "one.test"))[0] == 200
    assert name_of(connect(box, "two.test")) == "two"
    assert name_of(connect(box, "x.two.test")) == "two"
    box.mtm("add", "foo")
    status, _, body = get(connect(box, "one.test"), "/foo/")
    assert status == 200, body
    with_curl = subprocess.run(["curl", "-sS", "--cacert", box.folder / "certs/root.pem", "--resolve", f"one.test:{box.tls_port}:127.0.0.1",
                                f"https://one.test:{box.tls_port}/-/health"], capture_output=True, text=True, timeout=30)
    assert with_curl.stdout == '{"status":"ok"}\n', with_curl


def check_http2(box):
    base = f"https://127.0.0.1:{box.tls_port}"

    def run(*command):
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    curl = ["curl", "-sS", "--http2", "--insecure", "-w", " %{http_version} %{http_code}"]
    assert run(*curl, base + "/-/health") == '{"status":"ok"}\n 2 200'
    assert run(*curl, base + "/foo/api/nothing").endswith(" 2 404")
    body = box.folder / "body"
    body.write_bytes(b"x" * 3_000_000)
    assert run(*curl, "--data-binary", f"@{body}", base + "/nobody").endswith(" 2 404"), "an early answer to an upload"
    assert run(*curl, "--data-binary", f"@{body}", base + "/foo/").endswith(" 2 413")
    assert "200" in run("nghttp", "-nv", base + "/-/health")
    told = run("h2load", "-n", "4000", "-c", "4", "-m", "100", base + "/foo/")
    assert "4000 succeeded, 0 failed, 0 errored" in told, told


def check_reload(box):
    kept = connect(box, "one.test")
    assert get(kept)[0] == 200
    make_certificate(box.folder / "certs", "three", ["one.test", "three.test"], "root")
    write_config(box, certificates=[{"cert": "certs/three.pem", "key": "certs/three.key"}])
    answer = box.data("mtg", "reload")
    assert answer["needs_restart"] == [], answer
    wait_for("the new certificate", lambda: name_of(connect(box, "one.test")) == "three")
    assert get(kept)[0] == 200, "a reload closed a connection"

    (box.folder / "certs/three.pem").write_text("-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n")
    refused = json.loads(box.mtg("reload", "--json", expect=6).stdout)["error"]
    assert refused["file"].endswith("certs/three.pem"), refused
    assert name_of(connect(box, "one.test")) == "three", "a refused reload changed the certificate"
    write_config(box, certificate=[])
    refused = json.loads(box.mtg("reload", "--json", expect=6).stdout)["error"]
    assert refused["pointer"] == "/tls/certificate" and "certificates" in refused["hint"], refused

    write_config(box, redirect=True, listen="127.0.0.1:1")
    (box.folder / "certs/one.key").chmod(0o644)
    assert box.data("mtg", "reload")["needs_restart"] == ["tls.listen"]
    assert "can be read by others" in box.log(), box.log()
    wait_for("the redirect", lambda: box.get("/x?y").status == 308)
    assert box.get("/x?y").headers["location"] == f"https://127.0.0.1:{box.tls_port}/x?y"
    assert box.get("/-/health").status == 200

    write_config(box)
    box.gateway.send_signal(signal.SIGHUP)
    wait_for("the reload by SIGHUP", lambda: name_of(connect(box, "one.test")) == "one" and box.get("/").status == 200)


def check_client_certificates(box):
    write_config(box, client_ca="certs/root.pem", client_auth="required")
    box.mtg("reload")
    wait_for("a certificate to be asked for", lambda: refused_without(box))
    make_certificate(box.folder / "certs", "alice", [], "root")
    assert get(connect(box, "one.test", "alice"))[0] == 200


def refused_without(box):
    try:
        get(connect(box, "one.test"))
    except (ssl.SSLError, ConnectionError, http.client.HTTPException):
        return True
    return False


def check_restart(box):
    """A restart keeps the ports, and takes up a TLS address that was not there before."""
    write_config(box, listen=["127.0.0.1:0", "[::0]:0"])
    box.mtg("restart")
    status = box.data("mtg", "status")
    assert len(status["tls_listen"]) == 2, status
    assert int(status["listen"][0].rpartition(":")[2]) == box.port
    box.tls_port = int(status["tls_listen"][0].rpartition(":")[2])
    assert get(connect(box, "one.test"))[0] == 200


def check_bad_start(box):
    box.stop()
    write_config(box, certificates=[{"cert": "certs/one.pem", "key": "certs/two.key"}])
    refused = json.loads(box.mtg("start", "--json", expect=6).stdout)["error"]
    assert refused["file"].endswith("certs/two.key") and "does not belong" in refused["message"], refused


def check_linking(box):
    for program, expected in (("mtg", True), ("mtm", False), ("tenant-app", False)):
        needed = subprocess.run(["ldd", box.bin / program], capture_output=True, text=True, check=True).stdout
        for library in ("libssl", "libnghttp2"):
            assert (library in needed) == expected, (program, needed)


def main():
    with Sandbox() as box:
        (box.folder / "certs").mkdir()
        make_certificate(box.folder / "certs", "root", [])
        make_certificate(box.folder / "certs", "one", ["one.test"], "root")
        make_certificate(box.folder / "certs", "two", ["two.test", "*.two.test"], "root")
        write_config(box)
        start(box)
        check_serving(box)
        check_http2(box)
        check_reload(box)
        check_client_certificates(box)
        check_restart(box)
        check_bad_start(box)
        check_linking(box)
    print("tls: all well")


if __name__ == "__main__":
    main()

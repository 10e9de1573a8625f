"""The gateway's control socket, asked without starting a program."""
import http.client
import json
import socket


def ask_gateway(box, path, method="GET"):
    """`data` of the answer, or None if there is nobody."""
    connection = http.client.HTTPConnection("mtg", timeout=60)
    connection.sock = socket.socket(socket.AF_UNIX)
    try:
        connection.sock.connect(str(box.tenants / ".run/control.sock"))
        connection.request(method, path)
        return json.loads(connection.getresponse().read())["data"]
    except OSError:
        return None
    finally:
        connection.close()

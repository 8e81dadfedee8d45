"""An upstream by TLS that passes calls on to the simulator, or answers with all it knows of a call and of people."""

import http.client
import json
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from planted import noted

PERSON = {"namaLengkap": "Budi Wibowo", "noKtp": "3200000000000042", "noKontak": "081200000042",
          "alamat": "Jl. Melati No. 42 RT 02, Sukasari"}


class Echoing:
    """`mode`: None passes on; else (status, where): "message" and "body" tell all within JSON, "text" as a page,
    "headers" in header fields."""

    def __init__(self, system):
        self.mode, self.calls = None, 0
        self.target = system.port("sim")
        self.port = system.port("upstream")
        self.certificate, key = system.folder / "upstream.pem", system.folder / "upstream.pem.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
                        "-out", self.certificate], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                upstream.calls += 1
                upstream.answer(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, handler, body):
        if self.mode is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.target, timeout=20)
            connection.request("POST", handler.path, body, dict(handler.headers))
            try:
                answer = connection.getresponse()
                self.send(handler, answer.status, answer.read(), {"Content-Type": "application/json"})
            except http.client.HTTPException:  # the simulator broke off, so we do
                handler.close_connection = True
            connection.close()
            return
        status, where = self.mode
        noted.add("token of a call", handler.headers["DGI-API-Token"])
        told = json.dumps({"sent": dict(handler.headers), "person": PERSON})
        headers = {"Content-Type": "application/json"}
        if where == "headers":
            headers.update({"Location": f"https://127.0.0.1/{PERSON['noKtp']}?key={handler.headers['DGI-API-Key']}",
                            "Retry-After": handler.headers["DGI-API-Key"], "X-Debug": told, "Date": PERSON["noKtp"]})
        text = {"message": json.dumps({"status": 0, "message": f"refused: {told}", "data": None}),
                "inner": json.dumps({"status": 0, "message": {"reason": told}, "data": None}),
                "body": json.dumps({"error": json.loads(told)}), "text": f"<html>{told}</html>",
                "headers": "{}"}[where]
        self.send(handler, status, text.encode(), headers)

    @staticmethod
    def send(handler, status, body, headers):
        handler.send_response_only(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

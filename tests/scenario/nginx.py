"""An nginx before the gateways of a system, by the configuration that deploy/nginx/configure prints."""

import os
import shutil
import socket
import ssl
import subprocess

from postgres import REPOSITORY
from process import Process
from system import wait_for

MAIN = """daemon off;
pid {folder}/pid;
error_log stderr error;
{user}
worker_processes 1;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/dashboard.conf;
}}
"""


class Nginx:
    """Listens on the system's port "nginx" by TLS, with a certificate of its own for localhost."""

    def __init__(self, system):
        self.system = system
        self.folder = system.folder / "nginx"
        self.folder.mkdir()
        self.certificate = self.folder / "localhost.pem"

    def start(self, edit=lambda text: text):
        """`edit` changes the configuration first."""
        key = self.folder / "localhost.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key,
                        "-out", self.certificate], check=True, capture_output=True)
        environment = self.system.environment(DD_NGINX_LISTEN="127.0.0.1", DD_NGINX_HTTP=self.system.port("nginx-plain"),
                                              DD_NGINX_HTTPS=self.system.port("nginx"))
        text = subprocess.run([REPOSITORY / "deploy" / "nginx" / "configure", "localhost", self.certificate, key],
                              env=environment, check=True, capture_output=True, text=True).stdout
        (self.folder / "dashboard.conf").write_text(edit(text))
        user = "user root;" if os.getuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(MAIN.format(folder=self.folder, user=user))
        program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
        process = Process("nginx", [program, "-c", self.folder / "nginx.conf", "-e", "stderr"], environment,
                          self.folder / "log")
        self.system.processes["nginx"] = process.start()
        wait_for("nginx to listen", self._listens)
        return self

    def _listens(self):
        assert self.system["nginx"].alive(), self.system["nginx"].text()
        try:
            self.connect(1).close()
            return True
        except OSError:
            return False

    def connect(self, seconds=10):
        """A TLS connection that nothing was sent on."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        plain = socket.create_connection(("127.0.0.1", self.system.port("nginx")), timeout=seconds)
        return context.wrap_socket(plain, server_hostname="localhost")

    @property
    def url(self):
        return f"https://localhost:{self.system.port('nginx')}"

"""A webhook's receiver in this process."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """Keeps what came and answers what the test says."""

    def __init__(self, port=0):
        self.messages, self.answer, self.lock = [], lambda message: 204, threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                message = {"id": self.headers["webhook-id"], "body": body, "at": time.time(),
                           "stamp": self.headers["webhook-timestamp"],
                           "signature": self.headers["webhook-signature"], **json.loads(body)}
                with outer.lock:
                    status = outer.answer(message)
                    message["status"] = status
                    outer.messages.append(message)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def accepted(self):
        with self.lock:
            return [m for m in self.messages if 200 <= m["status"] < 300]

    def types(self):
        return [m["type"] for m in self.accepted()]

    def close(self):
        self.server.shutdown()
        self.server.server_close()

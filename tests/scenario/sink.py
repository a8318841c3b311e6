"""A mail server that keeps what it gets and says what it is told to say."""

import email
import email.policy

from aiosmtpd.controller import Controller


class AnyPort(Controller):
    """On a free port, which the check of its own that it serves must know."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Sink:
    def __init__(self):
        self.letters, self.refusal = [], None
        self.controller = AnyPort(self, hostname="127.0.0.1", port=0)
        self.controller.start()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.controller.port}"

    async def handle_DATA(self, server, session, envelope):
        if self.refusal:
            return self.refusal
        self.letters.append((envelope.mail_from, envelope.rcpt_tos, email.message_from_bytes(
            envelope.content, policy=email.policy.default)))
        return "250 kept"

    def close(self):
        self.controller.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

"""A small mail server on loopback that fails where a test wants it to."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Peer:
    """A mail server that does what a test wants at a stage, and keeps what it was given."""

    def __init__(self, at="", does=""):
        self.at, self.does = at, does
        self.mails, self.to = [], []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.1)
        self.port = self._socket.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join(5)
        self._socket.close()

    def _serve(self):
        while not self._over.is_set():
            try:
                line, _ = self._socket.accept()
            except TimeoutError:
                continue
            # a client that was told "busy" may leave in the middle of a word
            with suppress(ConnectionError), line, line.makefile("rb") as said:
                self._talk(line, said)

    def _does(self, stage, line):
        """True: the conversation ends here."""
        if stage != self.at:
            return False
        if self.does == "hang":
            self._over.wait(10)
        elif self.does != "drop":
            line.sendall(f"{self.does}\r\n".encode())
            return False
        return True

    def _talk(self, line, said):
        if self._does("greet", line):
            return
        line.sendall(b"220 peer\r\n")
        while words := said.readline().decode().strip():
            stage = words.split(":")[0].split()[0].lower()
            answered = self.at == stage and self.does not in ("hang", "drop")
            if self._does(stage, line):
                return
            if stage == "rcpt" and not answered:
                self.to.append(words)
            if stage == "data" and not answered:
                line.sendall(b"354 go on\r\n")
                text = b""
                while not text.endswith(b"\r\n.\r\n"):
                    text += said.readline()
                if self._does("text", line):
                    return
                if self.at != "text":
                    self.mails.append(text[:-3].replace(b"\r\n..", b"\r\n."))
                    line.sendall(b"250 taken\r\n")
            elif stage == "quit":
                line.sendall(b"221 bye\r\n")
                return
            elif not answered:
                line.sendall(b"250 fine\r\n")

"""A mail server of a few lines, on a thread of its own: keeps what it is given, or refuses it as it is told to."""
import asyncio
import base64
import contextlib
import threading


class SmtpServer:
    """Use as a context manager. `tls` is a server's ssl.SSLContext (from the first byte), `login` the (user, password) that it asks for.
    `refuse` is a whole reply to RCPT, or None; it may be changed at any time."""

    def __init__(self, port=0, tls=None, login=None, refuse=None):
        self.port, self.tls, self.login, self.refuse = port, tls, login, refuse
        self.messages = []  # dictionaries: sender, recipients, text
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_):
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self):
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            try:
                await self._talk(reader, writer)
            finally:
                writer.close()
                await writer.wait_closed()

    async def _talk(self, reader, writer):
        async def say(text):
            writer.write(text.encode() + b"\r\n")
            await writer.drain()

        known, message = self.login is None, {}
        await say("220 test")
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            verb, _, rest = line.partition(" ")
            verb = verb.upper()
            if verb == "EHLO":
                await say("250-test" if self.login else "250 test")
                if self.login:
                    await say("250 AUTH PLAIN")
            elif verb == "AUTH":
                word = rest.partition(" ")[2]
                if not word:
                    await say("334 ")
                    word = (await reader.readline()).decode()
                _, user, password = base64.b64decode(word).decode().split("\0")
                known = (user, password) == self.login
                await say("235 ok" if known else "535 no")
            elif verb == "MAIL":
                message = {"sender": rest[rest.index("<") + 1:rest.index(">")], "recipients": []}
                await say("250 ok" if known else "530 log in")
            elif verb == "RCPT" and self.refuse:
                await say(self.refuse)
            elif verb == "RCPT":
                message["recipients"].append(rest[rest.index("<") + 1:rest.index(">")])
                await say("250 ok")
            elif verb == "DATA":
                await say("354 go on")
                text = (await reader.readuntil(b"\r\n.\r\n")).decode()
                self.messages.append({**message, "text": text[:-3].replace("\r\n..", "\r\n.")})
                await say("250 ok")
            elif verb == "QUIT":
                return await say("221 bye")
            else:
                await say("250 ok")

"""The rest of the internet: a mail server on loopback that accepts everything and remembers it."""

import asyncio
import threading


class Sink:
    """Takes mail on a port. `taken` holds a (recipients, text) for each message."""

    def __init__(self, port):
        self.port = port
        self.taken = []
        self.ready = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()
        self.ready.wait(30)

    def serve(self):
        """Runs the server until the process ends."""

        async def main():
            server = await asyncio.start_server(self.session, "127.0.0.1", self.port)
            self.ready.set()
            await server.serve_forever()

        asyncio.run(main())

    async def session(self, reader, writer):
        """One connection of Postfix."""
        recipients = []

        async def say(line):
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        await say("220 sink ESMTP")
        while line := (await reader.readline()).decode(errors="replace").strip():
            word = line.upper()
            if word.startswith("RCPT TO:"):
                recipients.append(line[8:].split(">")[0].strip("< "))
            elif word == "DATA":
                await say("354 go on")
                lines = []
                while (part := await reader.readline()) not in (b".\r\n", b""):
                    lines.append(part.decode(errors="replace"))
                self.taken.append((recipients, "".join(lines)))
                recipients = []
            elif word == "QUIT":
                await say("221 bye")
                break
            await say("250 ok")
        writer.close()

    def for_recipient(self, address, token):
        """The messages with `token` in them that were sent to `address`."""
        return [text for recipients, text in list(self.taken) if address in recipients and token in text]

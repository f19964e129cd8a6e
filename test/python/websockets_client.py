"""Debian's python3-websockets as a client of our echo server. Prints one JSON line."""
import asyncio
import json
import sys

import websockets

URL = sys.argv[1]


async def main():
    seen = {}
    async with websockets.connect(URL, subprotocols=["other", "echo"], max_size=None) as socket:
        seen["subprotocol"] = socket.subprotocol
        seen["extensions"] = [extension.name for extension in socket.extensions]
        seen["echoed"] = []
        for message in ["", "né😀", b"", b"\x00\xff", "x" * 300_000, b"y" * 300_000]:
            await socket.send(message)
            back = await socket.recv()
            seen["echoed"].append(back == message)
        await socket.send(["frag", "ments", " é"])
        seen["fragments"] = await socket.recv()
        await asyncio.wait_for(await socket.ping(b"alive"), 5)
        seen["ponged"] = True
    seen["close"] = [socket.close_code, socket.close_reason]

    async with websockets.connect(URL) as socket:
        await socket.send("close me")
        try:
            await socket.recv()
        except websockets.ConnectionClosed as closed:
            seen["closed"] = [closed.rcvd.code, closed.rcvd.reason]
    print(json.dumps(seen))


asyncio.run(main())

"""Debian's python3-websockets as an echo server for our client. Prints its port, then serves until it is killed."""
import asyncio

import websockets


async def echo(socket):
    async for message in socket:
        if message == "close me":
            await socket.close(4321, "as you wish")
        elif message == "ping me":
            await asyncio.wait_for(await socket.ping(), 5)
            await socket.send("you are there")
        else:
            await socket.send(message)


async def main():
    async with websockets.serve(echo, "127.0.0.1", 0, subprotocols=["echo"], max_size=None) as server:
        print(f"port {server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.Future()


asyncio.run(main())

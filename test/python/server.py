"""A server of python3-socketio, for our client. Prints its port when it listens."""

import asyncio

import socketio
from aiohttp import web

sio = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins=[])
app = web.Application()
sio.attach(app)


@sio.event
async def connect(sid, environ, auth):
    await sio.emit("welcome", {"auth": auth}, to=sid)


@sio.event
async def echo(sid, *args):
    return args


@sio.event
async def ask(sid, question):
    """Asks the client in turn, and sends on what it answers."""

    async def answered(*args):
        await sio.emit("answered", args, to=sid)

    await sio.emit("question", question, to=sid, callback=answered)


@sio.event
async def join(sid, room):
    sio.enter_room(sid, room)
    await sio.emit("joined", room, room=room)


@sio.event
async def leave(sid):
    await sio.disconnect(sid)


@sio.on("connect", namespace="/guarded")
async def connect_guarded(sid, environ, auth):
    if not auth or auth.get("token") != "sesame":
        raise socketio.exceptions.ConnectionRefusedError("not you")


async def main():
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print("port", site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())

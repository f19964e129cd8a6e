"""Debian's python3-socketio against our server: event, acknowledgement, namespace. Prints one JSON line."""
import json
import sys
import threading

import socketio

url, transport = sys.argv[1], sys.argv[2]
client = socketio.Client(reconnection=False)
echoed, welcomed = threading.Event(), threading.Event()
seen = {}


@client.on("echoed")
def on_echoed(*args):
    seen["echoed"] = list(args)
    echoed.set()


@client.on("question")
def on_question(text, data):
    return text + "!", data + b"\x04"


answered = threading.Event()


@client.on("answered")
def on_answered(text, data):
    seen["answered"] = [text, list(data)]
    answered.set()


@client.on("welcome", namespace="/custom")
def on_welcome(data):
    seen["welcome"] = data
    welcomed.set()


client.connect(url, transports=[transport], namespaces=["/", "/custom"], auth={"who": "python"}, wait_timeout=10)
seen["transport"] = client.transport()
client.emit("echo", ("é€😀", {"n": 1}))
assert echoed.wait(10), "no echo"
acknowledged = client.call("echo", ("text", b"\x00\xff"), timeout=10)
seen["acknowledged"] = [acknowledged[0], list(acknowledged[1])]
client.emit("ask-me", "really")
assert answered.wait(10), "no answer"
assert welcomed.wait(10), "no welcome"
seen["sum"] = client.call("sum", (2, 3), namespace="/custom", timeout=10)
client.disconnect()
print(json.dumps(seen))

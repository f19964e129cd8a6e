import assert from "node:assert/strict";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { closeOf, within } from "./harness.test.ts";
import { Listener } from "./listener/listener.ts";
import { OutgoingPacket } from "./packet/outgoing-packet.ts";
import type { Session } from "./session/session.ts";

interface Opened {
  readonly session: Session;
  readonly ends: string[];
  /** A GET of the session, by the name of a transport and its turn. */
  attach(name: string, turn: number): http2.ClientHttp2Stream;
}

async function open(context: TestContext): Promise<Opened> {
  const sessions: Session[] = [];
  const ends: string[] = [];
  const listener = new Listener(
    (session) => {
      sessions.push(session);
      return { message() {}, close: (reason) => void ends.push(reason) };
    },
    { jsonp: true, log: () => {} },
  );
  const server = http2.createServer();
  listener.attach(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A server that listens on TCP has an address of this form.
  const { port } = server.address() as AddressInfo;
  const client = http2.connect(`http://127.0.0.1:${port}`);
  client.on("error", () => {});
  context.after(async () => {
    client.destroy();
    await within(listener.close(), "the listener's end");
    server.close();
  });
  const stream = client.request({ ":path": "/socket.io/?EIO=4&everwire=1&transport=polling" });
  await textOf(stream);
  const [session] = sessions;
  assert.ok(session !== undefined);
  const at = `/socket.io/?EIO=4&sid=${session.id}`;
  const attach = (name: string, turn: number): http2.ClientHttp2Stream =>
    client.request({ ":path": `${at}&transport=${name}&turn=${turn}&ack=0&j=1` });
  return { session, ends, attach };
}

function textOf(stream: http2.ClientHttp2Stream): Promise<string> {
  const read = new Promise<string>((resolve, reject) => {
    let text = "";
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      text += chunk;
    });
    stream.on("end", () => resolve(text)).on("error", reject);
  });
  return within(read, "a response");
}

describe("streams of HTTP/2", () => {
  it("that are reset, hundreds of them, lose nothing and end no session", async (context) => {
    const { session, ends, attach } = await open(context);
    session.send(OutgoingPacket.message("a"));
    let turn = 0;
    for (const name of ["polling", "streaming", "sse", "short-polling", "jsonp"]) {
      for (let count = 0; count < 50; count += 1) {
        turn += 1;
        const stream = attach(name, turn).on("error", () => {});
        // Some before the server can have seen them, some in the middle of the answer.
        if (count % 2 === 0) stream.once("response", () => stream.close(http2.constants.NGHTTP2_CANCEL));
        else stream.close(http2.constants.NGHTTP2_CANCEL);
        await closeOf(stream);
      }
    }
    assert.equal(await textOf(attach("polling", turn + 1)), "81\x1e4a");
    assert.deepEqual(ends, []);
  });
});

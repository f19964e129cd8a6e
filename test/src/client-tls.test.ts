/** Our client in Node: certificates, agents, addresses and compression, over every transport there. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { Agent, createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { type ClientError, type ClientOptions, io, type Socket, type TransportName } from "@everwire/client";
import { Server } from "@everwire/server";
import { identity } from "./certificate.ts";
import { nextEvent } from "./waiting.ts";

const NAMES: readonly TransportName[] = ["websocket", "streaming", "sse", "polling", "short-polling"];
const { certificate, privateKey } = identity;

describe("a client in Node and a server with a certificate of its own", () => {
  const http = createServer({
    cert: certificate,
    key: privateKey,
    ca: certificate,
    requestCert: true,
    rejectUnauthorized: false,
  });
  const server = new Server(http);
  const opened: Socket[] = [];
  let url = "";

  const dial = (options: ClientOptions): Socket => {
    const socket = io(url, { forceNew: true, reconnection: false, ...options });
    opened.push(socket);
    return socket;
  };

  before(async () => {
    server.on("connection", (socket) => {
      socket.on("echo", (value: unknown, answer: (value: unknown) => void) => answer(value));
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    url = `https://localhost:${(http.address() as AddressInfo).port}`;
  });
  after(async () => {
    for (const socket of opened) socket.disconnect();
    await server.engine.close();
    http.closeAllConnections();
    await server.close();
  });

  for (const name of NAMES) {
    it(`talk over ${name} when the client is given the authority`, async () => {
      const socket = dial({ transports: [name], ca: certificate, cert: certificate, key: privateKey });
      assert.equal(await socket.timeout(60_000).emitWithAck("echo", "safe"), "safe");
      assert.equal(socket.io.transport, name);
    });
  }

  for (const name of ["websocket", "polling"] as const) {
    it(`do not talk over ${name} when it is given none`, async () => {
      const [error] = await nextEvent<[ClientError]>(dial({ transports: [name] }), "connect_error");
      assert.match(error.message, /self-signed|unable to verify|certificate/i);
    });

    it(`talk over ${name} by an agent of the application, from an address of its choice`, async () => {
      let used = 0;
      class CountingAgent extends Agent {
        override createConnection(...args: Parameters<Agent["createConnection"]>) {
          used += 1;
          return super.createConnection(...args);
        }
      }
      const agent = new CountingAgent({ ca: certificate });
      const socket = dial({ transports: [name], agent, localAddress: "127.0.0.1", family: 4 });
      assert.equal(await socket.timeout(60_000).emitWithAck("echo", "through"), "through");
      assert.ok(used > 0);
      socket.disconnect();
      agent.destroy();
    });

    it(`let the process end over ${name} with autoUnref`, async () => {
      const script = `
        import { io } from "@everwire/client";
        const options = { transports: [${JSON.stringify(name)}], ca: process.env.CA, autoUnref: true };
        const wait = setTimeout(() => process.exit(3), 60000);
        io(process.env.SERVER, options).on("connect", () => clearTimeout(wait));`;
      await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
        cwd: new URL("..", import.meta.url),
        env: { ...process.env, SERVER: url, CA: certificate },
        timeout: 120_000,
      });
    });
  }
});

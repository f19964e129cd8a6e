/**
 * The page of a talk and the server that talks with it. Run as a process (`node voice-host.js PORT`) it can be killed and
 * started again.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type ServerOptions } from "@everwire/server";
import type { Speaker } from "./flow.ts";
import { Voice } from "./voice.ts";

const root = new URL("../../", import.meta.url);

/** The client as pages load it: its bundle, and what that fetches when it is needed. */
const PAGE = `<!doctype html><title>talk</title>
<script type="importmap" nonce="map">{"imports": {"@everwire/client": "/packages/client/dist/everwire.esm.min.js"}}</script>
<script type="module" src="/test/dist/voice-page.js"></script><body>`;

/** All that a page has to allow for the seven transports, and nothing else. */
function policy(server: string | undefined): string {
  const its = server === undefined ? "'self'" : `${server} ${server.replace(/^http/, "ws")}`;
  return (
    `default-src 'none'; script-src 'self' 'nonce-map' ${its}; connect-src ${its}; frame-src ${its}; ` +
    `form-action ${its}; base-uri 'none'; require-trusted-types-for 'script'; trusted-types everwire-jsonp`
  );
}

/** `/?server=ORIGIN` for a page that talks with a server elsewhere, `/sandbox` for one that may not keep anything. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://host");
  if (/^\/(packages\/client|test)\/dist\/[\w./-]+\.js$/.test(pathname)) {
    const code = await readFile(new URL(`.${pathname}`, root));
    response
      .writeHead(200, {
        "content-type": "text/javascript",
        "access-control-allow-origin": "*",
        "cache-control": "max-age=60",
      })
      .end(code);
  } else if (pathname === "/favicon.ico") {
    response.writeHead(204).end();
  } else {
    const allowed = pathname === "/sandbox" ? "sandbox allow-scripts" : policy(searchParams.get("server") ?? undefined);
    response.writeHead(200, { "content-type": "text/html", "content-security-policy": allowed }).end(PAGE);
  }
}

/** The server's end of one talk, for as many connections as the page makes. */
export class HostTalk {
  readonly voice: Voice = new Voice("down");
  readonly losses: string[] = [];
  connections = 0;
  socket: Speaker | undefined;

  joined(socket: Speaker): void {
    this.socket = socket;
    this.connections += 1;
    this.voice.hear(socket);
    socket.on("disconnect", (reason: string) => {
      this.losses.push(reason);
      if (this.socket === socket) this.socket = undefined;
    });
  }

  speak(everyMs: number): void {
    this.voice.speak(() => this.socket, everyMs);
  }
}

export class VoiceHost {
  readonly port: number;
  readonly #talks: Map<string, HostTalk>;
  readonly #close: () => Promise<void>;

  private constructor(port: number, talks: Map<string, HostTalk>, close: () => Promise<void>) {
    this.port = port;
    this.#talks = talks;
    this.#close = close;
  }

  static async start(options: Partial<ServerOptions> = {}, port = 0): Promise<VoiceHost> {
    const http = createServer((request, response) => void answer(request, response));
    const io = new Server(http, { jsonp: true, log: () => undefined, ...options });
    const talks = new Map<string, HostTalk>();
    io.on("connection", (socket) => talkOf(talks, socket.handshake.query.talk ?? "").joined(socket));
    http.listen(port, "127.0.0.1");
    await once(http, "listening");
    // A TCP server that listens has an address of this form.
    const address = http.address() as AddressInfo;
    return new VoiceHost(address.port, talks, async () => {
      for (const { voice } of talks.values()) voice.stop();
      await io.engine.close();
      // What browsers and proxies keep alive is not worth waiting for.
      http.closeAllConnections();
      await io.close();
    });
  }

  /** The end of the talk that the page calls so. */
  talk(id: string): HostTalk {
    return talkOf(this.#talks, id);
  }

  close(): Promise<void> {
    return this.#close();
  }
}

function talkOf(talks: Map<string, HostTalk>, id: string): HostTalk {
  const known = talks.get(id) ?? new HostTalk();
  talks.set(id, known);
  return known;
}

if (process.argv[1] === import.meta.filename) {
  const { port } = await VoiceHost.start({}, Number(process.argv[2]));
  process.stdout.write(`port ${port}\n`);
}

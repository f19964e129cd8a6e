import {
  Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { connect as connectTcp, type NetConnectOpts, type Socket } from "node:net";
import { Readable } from "node:stream";
import { connect as connectTls, type ConnectionOptions as TlsOptions } from "node:tls";
import type { ConnectOptions } from "@everwire/websocket";
import type { FetchOptions } from "../transport/connector.ts";
import type { NodeOptions } from "../transport/node-options.ts";

/** What says how the connection itself is made; the built-in fetch knows none of it. */
const CONNECTION_OPTIONS = ["agent", "localAddress", "family", "autoUnref"] as const;
const TLS_OPTIONS = ["ca", "cert", "key", "pfx", "passphrase", "ciphers", "rejectUnauthorized"] as const;

/** How a manager's requests and WebSockets are made when TLS, an agent or an address are the application's choice. */
export class NodeRequests {
  readonly #options: NodeOptions;
  readonly #tls: TlsOptions;
  readonly #agent: Agent | undefined;
  /** For requests without an agent of the application; with it they share connections. */
  readonly #own: { readonly http: Agent; readonly https: HttpsAgent };

  constructor(options: NodeOptions) {
    this.#options = options;
    const given = TLS_OPTIONS.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]]));
    // The names and forms are node:tls's own, which it checks itself.
    this.#tls = Object.fromEntries(given) as TlsOptions;
    this.#agent = options.agent instanceof Agent ? options.agent : undefined;
    this.#own = { http: new Agent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true, ...this.#tls }) };
  }

  /** Undefined: the built-in fetch will do. */
  get fetch(): FetchOptions["fetch"] {
    const wanted = CONNECTION_OPTIONS.some((name) => this.#options[name] !== undefined);
    return wanted || Object.keys(this.#tls).length > 0 ? (url, init) => this.#fetch(url, init) : undefined;
  }

  /** The options of a WebSocket. */
  dialling(url: string): ConnectOptions {
    const { autoUnref = false, family, localAddress, perMessageDeflate = false } = this.#options;
    const secure = url.startsWith("wss:");
    return {
      ...(secure ? { tls: this.#tls } : {}),
      ...(this.#agent === undefined ? {} : { agent: this.#agent }),
      ...(autoUnref && this.#agent === undefined ? { createConnection: secure ? looseTls : looseTcp } : {}),
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(family === undefined ? {} : { family }),
      perMessageDeflate,
    };
  }

  /** As much of fetch as this package uses. */
  #fetch(url: string, init: RequestInit): Promise<Response> {
    const secure = url.startsWith("https:");
    const { autoUnref = false, family, localAddress } = this.#options;
    const options: RequestOptions = {
      method: init.method ?? "GET",
      // Written by this package as a plain object.
      headers: { ...(init.headers as Record<string, string>) },
      agent: this.#agent ?? (secure ? this.#own.https : this.#own.http),
      ...(init.signal instanceof AbortSignal ? { signal: init.signal } : {}),
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(family === undefined ? {} : { family }),
    };
    return new Promise((resolve, reject) => {
      const request: ClientRequest = secure
        ? httpsRequest(url, { ...this.#tls, ...options })
        : httpRequest(url, options);
      if (autoUnref) request.on("socket", (socket) => socket.unref());
      request.on("error", reject);
      request.on("response", (response) => resolve(toResponse(response)));
      request.end(typeof init.body === "string" ? init.body : undefined);
    });
  }
}

function looseTcp(options: object): Socket {
  // What node:http hands to its own net.connect.
  return connectTcp(options as NetConnectOpts).unref();
}

function looseTls(options: object): Socket {
  return connectTls(options).unref();
}

function toResponse(message: IncomingMessage): Response {
  const headers = new Headers();
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    headers.append(message.rawHeaders[index] ?? "", message.rawHeaders[index + 1] ?? "");
  }
  const status = message.statusCode ?? 500;
  const empty = status === 204 || status === 304;
  if (empty) message.resume();
  // Node's web streams are those of the global Response; the two declarations of them do not know of each other.
  const body = empty ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>);
  return new Response(body, { status, headers });
}

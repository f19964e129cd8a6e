import type { ProxyKind } from "./proxy.ts";

export interface HaproxySettings {
  /** What follows the address of the server behind it. */
  readonly server?: string;
  /** Of the frontend. */
  readonly rules?: string;
  /** Milliseconds of silence after which it gives up: the client, the server, and both once they speak WebSocket. */
  readonly timeout?: { readonly client: number; readonly server: number; readonly tunnel: number };
}

const PATIENT = { client: 30_000, server: 30_000, tunnel: 3_600_000 };

export function haproxyWith({ server = "", rules = "", timeout = PATIENT }: HaproxySettings): ProxyKind {
  return {
    command: "/usr/sbin/haproxy",
    arguments: (file) => ["-db", "-f", file],
    configuration: ({ plain, tls, upstream, both }) => `
global
  maxconn 200
defaults
  mode http
  option forwardfor
  timeout connect 5s
  timeout client ${timeout.client}
  timeout server ${timeout.server}
  timeout tunnel ${timeout.tunnel}
frontend in
  bind 127.0.0.1:${plain}
  bind 127.0.0.1:${tls} ssl crt ${both}
  ${rules}
  default_backend out
backend out
  server one 127.0.0.1:${upstream} ${server}
`,
  };
}

/** HTTP/1.1 to the server behind it. */
export const haproxy: ProxyKind = haproxyWith({});

/** HTTP/2 to the server behind it, WebSockets by extended CONNECT (RFC 8441). */
export const haproxyHttp2: ProxyKind = haproxyWith({ server: "proto h2 ws h2" });

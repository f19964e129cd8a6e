import type { ProxyKind } from "./proxy.ts";

function haproxyWith(server: string): ProxyKind {
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
  timeout client 30s
  timeout server 30s
  timeout tunnel 1h
frontend in
  bind 127.0.0.1:${plain}
  bind 127.0.0.1:${tls} ssl crt ${both}
  default_backend out
backend out
  server one 127.0.0.1:${upstream} ${server}
`,
  };
}

/** HTTP/1.1 to the server behind it. */
export const haproxy: ProxyKind = haproxyWith("");

/** HTTP/2 to the server behind it, WebSockets by extended CONNECT (RFC 8441). */
export const haproxyHttp2: ProxyKind = haproxyWith("proto h2 ws h2");

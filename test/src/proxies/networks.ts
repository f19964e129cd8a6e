/** What stands before servers of Socket.IO in the world, and what can be expected to come through it. */
import { apacheWith } from "./apache.ts";
import { haproxyWith } from "./haproxy.ts";
import { nginxWith, PASS_UPGRADES } from "./nginx.ts";
import type { ProxyKind } from "./proxy.ts";

export interface Network {
  readonly name: string;
  readonly kind: ProxyKind;
  /** Whether it lets a WebSocket through. */
  readonly upgrades: boolean;
  /** Whether it hands on what has come of a response before the response is complete. */
  readonly streams: boolean;
}

const PERSISTENT = `
      proxy_http_version 1.1;
      proxy_set_header Connection "";`;

/** A server may ask nginx not to buffer, and it obeys unless it was told not to listen. */
const BUFFER = `
      proxy_buffering on;
      proxy_ignore_headers X-Accel-Buffering;`;

/** Chunks from the server are handed on one by one even so; what holds them back is the compression. */
const COMPRESS = `${BUFFER}
      gzip on;
      gzip_proxied any;
      gzip_types *;`;

const passUpgradesByScheme = (upstream: string): string => `
RewriteEngine on
RewriteCond %{HTTP:Upgrade} =websocket [NC]
RewriteRule ^/(.*) ws://${upstream}/$1 [P,L]
ProxyPass / http://${upstream}/`;

/** Shorter than a heartbeat of 25 s, longer than one of half a second. */
const SHORT = { client: 5000, server: 5000, tunnel: 5000 };

export const NETWORKS: readonly Network[] = [
  {
    name: "nginx with upgrades",
    kind: nginxWith(`${PASS_UPGRADES}\nproxy_buffering off;`),
    upgrades: true,
    streams: true,
  },
  {
    name: "nginx with upgrades that compresses",
    kind: nginxWith(PASS_UPGRADES + COMPRESS),
    upgrades: true,
    streams: false,
  },
  {
    name: "nginx without upgrades",
    kind: nginxWith(`${PERSISTENT}\nproxy_buffering off;`),
    upgrades: false,
    streams: true,
  },
  {
    name: "nginx without upgrades that compresses",
    kind: nginxWith(PERSISTENT + COMPRESS),
    upgrades: false,
    streams: false,
  },
  {
    name: "nginx that buffers, which keeps no chunk back",
    kind: nginxWith(PERSISTENT + BUFFER),
    upgrades: false,
    streams: true,
  },
  {
    name: "nginx as it comes, which speaks HTTP/1.0 to the server",
    kind: nginxWith(""),
    upgrades: false,
    streams: true,
  },
  { name: "nginx that speaks HTTP/1.0 and buffers", kind: nginxWith(BUFFER), upgrades: false, streams: false },
  { name: "haproxy", kind: haproxyWith({ timeout: SHORT }), upgrades: true, streams: true },
  {
    name: "haproxy that strips upgrades",
    kind: haproxyWith({ timeout: SHORT, rules: "http-request del-header Upgrade" }),
    upgrades: false,
    streams: true,
  },
  {
    name: "haproxy that refuses upgrades",
    kind: haproxyWith({ timeout: SHORT, rules: "http-request deny if { req.hdr(Upgrade) -m found }" }),
    upgrades: false,
    streams: true,
  },
  {
    name: "Apache",
    kind: apacheWith((upstream) => `ProxyPass / http://${upstream}/`),
    upgrades: false,
    streams: true,
  },
  {
    name: "Apache with mod_proxy_wstunnel",
    kind: apacheWith(passUpgradesByScheme, ["proxy_wstunnel", "rewrite"]),
    upgrades: true,
    streams: true,
  },
];

/** Gives up on whoever is silent for a second. */
export const IMPATIENT: ProxyKind = haproxyWith({ timeout: { client: 1000, server: 1000, tunnel: 1000 } });

import { destination, isWildcard, type ListenAddress } from "./listen.ts";

export interface Announced {
  readonly version: string;
  readonly address: ListenAddress;
  /** Absolute. */
  readonly data: string;
  readonly siteBuilt: boolean;
}

/** What `everwire serve` prints once it is ready; the address stands alone on its line, so terminals make it a link. */
export function announcement({ version, address, data, siteBuilt }: Announced): string {
  const reach = isWildcard(address) ? "every interface of this machine" : `${address.host} only`;
  const lines = [
    `everwire ${version} is ready`,
    "",
    `  Open        http://${destination(address)}/`,
    `  Listening   ${reach}, port ${address.port}`,
    "  Transports  WebSocket; HTTP streaming, Server-Sent Events, long and short polling; a hidden iframe",
    "  Protocol    Socket.IO, protocol 5, at /socket.io/",
    "  Store       SQLite; a message is acknowledged once it is on disk",
    `  Data        ${data}`,
    ...(siteBuilt ? [] : ["  Note        the web page is not built; run `npm run build` in the checkout"]),
    "",
    "Stop with Ctrl+C.",
  ];
  return `${lines.join("\n")}\n`;
}

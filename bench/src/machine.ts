import { cpus, release, totalmem, type } from "node:os";
import type { Peer } from "./bench.ts";
import { pinningFault } from "./pinning.ts";

/** What the figures were measured on, and with; one line each. */
export function describeMachine(peers: readonly Peer[]): string[] {
  const [cpu] = cpus();
  return [
    `${cpus().length} × ${cpu?.model ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`,
    `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, zlib ${process.versions.zlib}`,
    ...peers.flatMap((peer) => peer.versions()),
    pinningFault === undefined ? "server on core 0, generator on core 1" : `processes are not pinned: ${pinningFault}`,
  ];
}

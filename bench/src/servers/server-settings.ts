import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Compression } from "../generator/job.ts";

/** What every server program is told on its command line. The Go server reads the same flags. */
export interface ServerSettings {
  /** Serve wss with this certificate and key. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly compression: Compression;
}

export function readServerSettings(): ServerSettings {
  const { values } = parseArgs({
    options: {
      cert: { type: "string" },
      key: { type: "string" },
      compression: { type: "string", default: "none" },
    },
  });
  const { cert, key, compression } = values;
  if (compression !== "none" && compression !== "fresh" && compression !== "takeover") {
    throw new TypeError(`unknown compression ${compression}`);
  }
  const tls =
    cert === undefined || key === undefined ? undefined : { cert: readFileSync(cert), key: readFileSync(key) };
  return { tls, compression };
}

/** As both libraries under test name it; levels and windows are zlib's own. Messages of every size are compressed. */
export function perMessageDeflate(compression: Compression): false | object {
  if (compression === "none") return false;
  const fresh = compression === "fresh";
  return { threshold: 0, serverNoContextTakeover: fresh, clientNoContextTakeover: fresh };
}

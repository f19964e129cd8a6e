import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate for 127.0.0.1 and its key, made for one run of the benchmark. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** @returns nothing where there is no openssl command. The folder goes when the process ends. */
export function makeCertificate(): Certificate | undefined {
  const folder = mkdtempSync(join(tmpdir(), "everwire-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const cert = join(folder, "cert.pem");
  const key = join(folder, "key.pem");
  const subject = ["-subj", "/CN=everwire-bench", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
  const keyKind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const args = ["req", "-x509", ...keyKind, "-keyout", key, "-out", cert, ...subject];
  return spawnSync("openssl", args, { stdio: "ignore" }).status === 0 ? { cert, key } : undefined;
}

/** A reverse proxy of Debian's that stands before a server of ours for the length of a test. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../waiting.ts";

/** What a configuration is made of: ports to listen on, the server behind, and a folder for files. */
export interface ProxySettings {
  readonly plain: number;
  readonly tls: number;
  readonly upstream: number;
  readonly folder: string;
  /** Files with the certificate, its key, and both. */
  readonly certificate: string;
  readonly key: string;
  readonly both: string;
}

export interface ProxyKind {
  readonly command: string;
  configuration(settings: ProxySettings): string;
  arguments(file: string): readonly string[];
}

export interface RunningProxy {
  readonly plain: number;
  readonly tls: number;
  stop(): Promise<void>;
}

/** Starts a proxy and waits until it takes connections. */
export async function startProxy(
  kind: ProxyKind,
  upstream: number,
  identity: { readonly certificate: string; readonly privateKey: string },
): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), "everwire-proxy-"));
  const [plain, tls] = [await freePort(), await freePort()];
  const file = (name: string): string => join(folder, name);
  const files = { certificate: file("certificate.pem"), key: file("key.pem"), both: file("both.pem") };
  await writeFile(files.certificate, identity.certificate);
  await writeFile(files.key, identity.privateKey);
  await writeFile(files.both, identity.certificate + identity.privateKey);
  await writeFile(file("proxy.conf"), kind.configuration({ plain, tls, upstream, folder, ...files }));

  const child = spawn(kind.command, kind.arguments(file("proxy.conf")), { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      printed += chunk;
    });
  }
  const exited = once(child, "exit");
  const stop = async (): Promise<void> => {
    // SIGTERM lets a proxy take its workers with it.
    child.kill("SIGTERM");
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  await until(`${kind.command} listens`, async () => {
    if (child.exitCode !== null) throw new Error(`${kind.command} ended:\n${printed}`);
    return (await takes(plain)) && (await takes(tls));
  });
  return { plain, tls, stop };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return address === null || typeof address === "string" ? 0 : address.port;
}

function takes(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

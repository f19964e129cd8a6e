import type { Server } from "node:net";
import { StartError, type StartFailureCode } from "./failures.ts";

export interface ListenAddress {
  readonly host: string;
  /** 0 means any free port. */
  readonly port: number;
}

const CODES: ReadonlyMap<string, StartFailureCode> = new Map([
  ["EADDRINUSE", "port_taken"],
  ["EACCES", "port_forbidden"],
  ["EADDRNOTAVAIL", "host_unknown"],
  ["ENOTFOUND", "host_unknown"],
  ["EAI_AGAIN", "host_unknown"],
  ["EINVAL", "host_unknown"],
]);

/** Binds the server and gives the address it has, with the real port. Rejects with a `StartError` that says what to do. */
export async function listen(server: Server, { host, port }: ListenAddress): Promise<ListenAddress> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(startError(error, { host, port }));
    server.once("error", fail);
    server.listen({ host, port }, () => {
      server.off("error", fail);
      resolve();
    });
  });
  const address = server.address();
  return { host, port: typeof address === "object" && address !== null ? address.port : port };
}

function startError(error: NodeJS.ErrnoException, { host, port }: ListenAddress): Error {
  const code = CODES.get(error.code ?? "");
  if (code === undefined) return error;
  return new StartError(code, code === "host_unknown" ? host : authority({ host, port }), { cause: error });
}

/** `host:port` as it stands in a URL. */
export function authority({ host, port }: ListenAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether the address stands for every interface of this machine, so that other machines can connect. */
export function isWildcard({ host }: ListenAddress): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** The address to open here: a wildcard address is no destination, so this machine's own name stands in for it. */
export function destination(address: ListenAddress): string {
  return authority(isWildcard(address) ? { ...address, host: "localhost" } : address);
}

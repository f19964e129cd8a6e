import { fileURLToPath } from "node:url";
import { announcement } from "./announcement.ts";
import type { ListenAddress } from "./listen.ts";
import { packageVersion } from "./package-version.ts";
import { runUntilStopped } from "./run-until-stopped.ts";
import { startService } from "./service.ts";
import type { Terminal } from "./terminal.ts";

export interface ServeOptions extends ListenAddress {
  /** Directory of the store. */
  readonly data: string;
  /** Origins of pages that may connect; undefined: only pages of this server. */
  readonly origin?: readonly string[];
}

/** Where the build puts the playground, beside the compiled code. */
const SITE_DIRECTORY = fileURLToPath(new URL("./site", import.meta.url));

/** `everwire serve`: runs until a signal stops it. Rejects with a `StartError` when it cannot start. */
export function serve(options: ServeOptions, terminal: Terminal): Promise<number> {
  return runUntilStopped(async () => {
    const service = await startService({ ...options, site: SITE_DIRECTORY, log: terminal.err });
    return {
      announcement: announcement({ version: packageVersion(), ...service }),
      unready: () => service.readiness.drain(),
      close: () => service.close(),
    };
  }, terminal);
}

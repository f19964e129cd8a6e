import { ServerResponse } from "node:http";
import type { Upgrade } from "@everwire/websocket";

/** Headers that say how a message is framed; those of an upgrade are not a middleware's to set. */
const FRAMING = /^(?:connection|upgrade|content-length|content-type|transfer-encoding|keep-alive|sec-websocket-.*)$/;

/**
 * What a middleware is given as the response of an upgrade: its headers go into the answer that accepts, and ending it
 * refuses the upgrade with its status.
 */
export class UpgradeResponse extends ServerResponse {
  readonly #upgrade: Upgrade;

  constructor(upgrade: Upgrade) {
    super(upgrade.request);
    this.#upgrade = upgrade;
    // There is no socket behind it: what is written goes nowhere.
    this.on("error", () => {});
  }

  /** Header lines for the answer that accepts. */
  get lines(): string[] {
    return Object.entries(this.getHeaders())
      .filter(([name]) => !FRAMING.test(name))
      .flatMap(([name, value]) => [value].flat().map((item) => `${name}: ${item}`));
  }

  override end(body?: unknown): this {
    if (this.writableEnded) return this;
    const headers: Record<string, string> = Object.create(null);
    for (const [name, value] of Object.entries(this.getHeaders())) {
      if (!FRAMING.test(name) && value !== undefined) headers[name] = [value].flat().join(", ");
    }
    // A status below 400 refuses nothing: a middleware that ends an upgrade without one means no.
    const status = this.statusCode >= 300 ? this.statusCode : 403;
    this.#upgrade.refuse({ status, body: typeof body === "string" ? body : "", headers });
    // Without a socket `finish` would never come.
    super.end();
    this.emit("finish");
    return this;
  }
}

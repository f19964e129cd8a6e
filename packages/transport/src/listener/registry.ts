import type { LosslessUplink } from "../lossless/lossless-uplink.ts";
import type { EngineSession } from "../session/session.ts";
import type { TransportName } from "../transport.ts";

/** A session and what its later requests are measured by. */
export interface Resident {
  readonly session: EngineSession;
  /** The transport it was opened with. */
  readonly opened: TransportName;
  /** The address it counts for, or the network where that is what counts. */
  readonly address: string;
  /** What the application's `bind` said of the request that opened it. */
  readonly binding: string | undefined;
  /** Of an Everwire session: where its request bodies go. */
  readonly uplink: LosslessUplink | undefined;
}

/** The sessions of one listener, by id and counted by address. */
export class SessionRegistry {
  readonly #residents = new Map<string, Resident>();
  readonly #perAddress = new Map<string, number>();
  readonly #emptied: (() => void)[] = [];

  get size(): number {
    return this.#residents.size;
  }

  find(id: string): Resident | undefined {
    return this.#residents.get(id);
  }

  /** Sessions of one address. */
  count(address: string): number {
    return this.#perAddress.get(address) ?? 0;
  }

  add(resident: Resident): void {
    this.#residents.set(resident.session.id, resident);
    this.#perAddress.set(resident.address, this.count(resident.address) + 1);
  }

  remove(id: string): void {
    const resident = this.#residents.get(id);
    if (resident === undefined) return;
    this.#residents.delete(id);
    const left = this.count(resident.address) - 1;
    if (left > 0) this.#perAddress.set(resident.address, left);
    else this.#perAddress.delete(resident.address);
    if (this.#residents.size === 0) for (const resolve of this.#emptied.splice(0)) resolve();
  }

  /** All sessions of this moment. */
  sessions(): EngineSession[] {
    return [...this.#residents.values()].map(({ session }) => session);
  }

  /** Resolves when there is no session left. */
  empty(): Promise<void> {
    return this.#residents.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#emptied.push(resolve));
  }
}

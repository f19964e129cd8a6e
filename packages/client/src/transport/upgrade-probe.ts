import type { SessionPacket } from "../packet/session-packet.ts";
import type { Cancel, Clock } from "./clock.ts";
import type { EngineTransport, EngineTransportHandler, TransportFactory } from "./engine-transport.ts";

export interface ProbeSetup {
  readonly clock: Clock;
  readonly create: TransportFactory;
  readonly sid: string;
  /** Milliseconds for all of it. */
  readonly timeout: number;
  /** The transport in use. It must be one that can pause. */
  readonly current: EngineTransport;
  /** Takes over the new transport's events from the moment of the switch. */
  readonly next: EngineTransportHandler;
  /** Called once: with the new transport, or with undefined when the current one stays. */
  readonly done: (transport: EngineTransport | undefined) => void;
}

/**
 * Moves a session from polling to a WebSocket without loss or reordering (Engine.IO 4, "Upgrade").
 *
 * The new transport proves itself with ping and pong while the old one still works. Then the old one stops receiving, and
 * only when nothing is under way there any more is `upgrade` sent: from then on both sides use the new one alone. Until
 * that packet has been sent, a failure costs nothing.
 */
export class UpgradeProbe {
  readonly #setup: ProbeSetup;
  readonly #transport: EngineTransport;
  #state: "opening" | "probing" | "pausing" | "switched" | "failed" = "opening";
  #cancel: Cancel;

  constructor(setup: ProbeSetup) {
    this.#setup = setup;
    this.#transport = setup.create("websocket", setup.sid, {
      open: () => this.#ping(),
      packet: (packet) => this.#receive(packet),
      drain: () => setup.next.drain(),
      ended: () => undefined,
      close: (failure, detail) => (this.#state === "switched" ? setup.next.close(failure, detail) : this.#fail()),
    });
    this.#cancel = setup.clock.after(setup.timeout, () => this.#fail());
    this.#transport.open();
  }

  /** Gives up without calling `done`; the current transport goes on. */
  abort(): void {
    if (this.#state === "switched" || this.#state === "failed") return;
    const pausing = this.#state === "pausing";
    this.#state = "failed";
    this.#cancel();
    this.#transport.close();
    if (pausing) this.#setup.current.resume?.();
  }

  #ping(): void {
    this.#state = "probing";
    this.#transport.send([{ type: "ping", data: "probe" }], Number.POSITIVE_INFINITY);
  }

  #receive(packet: SessionPacket): void {
    if (this.#state === "switched") {
      this.#setup.next.packet(packet);
    } else if (this.#state === "probing" && packet.type === "pong" && packet.data === "probe") {
      this.#state = "pausing";
      this.#setup.current.pause?.(() => this.#switch());
    } else {
      this.#fail();
    }
  }

  #switch(): void {
    if (this.#state !== "pausing") return;
    this.#state = "switched";
    this.#cancel();
    this.#transport.send([{ type: "upgrade", data: "" }], Number.POSITIVE_INFINITY);
    this.#setup.done(this.#transport);
  }

  #fail(): void {
    if (this.#state === "failed") return;
    this.abort();
    this.#setup.done(undefined);
  }
}

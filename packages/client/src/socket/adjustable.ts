import type { ResolvedOptions } from "./client-options.ts";
import { Listening } from "./listening.ts";

/** A Manager's options, of which those about reconnection can be changed while it lives. */
export abstract class Adjustable extends Listening {
  #options: ResolvedOptions;

  constructor(options: ResolvedOptions) {
    super();
    this.#options = options;
  }

  /** Complete, and as they are now. */
  get options(): ResolvedOptions {
    return this.#options;
  }

  /** Without a value, this and the next five say what is set; with one, it counts from the next attempt on. */
  reconnection(): boolean;
  reconnection(value: boolean): this;
  reconnection(value?: boolean): boolean | this {
    return this.#option("reconnection", value);
  }

  reconnectionAttempts(): number;
  reconnectionAttempts(value: number): this;
  reconnectionAttempts(value?: number): number | this {
    return this.#option("reconnectionAttempts", value);
  }

  reconnectionDelay(): number;
  reconnectionDelay(value: number): this;
  reconnectionDelay(value?: number): number | this {
    return this.#option("reconnectionDelay", value);
  }

  reconnectionDelayMax(): number;
  reconnectionDelayMax(value: number): this;
  reconnectionDelayMax(value?: number): number | this {
    return this.#option("reconnectionDelayMax", value);
  }

  randomizationFactor(): number | undefined;
  randomizationFactor(value: number): this;
  randomizationFactor(value?: number): number | undefined | this {
    return this.#option("randomizationFactor", value);
  }

  timeout(): number;
  timeout(value: number): this;
  timeout(value?: number): number | this {
    return this.#option("timeout", value);
  }

  #option<K extends keyof ResolvedOptions>(name: K, value: ResolvedOptions[K] | undefined): ResolvedOptions[K] | this {
    if (value === undefined) return this.options[name];
    this.#options = { ...this.options, [name]: value };
    return this;
  }
}

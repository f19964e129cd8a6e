/** A fault was asked for that does not exist or makes no sense; the message names it and what it takes. */
export class FaultOptionError extends TypeError {
  override readonly name: string = "FaultOptionError";
}

/** Reads the fields of one fault from a value nobody has looked at yet. */
export class Fields {
  readonly #fault: string;
  readonly #values: Map<string, unknown>;

  /** @param short the field that a value which is no object stands for */
  constructor(fault: string, value: unknown, short: string) {
    this.#fault = fault;
    const isLong = typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof RegExp);
    this.#values = new Map(isLong ? Object.entries(value) : [[short, value]]);
  }

  has(field: string): boolean {
    return this.#values.get(field) !== undefined;
  }

  /** A finite number from `min` to `max`; without a default the field must be there. */
  number(field: string, { min = 0, max = Number.MAX_SAFE_INTEGER, otherwise }: NumberRange = {}): number {
    const value = this.#take(field) ?? otherwise;
    if (typeof value !== "number" || !(value >= min && value <= max)) {
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
      throw this.#refusal(field, `takes a number ${range}`);
    }
    return value;
  }

  integer(field: string, range: NumberRange = {}): number {
    const value = this.number(field, range);
    if (!Number.isSafeInteger(value) && value !== range.otherwise) throw this.#refusal(field, "takes an integer");
    return value;
  }

  flag(field: string, otherwise: boolean): boolean {
    const value = this.#take(field) ?? otherwise;
    if (typeof value !== "boolean") throw this.#refusal(field, "is true or false");
    return value;
  }

  oneOf<Word extends string>(field: string, words: readonly Word[], otherwise?: Word): Word {
    const value = this.#take(field) ?? otherwise;
    const word = words.find((each) => each === value);
    if (word === undefined) throw this.#refusal(field, `is one of ${words.join(", ")}`);
    return word;
  }

  /** One value or a list of them. */
  list(field: string, otherwise?: readonly unknown[]): readonly unknown[] {
    const value = this.#take(field) ?? otherwise;
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (value === undefined || list.length === 0) throw this.#refusal(field, "takes one value or a list");
    return list;
  }

  /** Refuses what is left: a misspelt field is never passed over in silence. */
  done<Value>(value: Value): Value {
    const [unknown] = this.#values.keys();
    if (unknown !== undefined) throw new FaultOptionError(`${this.#fault}: there is no ${JSON.stringify(unknown)}`);
    return value;
  }

  #take(field: string): unknown {
    const value = this.#values.get(field);
    this.#values.delete(field);
    return value;
  }

  #refusal(field: string, what: string): FaultOptionError {
    return new FaultOptionError(`${this.#fault}: ${field} ${what}`);
  }
}

export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  readonly otherwise?: number;
}

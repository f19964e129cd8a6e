import { isSuspect, toBrokerError } from "./sqlite-failure.ts";
import { Store } from "./store.ts";
import { StoreDirectory } from "./store-directory.ts";
import type { StoreCall, StoreOptions, StoreReply } from "./store-message.ts";

/** Answers calls with the store. After a failure that makes the file suspect it is opened anew, and checked, before it is used. */
export class StoreHost {
  readonly #options: StoreOptions;
  readonly #directory: StoreDirectory;
  #store: Store | undefined;
  #now: number;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#now = options.now;
    this.#directory = StoreDirectory.claim(options.directory);
    try {
      this.#store = new Store(this.#directory.file, options, options.now, false);
    } catch (error) {
      this.#directory.release();
      throw error;
    }
  }

  /** Never throws: a failure is a reply. */
  handle(call: StoreCall): StoreReply {
    try {
      return this.#answer(call);
    } catch (thrown) {
      const error = toBrokerError(thrown);
      if (isSuspect(error)) this.#drop();
      return failureOf(error);
    }
  }

  #answer(call: StoreCall): StoreReply {
    if (call.kind === "close") return this.#close();
    this.#store ??= new Store(this.#directory.file, this.#options, this.#now, true);
    switch (call.kind) {
      case "append":
        this.#now = call.now;
        return { kind: "appended", ...this.#store.append(call) };
      case "read":
        return { kind: "page", page: this.#store.read(call.topic, call.query) };
      case "head":
        return { kind: "head", position: this.#store.head(call.topic) };
      case "trim":
        return { kind: "trimmed", count: this.#store.trim(call.topic, call.retention, call.time) };
      case "topics":
        return { kind: "topics", topics: this.#store.topics(call.prefix, call.limit) };
    }
  }

  #close(): StoreReply {
    this.#drop();
    this.#directory.release();
    return { kind: "closed" };
  }

  // A failed close changes nothing any more: what was committed is synced already.
  #drop(): void {
    const store = this.#store;
    this.#store = undefined;
    try {
      store?.close();
    } catch {
      return;
    }
  }
}

/** A failure in the form that crosses the threads. */
export function failureOf(thrown: unknown): StoreReply {
  const { code, message, topic, offset } = toBrokerError(thrown);
  // The message begins with the code, and the error made from this reply adds it again.
  return { kind: "failure", code, detail: message.slice(code.length + 2), topic, offset };
}

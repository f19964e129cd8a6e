import { isNamespace } from "@everwire/protocol";
import { call } from "../event/listener-map.ts";
import { ServerError, type ServerFailureCode } from "../failures.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { Namespace, type NamespaceServer } from "./namespace.ts";
import { ParentNamespace } from "./parent-namespace.ts";

/**
 * Says whether a client may have a namespace of this name: `next(null, true)`, at once or later. An error, false, a throw
 * and a rejection mean no, and the parents that were added later are asked.
 */
export type NamespaceFilter = (
  name: string,
  auth: Readonly<Record<string, unknown>>,
  next: (error: Error | null | undefined, allow?: boolean) => void,
) => unknown;

interface Family {
  readonly parent: ParentNamespace;
  readonly filter: NamespaceFilter;
  /** Present when the filter is this expression. */
  readonly pattern: RegExp | undefined;
}

/**
 * The namespaces of a server by name, and the parents that make one when a client asks for it.
 *
 * Bounded: clients choose the names of children, so there are at most `maxChildNamespaces`, and a child whose last socket
 * has left is forgotten unless `cleanupEmptyChildNamespaces` is off.
 */
export class NamespaceTable {
  readonly #runtime: Runtime;
  readonly #server: () => NamespaceServer;
  readonly #main: Namespace;
  readonly #names: Map<string, Namespace>;
  readonly #families: Family[] = [];
  #children = 0;

  constructor(main: Namespace, runtime: Runtime, server: () => NamespaceServer) {
    this.#main = main;
    this.#names = new Map([[main.name, main]]);
    this.#runtime = runtime;
    this.#server = server;
  }

  /** Every namespace by its name, children among them: a live view. */
  get names(): Map<string, Namespace> {
    return this.#names;
  }

  /** The namespace of this name, made if there is none: as a child when its name is one of a parent's expression. */
  of(name: string): Namespace {
    const path = name.startsWith("/") ? name : `/${name}`;
    const known = this.#names.get(path);
    if (known !== undefined) return known;
    if (!isNamespace(path)) throw new ServerError("invalid_namespace");
    return this.#create(path, this.#families.find(({ pattern }) => pattern?.test(path) === true)?.parent);
  }

  /** A new parent for the names that `matcher` takes. Throws `invalid_namespace` for an expression that keeps state. */
  parentOf(matcher: RegExp | NamespaceFilter): ParentNamespace {
    const pattern = matcher instanceof RegExp ? matcher : undefined;
    if (pattern?.global === true || pattern?.sticky === true) {
      throw new ServerError("invalid_namespace", "an expression with the flag g or y answers differently each time");
    }
    const filter = matcher instanceof RegExp ? byPattern(matcher) : matcher;
    const parent = new ParentNamespace(`/_${this.#families.length}`, this.#runtime);
    this.#families.push({ parent, filter, pattern });
    return parent;
  }

  /**
   * Finds the namespace that a client asks for, or makes it when a parent allows. `done` is called once, or never when a
   * filter never answers: whoever calls keeps the deadline.
   */
  find(
    name: string,
    auth: Readonly<Record<string, unknown>>,
    done: (found: Namespace | ServerFailureCode) => void,
  ): void {
    const known = this.#names.get(name);
    if (known === undefined) this.#ask(0, name, auth, done);
    else done(known);
  }

  #ask(
    index: number,
    name: string,
    auth: Readonly<Record<string, unknown>>,
    done: (found: Namespace | ServerFailureCode) => void,
  ): void {
    const family = this.#families[index];
    if (family === undefined) {
      done("namespace_unknown");
      return;
    }
    let answered = false;
    const answer = (allowed: boolean): void => {
      if (answered) return;
      answered = true;
      if (allowed) this.#adopt(name, family.parent, done);
      else this.#ask(index + 1, name, auth, done);
    };
    // Applications without types answer with anything: what is no error and not false means yes.
    const next: Parameters<NamespaceFilter>[2] = (error, allow) => answer(!error && Boolean(allow));
    call(family.filter, [name, auth, next], (error) => {
      this.#runtime.report(error, name);
      answer(false);
    });
  }

  #adopt(name: string, parent: ParentNamespace, done: (found: Namespace | ServerFailureCode) => void): void {
    // Another client may have been quicker.
    const known = this.#names.get(name);
    if (known === undefined && this.#children >= this.#runtime.options.maxChildNamespaces) {
      done("too_many_namespaces");
      return;
    }
    const child = known ?? this.#create(name, parent);
    done(child);
    // The client may have gone while the filter thought.
    this.#sweep(child, parent);
  }

  #create(name: string, parent: ParentNamespace | undefined): Namespace {
    const vacated = (): void => {
      // Later, so that listeners of the last socket's `disconnect` still find the namespace they were in.
      if (parent !== undefined) queueMicrotask(() => this.#sweep(namespace, parent));
    };
    const namespace: Namespace = new Namespace(name, this.#runtime, { server: this.#server, parent, vacated });
    this.#names.set(name, namespace);
    if (parent !== undefined) {
      this.#children += 1;
      parent.add(namespace);
    }
    this.#main.events.emit("new_namespace", [namespace], (error) => this.#runtime.report(error, name));
    return namespace;
  }

  #sweep(child: Namespace, parent: ParentNamespace): void {
    if (!this.#runtime.options.cleanupEmptyChildNamespaces) return;
    if (!child.audience.vacant || this.#names.get(child.name) !== child) return;
    this.#names.delete(child.name);
    this.#children -= 1;
    parent.remove(child);
  }
}

function byPattern(pattern: RegExp): NamespaceFilter {
  return (name, _auth, next) => next(null, pattern.test(name));
}

import { isStandardSchema, type StandardSchema } from "./standard-schema.ts";

/** The arguments of an event: one, as its schema alone, or any number of them. */
export type ArgumentShape = StandardSchema | readonly StandardSchema[];

/** An event with its arguments, and with what it is answered with. */
export interface AnsweredShape {
  readonly args?: ArgumentShape;
  readonly ack?: StandardSchema;
}

/** How a contract describes an event. */
export type EventShape = ArgumentShape | AnsweredShape;

/** The same in one form. */
export interface EventRule {
  readonly args: readonly StandardSchema[];
  /** Undefined: the answer carries nothing. */
  readonly ack: StandardSchema | undefined;
}

/** Brings a shape into its one form. Throws a TypeError that says what is wrong with it. */
export function readShape(name: string, shape: unknown): EventRule {
  if (isStandardSchema(shape) || Array.isArray(shape)) return { args: readArguments(name, shape), ack: undefined };
  if (typeof shape !== "object" || shape === null) throw unreadable(name);
  const { args = [], ack, ...others }: { args?: unknown; ack?: unknown } = shape;
  if (Object.keys(others).length > 0) throw unreadable(name);
  if (ack !== undefined && !isStandardSchema(ack)) throw unreadable(name);
  return { args: readArguments(name, args), ack };
}

function readArguments(name: string, args: unknown): readonly StandardSchema[] {
  const list: readonly unknown[] = Array.isArray(args) ? args : [args];
  return list.map((schema) => {
    if (isStandardSchema(schema)) return schema;
    throw unreadable(name);
  });
}

function unreadable(name: string): TypeError {
  return new TypeError(`the event "${name}" is described by a schema, an array of schemas, or { args, ack }`);
}

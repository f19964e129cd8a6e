import type { Contract, EventShapes } from "./contract.ts";
import type { EventShape } from "./event-shape.ts";
import type { SchemaInput, SchemaOutput, StandardSchema } from "./standard-schema.ts";

declare const ANSWER: unique symbol;

/**
 * Stands in an event map for what a handler returns, or promises, as the answer. Only at compile time: no value is one.
 */
export interface Answer<Value> {
  readonly [ANSWER]: Value;
}

type ArgumentSchemas<Shape> = Shape extends StandardSchema
  ? readonly [Shape]
  : Shape extends readonly StandardSchema[]
    ? Shape
    : Shape extends { readonly args: infer Args }
      ? ArgumentSchemas<Args>
      : readonly [];

type AckSchema<Shape> = Shape extends StandardSchema | readonly unknown[]
  ? undefined
  : Shape extends { readonly ack: infer Ack extends StandardSchema }
    ? Ack
    : undefined;

type Inputs<Schemas> = {
  -readonly [I in keyof Schemas]: Schemas[I] extends StandardSchema ? SchemaInput<Schemas[I]> : never;
};

type Outputs<Schemas> = {
  -readonly [I in keyof Schemas]: Schemas[I] extends StandardSchema ? SchemaOutput<Schemas[I]> : never;
};

/** The arguments an event may be emitted with. */
export type ShapeInputs<Shape extends EventShape> =
  Inputs<ArgumentSchemas<Shape>> extends infer Args extends unknown[] ? Args : never;

/** The arguments its handlers get. */
export type ShapeOutputs<Shape extends EventShape> =
  Outputs<ArgumentSchemas<Shape>> extends infer Args extends unknown[] ? Args : never;

/** What the one who emits it gets as the answer; undefined when the event has none. */
export type AckOutput<Shape extends EventShape> =
  AckSchema<Shape> extends infer Ack extends StandardSchema ? SchemaOutput<Ack> : undefined;

type HandlerResult<Shape extends EventShape> =
  AckSchema<Shape> extends infer Ack extends StandardSchema ? Answer<SchemaInput<Ack>> : unknown;

type NamesOf<Shapes extends EventShapes> = keyof Shapes & string;

/** The events that clients send, as the server's handlers see them: an event is answered by what its handler returns. */
export type ContractHandlers<C extends Contract> = {
  [Name in NamesOf<C["clientToServer"]>]: (
    ...args: ShapeOutputs<C["clientToServer"][Name]>
  ) => HandlerResult<C["clientToServer"][Name]>;
};

/** The events that the server sends, as the client's listeners see them: one is answered by what its listener returns. */
export type ContractListeners<C extends Contract> = {
  [Name in NamesOf<C["serverToClient"]>]: (
    ...args: ShapeOutputs<C["serverToClient"][Name]>
  ) => AckSchema<C["serverToClient"][Name]> extends infer Ack extends StandardSchema
    ? SchemaInput<Ack> | PromiseLike<SchemaInput<Ack>>
    : unknown;
};

/** The events that the server sends, with a callback last when they are answered: an event map like any other. */
export type ContractEvents<C extends Contract> = {
  [Name in NamesOf<C["serverToClient"]>]: (
    ...args: AckSchema<C["serverToClient"][Name]> extends infer Ack extends StandardSchema
      ? [...ShapeOutputs<C["serverToClient"][Name]>, acknowledge: (answer: SchemaOutput<Ack>) => void]
      : ShapeOutputs<C["serverToClient"][Name]>
  ) => void;
};

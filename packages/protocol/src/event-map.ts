/**
 * The events of one direction: each key a name, each value the listener's type, a callback for the acknowledgement
 * last. An interface or a type alias; only functions count as events.
 */
export type EventMap = object;

/** The map of an application that has not typed its events. */
export interface DefaultEventMap {
  // biome-ignore lint/suspicious/noExplicitAny: untyped events take and give whatever their listener says, callbacks included
  [event: string]: (...args: any[]) => void;
}

/** The names a map knows. */
export type EventNames<M extends EventMap> = keyof M & string;

/** The arguments of an event, its acknowledgement callback included. */
export type EventArguments<M extends EventMap, E extends EventNames<M>> = M[E] extends (...args: infer A) => unknown
  ? A
  : never;

/** What `on` takes for an event. */
export type EventListener<M extends EventMap, E extends EventNames<M>> = (...args: EventArguments<M, E>) => void;

/** A function of any arguments; `never` makes every callback assignable. */
type Callback = (...args: never[]) => void;

type Last<A extends readonly unknown[]> = A extends readonly [...unknown[], infer L]
  ? L
  : A extends readonly []
    ? undefined
    : A[number];

type AllButLast<A extends readonly unknown[]> = A extends readonly [...infer H, unknown] ? H : A;

/** The names of the events whose last argument is a callback: those `emitWithAck` takes. */
export type EventNamesWithAck<M extends EventMap> = {
  [E in EventNames<M>]: Last<EventArguments<M, E>> extends Callback ? E : never;
}[EventNames<M>];

/** The arguments of an event without its acknowledgement callback. */
export type EventArgumentsWithoutAck<M extends EventMap, E extends EventNames<M>> = AllButLast<EventArguments<M, E>>;

/** What `emitWithAck` resolves with: the first argument of the callback. */
export type AckValue<M extends EventMap, E extends EventNames<M>> = AnswerOf<Last<EventArguments<M, E>>>;

// `0 extends 1 & C` holds for `any` alone: an untyped event is answered with whatever its caller says, as untyped
// listeners take whatever they say.
type AnswerOf<C> = 0 extends 1 & C ? C : C extends (...args: infer A) => void ? A[0] : never;

/** The callback gets an error first when no answer came in time. */
type WithTimeout<A extends readonly unknown[]> = A extends [...infer H, (...args: infer R) => void]
  ? [...H, (error: Error | null, ...args: R) => void]
  : A;

/** The callback gets an error first and then one answer of each receiver. */
type WithAnswers<A extends readonly unknown[]> = A extends [...infer H, (...args: infer R) => void]
  ? [...H, (error: Error | null, answers: R[0][]) => void]
  : A;

/** A map as `socket.timeout(ms).emit` sees it. */
export type TimeoutEventMap<M extends EventMap> = {
  [E in EventNames<M>]: (...args: WithTimeout<EventArguments<M, E>>) => void;
};

/** A map as `io.timeout(ms).emit`, a broadcast with acknowledgements, sees it. */
export type BroadcastEventMap<M extends EventMap> = {
  [E in EventNames<M>]: (...args: WithAnswers<EventArguments<M, E>>) => void;
};

/** What sockets keep, in an application that has not typed it: whatever its middlewares put there. */
// biome-ignore lint/suspicious/noExplicitAny: as with untyped events, what is read is what the application says it wrote
export type DefaultSocketData = any;

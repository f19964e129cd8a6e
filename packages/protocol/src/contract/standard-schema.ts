/** A key of a path: of an object, a map or an array. */
export type SchemaPathSegment = PropertyKey | { readonly key: PropertyKey };

/** What is wrong with a value, and where in it. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly SchemaPathSegment[] | undefined;
}

/** A value in the schema's own form, or what is wrong with the one that was given. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/**
 * What every schema library of the Standard Schema specification, version 1, offers: zod, valibot, arktype and others.
 *
 * `Input` is what a caller may give, `Output` what validation makes of it. `types` exists at compile time only.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type TypesOf<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>;

/** What a caller may give. */
export type SchemaInput<S extends StandardSchema> = TypesOf<S>["input"];

/** What validation makes of it. */
export type SchemaOutput<S extends StandardSchema> = TypesOf<S>["output"];

/** Schemas are objects, and functions in some libraries. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const standard: unknown = Reflect.get(value, "~standard");
  if (typeof standard !== "object" || standard === null) return false;
  return Reflect.get(standard, "version") === 1 && typeof Reflect.get(standard, "validate") === "function";
}

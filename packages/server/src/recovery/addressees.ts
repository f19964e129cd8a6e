/** Whom an event was for: the union of the rooms, or everybody when that is undefined, less the union of `except`. */
export interface Addressees {
  readonly rooms: readonly string[] | undefined;
  readonly except: readonly string[];
}

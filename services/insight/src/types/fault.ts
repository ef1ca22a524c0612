/** Something wrong with what a model wrote. */
export interface Fault {
  /** Continues "the answer …"; may be shown and logged. */
  readonly what: string;
  /** The places, in the model's words: for the model's eyes alone, since names and untruths may be in them. */
  readonly said: readonly string[];
}

/** A page of a list, and the cursor of the next one. */
export interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
}

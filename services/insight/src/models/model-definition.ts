/** One language model, and where it is. */
export interface ModelDefinition {
  /** The name the server knows it by. */
  readonly id: string;
  readonly baseUrl: string;
  /** Sent as a bearer token; never shown or logged. */
  readonly apiKey: string;
  /** Milliseconds one call may take. */
  readonly timeoutMs: number;
}

type Environment = Record<string, string>;

/** The replicas of a service in this process, on what one test file runs on. */
export class Replicas<S extends { close(): Promise<void> }> {
  private running: S[] = [];

  /** @param environment which all have, where nothing else is said. */
  constructor(
    private readonly startOne: (environment: Environment) => Promise<S>,
    readonly environment: Environment,
  ) {}

  /** Starts one more, with settings changed where given. */
  async add(changed: Environment = {}): Promise<S> {
    const replica = await this.startOne({ ...this.environment, ...changed });
    this.running.push(replica);
    return replica;
  }

  /** Stops all, and starts one. */
  async restart(changed: Environment = {}): Promise<S> {
    await this.stop();
    return this.add(changed);
  }

  /** Stops all. */
  async stop(): Promise<void> {
    await Promise.all(this.running.splice(0).map((replica) => replica.close()));
  }
}

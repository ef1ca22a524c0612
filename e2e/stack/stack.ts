import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { freePort, type TestServer } from '@undertone/platform/test-kit/servers';

/** The repository's root. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export const services = ['identity', 'token', 'ingestion', 'insight', 'scheduler', 'gateway'] as const;
export type Service = (typeof services)[number];

interface Program {
  readonly command: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly readyUrl: string;
  process?: ChildProcess;
}

export interface StackOptions {
  /** Of a checkout that was built; absent: this one. */
  readonly root?: string;
  /** A NATS server with the streams of an earlier release; absent: an empty one. */
  readonly nats?: TestServer;
  /** Done on the servers before anything runs on them. */
  readonly prepare?: (infrastructure: TestInfrastructure) => Promise<void>;
}

/** The whole product as separate processes, as it is built, on servers of this test file alone. */
export class Stack {
  /** Everything that the processes wrote. */
  output = '';
  private readonly programs = new Map<Service | 'simulator', Program>();

  private constructor(
    readonly infrastructure: TestInfrastructure,
    readonly url: string,
    readonly simulatorUrl: string,
    private readonly root: string,
  ) {}

  /** @param environment for every service, on top of what the stack needs. */
  static async start(
    environment: Record<string, string> = {},
    { root = ROOT, nats, prepare }: StackOptions = {},
  ): Promise<Stack> {
    const behind = services.filter((service) => service !== 'gateway');
    const infrastructure = await startInfrastructure(behind, nats);
    await prepare?.(infrastructure);
    await infrastructure.provisionStreams();
    const [gatewayPort, simulatorPort] = [await freePort(), await freePort()];
    const simulatorUrl = `http://127.0.0.1:${simulatorPort}`;
    const stack = new Stack(infrastructure, `http://127.0.0.1:${gatewayPort}`, simulatorUrl, root);
    stack.programs.set('simulator', {
      command: ['simulators/dist/spotify/main.js', '--port', String(simulatorPort)],
      environment: {},
      readyUrl: `${simulatorUrl}/_control/calls`,
    });
    for (const service of services) {
      const port = service === 'gateway' ? gatewayPort : await freePort();
      stack.programs.set(service, {
        command: [`services/${service}/dist/src/main.js`],
        environment: {
          ...infrastructure.environment(service),
          LOG_LEVEL: 'info',
          NODE_ENV: 'test',
          PORT: String(port),
          AUTH_MODE: 'open',
          // What is due every half an hour, or more often, happens in no test.
          REFRESH_SCHEDULE: 'off',
          MONITOR_SCHEDULE: 'off',
          ZONE_SCHEDULE: 'off',
          CLEANUP_SCHEDULE: 'off',
          // Tests poll faster than the limits allow.
          RATE_LIMIT_REQUESTS: '1000000',
          RATE_LIMIT_SIGN_IN: '1000000',
          RATE_LIMIT_READS: '1000000',
          RATE_LIMIT_WRITES: '1000000',
          FIELD_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
          SPOTIFY_MODE: 'simulator',
          SPOTIFY_API_URL: simulatorUrl,
          SPOTIFY_ACCOUNTS_URL: simulatorUrl,
          RECCOBEATS_URL: `${simulatorUrl}/reccobeats`,
          SPOTIFY_CALLS_PER_30_SECONDS: '1000000',
          SPOTIFY_CALLS_PER_DAY: '1000000000',
          RECCOBEATS_CALLS_PER_30_SECONDS: '1000000',
          RECCOBEATS_CALLS_PER_DAY: '1000000000',
          ...environment,
        },
        readyUrl: `http://127.0.0.1:${port}/readyz`,
      });
    }
    for (const name of stack.programs.keys()) stack.spawn(name);
    try {
      for (const name of stack.programs.keys()) await stack.ready(name);
    } catch (error) {
      // Nobody else has it, to stop it.
      await stack.stop();
      throw error;
    }
    return stack;
  }

  /** SIGKILL: the process has no say in it. */
  async kill(service: Service): Promise<void> {
    await this.end(this.program(service), 'SIGKILL');
  }

  /**
   * Starts a service that was killed, and waits until it is ready.
   * @param environment in place of what it had.
   */
  async restart(service: Service, environment: Record<string, string> = {}): Promise<void> {
    Object.assign(this.program(service).environment, environment);
    this.spawn(service);
    await this.ready(service);
  }

  /** SIGTERM: the process ends what it does. @param service all of them, and the servers, where none is named. */
  async stop(service?: Service): Promise<void> {
    if (service) return this.end(this.program(service), 'SIGTERM');
    await this.stopServices();
    await this.infrastructure.stop();
  }

  /** The servers stay. */
  async stopServices(): Promise<void> {
    const programs = [...this.programs.values()];
    await Promise.all(programs.map((program) => this.end(program, 'SIGTERM')));
  }

  private program(name: Service | 'simulator'): Program {
    const program = this.programs.get(name);
    if (!program) throw new Error(`no program ${name}`);
    return program;
  }

  private spawn(name: Service | 'simulator'): void {
    const program = this.program(name);
    const child = spawn(process.execPath, [...program.command], {
      cwd: this.root,
      env: { PATH: process.env.PATH, ...program.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer) => {
      this.output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    program.process = child;
  }

  private async ready(name: Service | 'simulator'): Promise<void> {
    const { readyUrl, process: child } = this.program(name);
    await eventually(
      `${name} is ready`,
      async () => {
        if (child && child.exitCode !== null) {
          throw new Error(`${name} exited with ${child.exitCode}:\n${this.output.slice(-3_000)}`);
        }
        return (await fetch(readyUrl)).ok;
      },
      110_000,
    );
  }

  private async end({ process: child }: Program, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}

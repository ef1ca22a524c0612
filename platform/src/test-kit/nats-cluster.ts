import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Extra, natsCredentials } from './credentials.js';
import { eventually } from './eventually.js';
import { freePort, hasDocker, type TestServer } from './servers.js';
import { TcpProxy } from './tcp-proxy.js';

const run = promisify(execFile);

/** How one server is run, in a process or a container. */
interface Runner {
  /** SIGKILL, as a power cut would. */
  kill(): Promise<void>;
  /** On the same data, also after `kill`. */
  restart(): Promise<void>;
  /** It does nothing any more, and its connections stay open. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Kills it, and removes its data. */
  remove(): Promise<void>;
}

/** One of the three servers. Services reach it by way of `proxy`, and the other servers by way of proxies too. */
export interface ClusterServer extends Omit<Runner, 'remove'> {
  readonly name: string;
  readonly proxy: TcpProxy;
  /** Cuts it off from the other two, both ways, and nobody is told; clients still reach it. */
  partition(): void;
  /** Ends the partition. */
  rejoin(): void;
}

interface Ports {
  readonly client: number;
  readonly cluster: number;
  readonly monitor: number;
  /** Nobody listens there: the address that the server tells the others, who are to take the way of the proxies. */
  readonly nowhere: number;
}

/** Three NATS servers with JetStream, as one cluster. As a `TestServer` it is all three, reached directly. */
export class NatsCluster implements TestServer {
  private constructor(
    readonly servers: readonly ClusterServer[],
    readonly url: string,
    private readonly runners: readonly Runner[],
    private readonly proxies: readonly TcpProxy[],
  ) {}

  /** Starts the servers, and resolves when they have a leader. */
  static async start(): Promise<NatsCluster> {
    const ports: Ports[] = [];
    for (let at = 0; at < 3; at += 1) {
      const [client, cluster] = [await freePort(), await freePort()];
      ports.push({ client, cluster, monitor: await freePort(), nowhere: await freePort() });
    }
    // One for each direction, because a proxy does not tell who comes.
    const ways: { from: number; to: number; proxy: TcpProxy }[] = [];
    for (const from of ports.keys()) {
      for (const [to, { cluster }] of ports.entries()) {
        if (from !== to) ways.push({ from, to, proxy: await TcpProxy.to(`nats://127.0.0.1:${cluster}`) });
      }
    }
    const { extra } = await natsCredentials();
    const runners = await Promise.all(
      ports.map((own, at) => {
        const routes = ways.filter(({ from }) => from === at).map(({ proxy }) => proxy.url);
        return startServer(flagsOf(`nats-${at}`, own, routes), extra);
      }),
    );
    const servers: ClusterServer[] = [];
    for (const [at, runner] of runners.entries()) {
      const proxy = await TcpProxy.to(`nats://127.0.0.1:${ports[at]?.client}`);
      const own = ways.filter(({ from, to }) => from === at || to === at);
      servers.push({
        name: `nats-${at}`,
        proxy,
        kill: () => runner.kill(),
        restart: () => runner.restart(),
        freeze: () => runner.freeze(),
        thaw: () => runner.thaw(),
        partition: () => own.forEach((way) => void way.proxy.hold()),
        rejoin: () => own.forEach((way) => void way.proxy.release()),
      });
    }
    const url = ports.map(({ client }) => `nats://127.0.0.1:${client}`).join(',');
    const proxies = [...ways.map(({ proxy }) => proxy), ...servers.map(({ proxy }) => proxy)];
    const cluster = new NatsCluster(servers, url, runners, proxies);
    await eventually('the cluster has a leader', () => hasLeader(ports), 60_000);
    return cluster;
  }

  async kill(): Promise<void> {
    await Promise.all(this.runners.map((runner) => runner.kill()));
  }

  async restart(): Promise<void> {
    await Promise.all(this.runners.map((runner) => runner.restart()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
    await Promise.all(this.runners.map((runner) => runner.remove()));
  }
}

function flagsOf(name: string, ports: Ports, routes: readonly string[]): string[] {
  return [
    ...['--name', name, '--cluster_name', 'undertone', '--jetstream'],
    ...['--addr', '127.0.0.1', '--port', String(ports.client), '--http_port', String(ports.monitor)],
    ...['--cluster', `nats://127.0.0.1:${ports.cluster}`, '--routes', routes.join(',')],
    // Neither the others nor clients learn a way around the proxies.
    ...['--cluster_advertise', `127.0.0.1:${ports.nowhere}`, '--no_advertise'],
  ];
}

async function hasLeader(ports: readonly Ports[]): Promise<boolean> {
  for (const { monitor } of ports) {
    const answer = await fetch(`http://127.0.0.1:${monitor}/jsz`);
    const { meta_cluster } = (await answer.json()) as {
      meta_cluster?: { leader?: string; cluster_size: number };
    };
    if (!meta_cluster?.leader || meta_cluster.cluster_size < ports.length) return false;
  }
  return true;
}

async function startServer(flags: readonly string[], extra: Extra): Promise<Runner> {
  return (await hasDocker()) ? startContainer(flags, extra) : startProcess(flags, extra);
}

/** Where a container has its configuration. */
const FOLDER = '/etc/undertone';
const withConfiguration = ({ files, configuration }: Extra, folder: string) => ({
  ...files,
  'nats.conf': `${configuration?.(folder) ?? ''}\n`,
});

// On the host's network, because the servers and the proxies between them reach each other there.
async function startContainer(flags: readonly string[], extra: Extra): Promise<Runner> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer('nats:2.15')
    .withNetworkMode('host')
    .withCopyContentToContainer(
      Object.entries(withConfiguration(extra, FOLDER)).map(([name, content]) => ({
        target: `${FOLDER}/${name}`,
        content,
      })),
    )
    .withCommand(['nats-server', '--config', `${FOLDER}/nats.conf`, '--store_dir', '/data', ...flags])
    .withWaitStrategy(Wait.forLogMessage(/Server is ready/))
    .withStartupTimeout(120_000)
    .start();
  const docker = async (command: string) => void (await run('docker', [command, container.getId()]));
  return {
    kill: () => docker('kill'),
    restart: () => docker('start'),
    freeze: () => docker('pause'),
    thaw: () => docker('unpause'),
    remove: async () => void (await run('docker', ['rm', '--force', '--volumes', container.getId()])),
  };
}

async function startProcess(flags: readonly string[], extra: Extra): Promise<Runner> {
  const { prepareNats }: { prepareNats(): Promise<{ command: string }> } = await import(
    new URL('../../../scripts/servers/nats.mjs', import.meta.url).href
  );
  const { command } = await prepareNats();
  const directory = await mkdtemp(join(tmpdir(), 'undertone-test-'));
  for (const [name, text] of Object.entries(withConfiguration(extra, directory))) {
    await writeFile(join(directory, name), text);
  }
  const all = ['--config', join(directory, 'nats.conf'), '--store_dir', directory, ...flags];
  const start = (): ChildProcess => spawn(command, all, { stdio: 'ignore' });
  let child = start();
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  process.once('exit', () => child.kill('SIGKILL'));
  return {
    kill,
    restart: async () => {
      child = start();
    },
    freeze: async () => void child.kill('SIGSTOP'),
    thaw: async () => void child.kill('SIGCONT'),
    remove: async () => {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

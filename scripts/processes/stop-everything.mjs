import { removeContainer } from './container.mjs';
import { refuseLaunches, runningChildren, signalChild, TIERS } from './launch.mjs';

/**
 * Ends everything this process started: first what uses the servers, then the servers.
 *
 * @param {(text: string) => void} say
 */
export async function stopEverything(say) {
  refuseLaunches();
  for (const tier of TIERS) {
    const children = runningChildren().filter(({ plan }) => plan.tier === tier);
    if (children.length > 0) {
      say(`stopping ${children.map(({ plan }) => plan.name).join(', ')}`);
      await Promise.all(children.map((child) => child.stop()));
    }
  }
}

/** Ends everything at once and by force; for the person who does not want to wait. */
export async function killEverything() {
  refuseLaunches();
  await Promise.all(
    runningChildren().map(async (child) => {
      signalChild(child, child.plan.stopSignal === 'SIGINT' ? 'SIGQUIT' : 'SIGKILL');
      await removeContainer(child.plan.container);
    }),
  );
}

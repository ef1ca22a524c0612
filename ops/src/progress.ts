import { SingleBar } from 'cli-progress';

/** How far something is: a bar on a terminal, else a line for each change of its state or tenth of its way. */
export class Progress {
  private readonly bar = process.stdout.isTTY ? startedBar() : undefined;
  private said = '';

  /**
   * @param state a change of it is worth a line.
   * @param line what else is to be said now.
   */
  show(done: number, total: number, state: string, line: string): void {
    if (this.bar) {
      this.bar.setTotal(total);
      this.bar.update(done, { line });
      return;
    }
    const tenth = total === 0 ? 0 : Math.floor((done * 10) / total);
    const now = `${state} ${tenth}`;
    if (now !== this.said) console.log(`${done}/${total}  ${line}`);
    this.said = now;
  }

  stop(): void {
    this.bar?.stop();
  }
}

function startedBar(): SingleBar {
  const bar = new SingleBar({
    format: '{bar} {percentage}%  {value}/{total}  {line}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
  });
  bar.start(1, 0, { line: '' });
  return bar;
}

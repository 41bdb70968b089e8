// firewalld rejects what none of its zones accepts, whatever our own table says. Our bridges join its zone `trusted`, as long as it
// runs: nothing is written to its permanent configuration. A bridge that somebody else put into a zone stays there.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';

const run = promisify(execFile);

/** Its rules are there before it answers, and stay when it is killed: how often it is asked again. */
const triesMax = 6;

/** The zone of our bridges in firewalld, if it runs. */
export class Firewalld {
  readonly #log: Logger;
  /** Those of the last {@link sync}. */
  #bridges: readonly string[] = [];
  #triesLeft = 0;
  #warnings: readonly string[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  /** In sentences for `/info`. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** It did not answer, and should be asked again in a while. */
  get waits(): boolean {
    return this.#triesLeft > 0;
  }

  /**
   * Lets these bridges join and those of the last time leave. `zones` are the rules that lead from interfaces to zones, or undefined
   * when there is no firewalld: they name the bridges that are in one.
   */
  async sync(zones: string | undefined, bridges: readonly string[]): Promise<void> {
    const gone = this.#bridges.filter((bridge) => !bridges.includes(bridge));
    this.#bridges = bridges;
    if (zones === undefined) {
      this.#triesLeft = 0;
      this.#warnings = [];
      return;
    }
    const placed = new Set(zones.split(/[\s"]+/));
    const joining = bridges.filter((bridge) => !placed.has(bridge));
    const leaving = gone.filter((bridge) => placed.has(bridge));
    const again = this.waits;
    this.#triesLeft = again ? this.#triesLeft - 1 : 0;
    try {
      // One that is in another zone is none of ours, and this says so.
      for (const bridge of leaving) await change('remove', [bridge]).catch(() => undefined);
      if (joining.length > 0) await change('add', joining);
      this.#triesLeft = 0;
      this.#warnings =
        bridges.length === 0
          ? []
          : [
              "WARNING: firewalld rejects what no zone accepts: this engine's bridges are in its zone trusted",
            ];
    } catch (error) {
      if (!again) {
        this.#triesLeft = triesMax;
        this.#log.warn('firewalld does not take bridges', {
          bridges: joining.join(' '),
          reason: messageOf(error).trim(),
        });
      }
      this.#warnings = [
        "WARNING: firewalld rejects what containers send: this engine's bridges could not be added to its zone trusted",
      ];
    }
  }
}

async function change(how: 'add' | 'remove', bridges: readonly string[]): Promise<void> {
  const interfaces = bridges.map((bridge) => `--${how}-interface=${bridge}`);
  await run('firewall-cmd', ['--quiet', '--zone=trusted', ...interfaces]);
}

// Firewalls of others. A chain of theirs that drops what is forwarded cannot be overruled from our table: an accept there ends
// that table alone. Where iptables has FORWARD's policy DROP (another engine, ufw), in either of its backends, tagged rules let
// our bridges through; what may not go there our own table still drops. They are looked at when networks come or go and when
// somebody changes them, and taken back when they are of no use any more. firewalld is asked itself (firewalld.ts). Chains of other
// tables are left alone, and warned of.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { Firewalld } from './firewalld.ts';

const run = promisify(execFile);

/** One of iptables' rule sets, and how to know that it is there without making it. */
interface Backend {
  readonly program: string;
  readonly family: 4 | 6;
  readonly legacyTables?: string;
}

const backends: readonly Backend[] = [
  { program: 'iptables-nft', family: 4 },
  { program: 'ip6tables-nft', family: 6 },
  { program: 'iptables-legacy', family: 4, legacyTables: '/proc/net/ip_tables_names' },
  { program: 'ip6tables-legacy', family: 6, legacyTables: '/proc/net/ip6_tables_names' },
];

const chainsSchema = z.object({
  nftables: z.array(
    z.object({
      chain: z
        .object({
          family: z.string(),
          table: z.string(),
          name: z.string(),
          hook: z.string().optional(),
          policy: z.string().optional(),
        })
        .optional(),
    }),
  ),
});
type Chain = NonNullable<z.infer<typeof chainsSchema>['nftables'][number]['chain']>;

/** What the machine's other firewalls do to what is forwarded. */
export class ForeignFirewall {
  /** In the comment of each of our rules. */
  readonly #tag: string;
  readonly #log: Logger;
  readonly #started: (pid: number) => void;
  /** By the program that has the rules. */
  readonly #warnings = new Map<string, readonly string[]>();
  readonly #firewalld: Firewalld;

  /** `tag` is a name that only this engine has; `started` is told the process ids of what changes rules. */
  constructor(tag: string, log: Logger, started: (pid: number) => void) {
    this.#tag = tag;
    this.#log = log;
    this.#started = started;
    this.#firewalld = new Firewalld(log);
  }

  /** What was found at the last {@link sync}, in sentences for `/info`. */
  get warnings(): readonly string[] {
    return [...this.#warnings.values(), this.#firewalld.warnings].flat();
  }

  /** Lets what these bridges send and get through, where somebody would drop it; with none, takes every rule of ours back. */
  async sync(bridges: readonly string[]): Promise<void> {
    const chains = await this.#chains().catch((error: unknown) => {
      this.#log.warn('the rules of other firewalls cannot be listed', { reason: messageOf(error) });
      return [];
    });
    for (const backend of backends) await this.#look(backend, chains, bridges);
    await this.#firewalld.sync(await zonesOf(chains), bridges);
    const dropping = chains
      .filter(isForeignDrop)
      .map(
        ({ family, table, name }) =>
          `WARNING: the nft chain ${name} of table ${family} ${table} drops what is forwarded: add rules there that accept this engine's bridges`,
      );
    this.#warnings.set('nft', dropping);
  }

  /** The same for the rule sets whose changes the kernel tells nobody of, and for what has not answered. */
  async syncUntold(bridges: readonly string[]): Promise<void> {
    if (this.#firewalld.waits) {
      await this.sync(bridges);
      return;
    }
    for (const backend of backends) {
      if (backend.legacyTables !== undefined) await this.#look(backend, [], bridges);
    }
  }

  async #look(backend: Backend, chains: readonly Chain[], bridges: readonly string[]): Promise<void> {
    const { program } = backend;
    const warnings: string[] = [];
    try {
      if ((await isThere(backend, chains)) && (await this.#syncOne(backend, bridges))) {
        warnings.push(
          `WARNING: ${program} has the policy DROP for FORWARD: rules that let this engine's bridges through were added`,
        );
      }
    } catch (error) {
      const reason = messageOf(error).trim();
      this.#log.warn('the rules of another firewall cannot be changed', { program, reason });
      warnings.push(
        `WARNING: ${program} may drop what is forwarded to and from containers: its rules cannot be changed`,
      );
    }
    this.#warnings.set(program, warnings);
  }

  /** The nft chains of others. */
  async #chains(): Promise<Chain[]> {
    const { stdout } = await run('nft', ['-j', 'list', 'chains'], { maxBuffer: 1 << 26 });
    return chainsSchema.parse(JSON.parse(stdout)).nftables.flatMap(({ chain }) => chain ?? []);
  }

  /** True when FORWARD drops by its policy. */
  async #syncOne({ program }: Backend, bridges: readonly string[]): Promise<boolean> {
    const iptables = async (...args: string[]): Promise<string> => {
      const running = run(program, ['-w', '10', ...args], { maxBuffer: 1 << 26 });
      if (running.child.pid !== undefined) this.#started(running.child.pid);
      return (await running).stdout;
    };
    const rules = (await iptables('-S')).split('\n');
    const drops = rules.includes('-P FORWARD DROP');
    const chain = rules.includes('-N DOCKER-USER') ? 'DOCKER-USER' : 'FORWARD';
    const wanted = drops ? bridges.flatMap((bridge) => this.#rulesOf(chain, bridge)) : [];
    const had = rules.filter((rule) => rule.startsWith('-A ') && wordsOf(rule).includes(this.#tag));
    if (
      had.map((rule) => wordsOf(rule).join(' ')).join('\n') ===
      wanted.map((rule) => rule.join(' ')).join('\n')
    ) {
      return drops;
    }
    // New ones go in before old ones go: an established connection sees no gap.
    for (const rule of wanted.toReversed()) await iptables('-I', ...rule.slice(1));
    for (const rule of had) await iptables('-D', ...wordsOf(rule).slice(1));
    return drops;
  }

  /** The rules of a bridge, as `iptables -S` writes them. To the networks of another Docker only what it lets through itself. */
  #rulesOf(chain: string, bridge: string): string[][] {
    const comment = ['-m', 'comment', '--comment', this.#tag];
    const foreign = chain === 'FORWARD' ? [] : ['docker0', 'br-+'];
    return [
      ...foreign.map((other) => ['-A', chain, '-i', bridge, '-o', other, ...comment, '-j', 'RETURN']),
      ['-A', chain, '-i', bridge, ...comment, '-j', 'ACCEPT'],
      ['-A', chain, '-o', bridge, ...comment, '-j', 'ACCEPT'],
    ];
  }
}

/** A comment is quoted only where it has to be. */
function wordsOf(rule: string): string[] {
  return rule.split(' ').map((word) => word.replace(/^"(.*)"$/, '$1'));
}

async function isThere({ family, legacyTables }: Backend, chains: readonly Chain[]): Promise<boolean> {
  if (legacyTables !== undefined) {
    return /^filter$/m.test(await readFile(legacyTables, 'utf8').catch(() => ''));
  }
  return chains.some((chain) => chain.family === nftFamily(family) && isFilterForward(chain));
}

function isFilterForward({ table, name }: Chain): boolean {
  return table === 'filter' && name === 'FORWARD';
}

/** firewalld's rules for what is forwarded, by interface; undefined where there is none. Its backend may be nft or iptables. */
async function zonesOf(chains: readonly Chain[]): Promise<string | undefined> {
  const found = chains.find(({ name }) => /^(filter_)?FORWARD_(IN_)?ZONES$/.test(name));
  if (found === undefined) return undefined;
  const { family, table, name } = found;
  // It may have gone meanwhile.
  const listed = await run('nft', ['list', 'chain', family, table, name]).catch(() => undefined);
  return listed?.stdout;
}

function isForeignDrop(chain: Chain): boolean {
  const ofIptables = (chain.family === 'ip' || chain.family === 'ip6') && isFilterForward(chain);
  return chain.hook === 'forward' && chain.policy === 'drop' && chain.family !== 'bridge' && !ofIptables;
}

function nftFamily(family: 4 | 6): string {
  return family === 4 ? 'ip' : 'ip6';
}

// The processes of a container as the machine's `ps` shows them, cut down to the container's own, as Docker does it.
import { execFile } from 'node:child_process';
import { EngineError } from '../errors.ts';
import type { ContainerTop } from '../types.ts';

const longestOutputBytes = 64 * 1024 * 1024;
const longestRunMs = 30_000;

/** Asks `ps`, with these arguments (`-ef` when there are none), about these processes. */
export async function topProcesses(psArgs: string, pids: ReadonlySet<number>): Promise<ContainerTop> {
  const asked = psArgs === '' ? '-ef' : psArgs;
  const args = asked.split(' ');
  const quick = await runPs([...args, `-q${[...pids].join(',')}`]);
  // Some options, such as f, cannot be used together with -q.
  const result = quick.error === undefined ? quick : await runPs(args);
  if (result.error !== undefined) {
    throw new EngineError('internal', `ps: ${result.error}`);
  }
  return parsePs(result.stdout, pids);
}

/** Refuses a column that is called PID and is none. */
export function checkPsArgs(psArgs: string): void {
  for (const [, key = '', title = ''] of psArgs.matchAll(/\s+(\S*)=\s*(PID\S*)/g)) {
    if (key !== 'pid') {
      throw new EngineError('internal', `specifying "${key}=${title}" is not allowed`);
    }
  }
}

/** Takes the rows of these processes, and the threads shown below them, out of what `ps` printed. */
export function parsePs(output: string, pids: ReadonlySet<number>): ContainerTop {
  const [head = '', ...lines] = output.split('\n');
  const titles = fieldsOf(head);
  const pidColumn = titles.indexOf('PID');
  if (pidColumn < 0) throw new EngineError('internal', "Couldn't find PID field in ps output");
  const processes: string[][] = [];
  let ownThreads = false;
  for (const line of lines) {
    const fields = fieldsOf(line);
    if (fields.length === 0) continue;
    const text = fields[pidColumn] ?? '';
    if (text === '-') {
      if (ownThreads) processes.push(row(fields, titles.length));
      continue;
    }
    if (!/^\d+$/.test(text)) {
      throw new EngineError(
        'internal',
        `Unexpected pid '${text}': strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
      );
    }
    ownThreads = pids.has(Number(text));
    if (ownThreads) processes.push(row(fields, titles.length));
  }
  return { Titles: titles, Processes: processes };
}

/** As many fields as there are titles: the last takes what is left, such as a command with its arguments. */
function row(fields: readonly string[], count: number): string[] {
  return [...fields.slice(0, count - 1), fields.slice(count - 1).join(' ')];
}

function fieldsOf(line: string): string[] {
  return line.split(/[ \t\n\f\r]+/).filter((field) => field !== '');
}

/** Runs `ps`; a failure is its first line on stderr, or why it could not be run. */
function runPs(args: readonly string[]): Promise<{ stdout: string; error?: string }> {
  return new Promise((resolve) => {
    const options = { encoding: 'utf8', maxBuffer: longestOutputBytes, timeout: longestRunMs } as const;
    execFile('ps', args, options, (error, stdout, stderr) => {
      if (error === null) {
        resolve({ stdout });
        return;
      }
      const [said = ''] = stderr.split('\n');
      const missing = error.code === 'ENOENT';
      const reason = missing ? 'exec: "ps": executable file not found in $PATH' : error.message;
      resolve({ stdout, error: said === '' ? reason : said });
    });
  });
}

// Commands as a person at a shell waits for them. To start a process out of a large one, as Node is here, takes milliseconds of its
// own, the same for both engines: they would hide a part of what differs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Runs each line it reads and answers with its exit code and its wall time in microseconds. */
const script = `while read -r line; do
  began=$EPOCHREALTIME
  eval "$line" < /dev/null > /dev/null
  code=$? ended=$EPOCHREALTIME
  echo "$code $((\${ended/./} - \${began/./}))"
done`;

class Shell {
  // Its decimal point is one; it ends with this process, at the end of its input.
  readonly #child = spawn('bash', ['-c', script], { env: { ...process.env, LC_ALL: 'C' } });
  readonly #answers = createInterface(this.#child.stdout);
  #stderr = '';

  constructor() {
    this.#child.stderr.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
  }

  async time(argv: readonly string[]): Promise<number> {
    this.#stderr = '';
    const answer = once(this.#answers, 'line') as Promise<[string]>;
    this.#child.stdin.write(`${argv.map(quoted).join(' ')}\n`);
    const [code = '', microseconds] = (await answer)[0].split(' ');
    if (code !== '0') throw new Error(`${argv.join(' ')} ended with ${code}: ${this.#stderr}`);
    return Number(microseconds) / 1000;
  }
}

function quoted(word: string): string {
  if (word.includes('\n')) throw new Error('a shell reads one line');
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

const idle: Shell[] = [];

/** Runs a command to its end; its wall time in ms. Throws when it fails. Several may run at the same time. */
export async function timeCommand(argv: readonly string[]): Promise<number> {
  const shell = idle.pop() ?? new Shell();
  try {
    return await shell.time(argv);
  } finally {
    idle.push(shell);
  }
}

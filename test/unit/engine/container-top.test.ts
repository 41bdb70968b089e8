// What `ps` prints, cut down to a container's processes.
import { describe, expect, it } from 'vitest';
import { checkPsArgs, parsePs, topProcesses } from '../../../runtime/engine/containers/container-top.ts';

const output = `UID          PID    PPID CMD
root           1       0 init
root         102       1 sh -c  sleep 5
root           -       - -
root         103       1 cat
root           -       - -
`;

describe('rows of ps', () => {
  it('are those of the container and their threads, the last column whole', () => {
    expect(parsePs(output, new Set([102]))).toEqual({
      Titles: ['UID', 'PID', 'PPID', 'CMD'],
      Processes: [
        ['root', '102', '1', 'sh -c sleep 5'],
        ['root', '-', '-', '-'],
      ],
    });
  });

  it('need a column PID with numbers in it', () => {
    expect(() => parsePs('UID CMD\nroot init\n', new Set([1]))).toThrow(
      "Couldn't find PID field in ps output",
    );
    expect(() => parsePs('PID CMD\nroot init\n', new Set([1]))).toThrow("Unexpected pid 'root'");
  });

  it('may not be made to look like processes', () => {
    expect(() => checkPsArgs('ax -o comm=PID')).toThrow('specifying "comm=PID" is not allowed');
    expect(() => checkPsArgs('ax -o pid=PID')).not.toThrow();
  });
});

describe('the ps of this machine', () => {
  const self = new Set([process.pid]);

  it('shows this process, by -ef when nothing is asked', async () => {
    const { Titles, Processes } = await topProcesses('', self);
    expect(Titles).toEqual(['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD']);
    expect(Processes.map((fields) => fields[1])).toEqual([String(process.pid)]);
  });

  it('is asked again without -q when the two do not go together', async () => {
    const { Processes } = await topProcesses('axf', self);
    expect(Processes.map((fields) => fields[0])).toEqual([String(process.pid)]);
  });

  it('says why it cannot', async () => {
    await expect(topProcesses('--nonsense', self)).rejects.toThrow(/^ps: error: unknown gnu long option/);
  });
});

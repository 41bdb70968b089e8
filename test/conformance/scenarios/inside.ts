// What a program finds inside its container.
import type { Scenarios } from '../scenario.ts';

export const inside: Scenarios = {
  'the environment inside': [
    'run --rm busybox env -u HOSTNAME env',
    'run --rm -h box busybox cat /etc/hostname',
    'run --rm -u nobody busybox id',
    'run --rm -w /made/for/me busybox pwd',
    'run --rm busybox ls -l /dev',
    'run --rm busybox cat /proc/self/limits',
    'run --rm busybox grep Cap /proc/self/status',
    'run --rm busybox ls -A /',
    'run --rm --read-only busybox touch /x',
    'run --rm --entrypoint echo busybox a b',
    'run --rm --entrypoint= busybox',
    'run --rm --entrypoint= busybox echo a',
  ],
};

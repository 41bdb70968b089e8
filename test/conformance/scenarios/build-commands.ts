// Lines of `docker build`, each run by both CLIs on both engines, and the folders that they build.
import type { TarEntry } from '../../fixtures/tar.ts';

/** Name -> the files in it. */
export const contexts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  app: {
    Dockerfile:
      'FROM busybox AS first\nCOPY one /\nFROM first\nARG WHO=nobody\nRUN cat /one; echo for $WHO\n',
    'Other.file': 'FROM busybox\nRUN echo other\n',
    one: 'one\n',
  },
  fails: { Dockerfile: 'FROM busybox\nRUN echo before\nRUN echo said; exit 3\n' },
  nothing: {},
  wrong: { Dockerfile: 'FROM busybox\nRUM x\n' },
  limits: {
    Dockerfile:
      'FROM busybox\nRUN cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes cpu/cpu.shares cpu/cpu.cfs_period_us cpu/cpu.cfs_quota_us; ulimit -n; df -k /dev/shm | tail -1 | tr -s " " | cut -d" " -f2\n',
  },
  cpus: { Dockerfile: 'FROM busybox\nRUN nproc; cd /sys/fs/cgroup/cpuset; cat cpuset.cpus cpuset.mems\n' },
  net: {
    Dockerfile:
      'FROM busybox\nRUN ls /sys/class/net | grep -x lo; grep extra /etc/hosts | tr "\\t" " "; grep Seccomp: /proc/self/status\n',
  },
};

/** A line after `build`, and its stdin. */
export interface BuildCommand {
  readonly line: string;
  readonly input?: string | readonly TarEntry[];
}

const plain: readonly string[] = [
  'app',
  '-q app',
  '-q fails',
  '--iidfile {out} app',
  '-q --iidfile {out} app',
  '--iidfile {out} fails',
  'fails',
  '--rm=false app',
  '--rm=false fails',
  '--force-rm app',
  '--force-rm fails',
  '--rm=false --force-rm app',
  '--rm=false --force-rm fails',
  'nothing',
  'nosuch',
  'wrong',
  '',
  'app nothing',
  '-f app/Other.file app',
  '-f nosuch app',
  '-f fails/Dockerfile app',
  '-f /nosuch/Dockerfile app',
  '--pull app',
  '--no-cache app',
  '--cache-from nosuch:1 app',
  '--target first app',
  '--target FIRST app',
  '--target 0 app',
  '--target nosuch app',
  '--build-arg WHO=me app',
  '--build-arg WHO app',
  '--build-arg NOBODY=x app',
  '--label a=b --label c app',
  '-t one -t two:2 app',
  '-t UPPER app',
  '-t a:b:c app',
  '--platform linux/amd64 app',
  '--platform nosuch/x/y/z app',
  '--compress app',
  '--squash app',
  '--network none net',
  '--network host net',
  '--network bridge net',
  '--network default net',
  '--network nosuch net',
  '--network container:nosuch net',
  '--add-host extra:1.2.3.4 --add-host extra2:5.6.7.8 net',
  '--add-host wrong net',
  '--add-host extra:nosuch net',
  '--security-opt seccomp=unconfined net',
  '--security-opt no-new-privileges net',
  '--security-opt nosuch net',
  '--security-opt seccomp=/nosuch.json net',
  '--isolation default app',
  '--isolation process app',
  '--isolation nosuch app',
  '--no-cache limits',
  '--memory 64m limits',
  '--memory 64m --memory-swap 128m limits',
  '--memory 64m --memory-swap -1 limits',
  '--memory-swap 64m limits',
  '--memory 64m --memory-swap 32m limits',
  '--memory 1m limits',
  '--memory x limits',
  '--cpu-shares 512 limits',
  '--cpu-shares 1 limits',
  '--no-cache --cpuset-cpus 0-1 --cpuset-mems 0 cpus',
  '--cpuset-cpus 0 cpus',
  '--cpuset-cpus 99 cpus',
  '--cpuset-cpus x cpus',
  '--cpuset-mems 0 cpus',
  '--cpuset-mems 9 cpus',
  '--cpu-period 50000 --cpu-quota 25000 limits',
  '--cpu-period 5 limits',
  '--cpu-quota 5 limits',
  '--shm-size 8m limits',
  '--shm-size 0 limits',
  '--shm-size -1 limits',
  '--ulimit nofile=99:100 limits',
  '--ulimit nosuch=1 limits',
  '--ulimit nofile=100:99 limits',
  '--cgroup-parent /nested/here limits',
  '--secret id=x app',
  '--ssh default app',
  '--output type=local,dest=/nonexistent app',
  '--progress plain app',
  'http://127.0.0.1:1/nothing.tar',
  'git://127.0.0.1:1/nothing.git',
];

/** Name -> command. */
export const commands: Readonly<Record<string, BuildCommand>> = {
  ...Object.fromEntries(plain.map((line) => [line, { line }])),
  '- with a Dockerfile': { line: '-', input: 'FROM busybox\nRUN echo from stdin\n' },
  '- with an archive': {
    line: '-',
    input: [
      { path: 'Dockerfile', body: 'FROM busybox\nCOPY one /\n' },
      { path: 'one', body: '1' },
    ],
  },
  '- with nothing': { line: '-', input: '' },
  '- with noise': { line: '-', input: '\u0001\u0002\u0003' },
  '- with another file': {
    line: '-f sub/File -',
    input: [{ path: 'sub/File', body: 'FROM busybox\nRUN echo in sub\n' }],
  },
  '-f - app': { line: '-f - app', input: 'FROM busybox\nCOPY one /\nRUN cat /one\n' },
  '-f - -': { line: '-f - -', input: 'FROM busybox\n' },
};

// The same commands on our engine and on a real dockerd: same output, same exit code, same words.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine, type BerthEngine, type TestEngine } from '../fixtures/engine.ts';
import { startPeer } from '../fixtures/peer.ts';

let engine: BerthEngine;
let peer: TestEngine;

beforeAll(async () => {
  [engine, peer] = await Promise.all([startEngine(), startPeer()]);
  for (const side of [engine, peer]) await side.cli(['pull', '-q', 'busybox']);
});
afterAll(async () => {
  await Promise.all([engine.stop(), peer.stop()]);
});

/** Takes out what may differ between two engines and two runs. */
function level(text: string): string {
  return (
    text
      .replace(/\b[0-9a-f]{64}\b/g, '<id>')
      .replace(/\b[0-9a-f]{12}\b/g, '<short>')
      .replace(/\d+ (milli)?seconds? ago|Less than a second ago|About a minute ago/g, '<ago>')
      .replace(/\bUp (\d+ seconds?|Less than a second|About a minute)/g, 'Up <time>')
      // The CLI says this when its own wait is late; which of the two comes first is chance.
      .replace(/^time="[^"]*" level=error msg="error waiting for container: context canceled"\n/m, '')
      // Docker says this since 23.0, the peer is 20.10.
      .replaceAll('failed to create task for container: ', '')
      .replace(/\b172\.\d+\.\d+\.\d+\b/g, '<address>')
  );
}

/** Where we differ on purpose: the command, what differs, and why. Nothing else may. */
const differences: readonly { line: string; field: 'exitCode' | 'stdout' | 'stderr'; reason: string }[] = [
  ...['exec life nosuch', 'exec -e A=b life printenv A'].map((line) => ({
    line,
    field: 'exitCode' as const,
    reason: 'a command that is not found is 127, as newer Docker and `docker run` say; 20.10 exits with 126',
  })),
  {
    line: 'run --rm --entrypoint= busybox',
    field: 'stderr',
    reason: 'newer Docker says "no command specified" in small letters',
  },
  {
    line: 'pull busybox:nosuch',
    field: 'stderr',
    reason:
      'the mirror has said that there is no such tag; dockerd tells of Docker Hub, which cannot be reached here',
  },
];

/** Each a script of docker commands; the outputs of all its lines are compared. */
const scripts: Record<string, string[]> = {
  'run and its exit codes': [
    'run --rm busybox echo hi',
    'run --rm busybox false',
    'run --rm busybox sh -c exit+7',
  ],
  'what is not there': [
    'run --rm busybox nosuch',
    'run --rm busybox /no/such',
    'run --rm busybox /etc/passwd',
    'start nosuch',
    'stop nosuch',
    'rm nosuch',
    'rmi nosuch',
    'inspect nosuch',
    'logs nosuch',
    'exec nosuch true',
    'kill nosuch',
  ],
  'life of a container': [
    'create --name life busybox sleep 1000',
    'ps -a --format {{.Names}}|{{.Image}}|{{.Status}}|{{.Ports}}',
    'exec life true',
    'kill life',
    'start life',
    'start life',
    'exec life echo in',
    'exec life nosuch',
    'exec -u nobody life id -u',
    'exec -w /tmp life pwd',
    'exec -e A=b life printenv A',
    'rm life',
    'kill -s NONSENSE life',
    'kill life',
    'inspect life --format {{.State.Status}}|{{.State.ExitCode}}|{{.State.Running}}',
    'rm life',
    'rm life',
  ],
  names: [
    'create --name twice busybox',
    'create --name twice busybox',
    'create --name -bad busybox',
    'rm twice',
  ],
  'a pause': [
    'run -d --name still busybox sleep 1000',
    'unpause still',
    'pause still',
    'pause still',
    'inspect still --format {{.State.Status}}|{{.State.Paused}}|{{.State.Running}}',
    'ps --format {{.Names}}|{{.Status}} --filter status=paused',
    'start still',
    'exec still true',
    'rm still',
    'unpause still',
    'unpause still',
    'exec still echo on',
    'pause still',
    'kill still',
    'wait still',
    'pause still',
    'unpause still',
    'inspect still --format {{.State.Status}}|{{.State.Paused}}|{{.State.ExitCode}}',
    'rm still',
    'pause nosuch',
    'unpause nosuch',
  ],
  'restarts by a policy': [
    'run -d --name fails --restart on-failure:2 busybox sh -c echo+up;exit+3',
    'run --name slept busybox sleep 6',
    'inspect fails --format {{.RestartCount}}|{{.State.Status}}|{{.State.ExitCode}}|{{json+.HostConfig.RestartPolicy}}',
    'logs fails',
    'events --since 0 --until 5s --filter container=fails --filter type=container --format {{.Action}}|{{.Actor.Attributes.exitCode}}',
    'rm fails slept',
    'run -d --name loops --restart always busybox false',
    'run --rm busybox sleep 5',
    'inspect loops --format {{.State.Status}}|{{.State.Running}}|{{.State.Restarting}}|{{.State.ExitCode}}|{{.State.Pid}}',
    'ps --filter name=loops --format {{.Names}}|{{.Status}}',
    'start loops',
    'exec loops true',
    'pause loops',
    'top loops',
    'attach loops',
    'rm loops',
    'stop loops',
    'inspect loops --format {{.State.Status}}|{{.State.Running}}|{{.State.Restarting}}|{{.State.ExitCode}}',
    'stop loops',
    'rm loops',
    'run --rm --restart always busybox true',
  ],
  'a health check': [
    'run -d --name well --health-cmd echo+fine --health-interval 1s busybox sleep 1000',
    'inspect well --format {{json+.Config.Healthcheck}}',
    'run --rm busybox sleep 3',
    'inspect well --format {{.State.Health.Status}}|{{.State.Health.FailingStreak}}|{{(index+.State.Health.Log+0).Output}}|{{(index+.State.Health.Log+0).ExitCode}}',
    'ps --filter health=healthy --format {{.Names}}|{{.Status}}',
    'pause well',
    'ps --filter name=well --format {{.Names}}|{{.Status}}',
    'inspect well --format {{.State.Health.Status}}',
    'kill well',
    'inspect well --format {{.State.Health.Status}}',
    'rm well',
    'create --health-cmd true --health-interval 1ns busybox',
    'create --health-cmd true --health-retries=-1 busybox',
  ],
  'an update': [
    'run -d --name limited -m 64m busybox sleep 1000',
    'update -m 128m limited',
    'update -m 256m limited',
    'update -m 256m --memory-swap 512m --pids-limit 20 --cpu-shares 512 limited',
    'inspect limited --format {{.HostConfig.Memory}}|{{.HostConfig.MemorySwap}}|{{.HostConfig.CpuShares}}|{{.HostConfig.PidsLimit}}',
    'exec limited cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes',
    'update -m 1k limited',
    'update --cpus 0.5 limited',
    'update --cpu-period 5000 limited',
    'update --restart always limited',
    'update nosuch -m 64m',
    'events --since 0 --until 0s --filter container=limited --filter event=update --format {{.Action}}',
    'rm -f limited',
    'create --name free busybox',
    'update -m 64m free',
    'rm free',
  ],
  'a link': [
    'run -d --name db -e KEY=value --expose 5432 busybox sleep 1000',
    'run --name web --link db:store busybox env',
    'inspect web --format {{json+.HostConfig.Links}}',
    'inspect web/store --format {{.Name}}',
    'rm --link web/store',
    'inspect web --format {{json+.HostConfig.Links}}',
    'create --link nobody busybox',
    'create --name late --link db busybox',
    'kill db',
    'start late',
    'rm db web late',
  ],
  'the processes of a container': [
    'run -d --name busy busybox sh -c sleep+1000+&+sleep+999+&+wait',
    'top busy -o pid=PID,args --no-headers',
    'top busy -o args,nlwp,tty',
    'top busy ax -o comm=PID',
    'top busy -o args',
    'top busy --nonsense',
    'kill busy',
    'top busy',
    'rm busy',
    'top nosuch',
  ],
  'what a container uses': [
    'run -d --name used -m 64m --pids-limit 20 busybox sleep 1000',
    'stats --no-stream --format {{.Name}}|{{.PIDs}} used',
    'rm -f used',
    'stats --no-stream used',
  ],
  'a new name': [
    'create --name before busybox',
    'create --name taken busybox',
    'rename before taken',
    'rename before before',
    'rename before -bad',
    'rename nosuch after',
    'rename before after',
    'inspect before',
    'inspect after --format {{.Name}}',
    'rm before',
    'rm after taken',
  ],
  'config as inspect shows it': [
    'create --name seen -e A=b -l x=y -w /tmp -u nobody --hostname h -p 18099:80 busybox sleep 5',
    'inspect seen --format {{json+.Config}}',
    'inspect seen --format {{json+.HostConfig.PortBindings}}',
    'inspect seen --format {{.Path}}|{{json+.Args}}|{{.RestartCount}}|{{.Driver}}|{{.Platform}}',
    'port seen',
    'rm seen',
  ],
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
  images: [
    'tag busybox mine:1',
    'images mine --format {{.Repository}}:{{.Tag}}|{{.ID}}|{{.Size}}', // one: the CLI shuffles an image's names
    'image inspect busybox --format {{.Id}}|{{json+.Config.Env}}|{{json+.RootFS}}',
    'tag busybox BAD:1',
    'tag nosuch mine:2',
    'rmi mine:1',
    'rmi mine:1',
  ],
  'layers over one another': [
    'pull -q busybox-layers',
    'run --rm busybox-layers find /data /kept /links /long /opaque -exec stat -c %n|%F|%a|%u|%g|%s|%h {} ;',
    'run --rm busybox-layers stat -c %n|%y /kept/one /links/original',
    'image inspect busybox-layers --format {{.Id}}|{{.Size}}|{{json+.RootFS}}',
  ],
  'a pull again': ['pull busybox', 'pull busybox:nosuch', 'pull -q busybox'],
  'files of a container': [
    'run -d --name files busybox sh -c mkdir+-p+/w/sub;echo+x>/w/x;ln+-s+/w+/link;ln+/w/x+/w/hard;rm+/etc/group;sleep+1000',
    'exec files sh -c until+ls+/w/hard;do+:;done',
    'cp files:/w/nosuch -',
    'cp /etc/hostname files:/w/named',
    'cp /etc/hostname files:/link/linked',
    'cp /etc/hostname files:/nosuch/x',
    'cp /etc/hostname files:/w/x/',
    'cp /etc files:/w/x',
    'cp nosuch:/x -',
    'exec files find /w',
    'diff files',
    'create --name fixed --read-only busybox',
    'cp /etc/hostname fixed:/x',
    'ps -as --format {{.Names}}|{{.Size}}',
    'commit -c RUN+x files',
    'commit files BAD:x',
    'commit nosuch',
    'commit -a me -m words -c ENV+A=b -c CMD+["cat","/w/x"] -c EXPOSE+80 -c LABEL+q=r -c WORKDIR+/w files made:1',
    'image inspect made:1 --format {{json+.Config.Cmd}}|{{json+.Config.Env}}|{{json+.Config.ExposedPorts}}|{{.Author}}|{{.Comment}}|{{.Size}}',
    'history --format {{.CreatedBy}}|{{.Size}}|{{.Comment}} made:1',
    'run --rm made:1',
    'rm -f files fixed',
    'rmi made:1',
    'diff nosuch',
    'export nosuch',
  ],
  logs: [
    'run --name talk busybox sh -c echo+out;echo+err+>&2;printf+end',
    'logs talk',
    'logs --tail 1 talk',
    'logs --tail 0 talk',
    'rm talk',
  ],
};

describe.each(Object.keys(scripts))('%s', (name) => {
  it.each(scripts[name] ?? [])('docker %s', async (line) => {
    const args = line.split(' ').map((word) => word.replaceAll('+', ' '));
    const [ours, theirs] = await Promise.all(
      [engine, peer].map(async (side) => {
        const { exitCode, stdout, stderr } = await side.cli(args);
        return { exitCode, stdout: level(stdout), stderr: level(stderr) };
      }),
    );
    for (const { field } of differences.filter((difference) => difference.line === line)) {
      for (const side of [ours, theirs])
        if (side !== undefined) Object.assign(side, { [field]: 'differs on purpose' });
    }
    expect(ours).toEqual(theirs);
  });
});

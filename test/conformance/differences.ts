// Where we differ from dockerd 20.10 on purpose, and why. Nothing else may differ, and what stands here must: the suite
// fails at a difference that is not listed and at one that is gone.

interface Scope {
  /** Beginnings of the names of the scenarios in which it is so. Default: all. */
  readonly scenarios?: readonly string[];
  /** The steps in which it is so. Default: all. */
  readonly steps?: readonly string[];
  readonly reason: string;
}

/** A place that differs, with the values that stand there where they are the same each time. */
interface PlaceDifference extends Scope {
  /** The end of its path: `exitCode`, `HostConfig.KernelMemory`; `*` stands for one name. */
  readonly at: string;
  readonly ours?: unknown;
  readonly theirs?: unknown;
  readonly theirWords?: undefined;
}

/** Words that differ wherever they stand. */
interface WordDifference extends Scope {
  readonly at?: undefined;
  readonly theirWords: RegExp;
  readonly ourWords: string;
}

export type Difference = PlaceDifference | WordDifference;

/** Options that ours refuses when a container is created, dockerd when it is started. */
function refusedEarlier(scenarios: readonly string[]): Difference[] {
  return scenarios.map((scenario) => ({
    scenarios: [scenario],
    at: '*',
    reason: 'what can never start is refused when it is created, before anything is made',
  }));
}

/** The JSON parser of Go and ours say in their own words what is wrong with a body. */
const wordsOfJson: Difference[] = [
  'bodies of',
  'wrong types',
  'network of',
  'networks over',
  'volumes over',
].map((scenario) => ({
  scenarios: [scenario],
  at: 'message',
  reason: 'another JSON parser says it in its own words, behind "invalid JSON:" as Docker since 23.0',
}));

const swarmInit = 'POST /v1.41/swarm/init';
const advertised = '"ListenAddr":"0.0.0.0:2377","AdvertiseAddr":"10.99.0.2"';

/** Swarm mode without services, tasks and several managers. */
const swarmMode: Difference[] = [
  {
    scenarios: ['requests to make or join'],
    steps: [swarmInit],
    at: 'message',
    reason: 'Docker says so since 23.0',
  },
  {
    scenarios: ['requests to make or join'],
    steps: [`${swarmInit} {"ListenAddr":"0.0.0.0:99999"}`],
    at: 'message',
    reason: 'it is seen before anything listens',
  },
  {
    scenarios: ['requests to make or join'],
    steps: [
      `${swarmInit} {"ListenAddr":"0.0.0.0:99999"}`,
      ...['"Availability":"bogus"', '"DataPathPort":80', '"DefaultAddrPool":["bogus"]'].map(
        (wrong) => `${swarmInit} {${advertised},${wrong}}`,
      ),
      `${swarmInit} {${advertised},"DefaultAddrPool":["10.20.0.0/16"],"SubnetSize":8}`,
      'POST /v1.41/swarm/join {"ListenAddr":"0.0.0.0:2377","RemoteAddrs":["127.0.0.1:1"],"JoinToken":"bogus"}',
    ],
    at: 'status',
    ours: 400,
    theirs: 500,
    reason: 'what a client says wrongly is no fault of the engine',
  },
  {
    scenarios: ['a swarm of one'],
    steps: ['network ls'],
    at: 'stdout',
    reason: 'there is the ingress network at once; dockerd makes it a moment later',
  },
  {
    scenarios: ['overlay networks'],
    steps: ['network create -d overlay ""'],
    at: 'stderr',
    reason: 'dockerd 20.10 finds that an empty name is taken',
  },
  {
    scenarios: ['what overlay networks cannot be'],
    at: '*',
    reason:
      'networks of other drivers for a whole swarm and encrypted ones are not there, and subnets that overlap are refused; dockerd finds out when somebody joins',
  },
  {
    scenarios: ['containers in overlay networks'],
    steps: ['network rm made'],
    at: 'stderr',
    reason: 'there are no tasks: a container is in the network itself',
  },
  {
    scenarios: ['addresses in overlay networks'],
    at: 'stderr',
    reason: 'it is said what is wrong with an address, at once and not after twenty seconds',
  },
];

export const differences: readonly Difference[] = [
  {
    theirWords: /failed to create shim task: /g,
    ourWords: 'failed to create task for container: failed to create shim task: ',
    reason: 'Docker says this since 23.0',
  },
  {
    theirWords: /No command specified/g,
    ourWords: 'no command specified',
    reason: 'Docker says it in small letters since 25.0',
  },
  {
    steps: [
      'exec life nosuch',
      'exec -e A=b life printenv A',
      'exec made nosuch',
      'exec made ""',
      'exec -w /nosuch made pwd',
    ],
    at: 'exitCode',
    ours: 127,
    theirs: 126,
    reason: 'what is not found is 127, as newer Docker and `docker run` say',
  },
  {
    steps: ['exec -w /etc/passwd made pwd'],
    at: 'exitCode',
    ours: 127,
    theirs: 126,
    reason: 'Docker makes 127 of it since 23.0',
  },
  {
    theirWords: /: Are you trying to mount a directory onto a file .*? is the expected type/g,
    ourWords: '',
    reason: 'nobody mounts anything: a guess of Docker that leads away',
  },
  {
    theirWords: /exec: "\/etc": permission denied/g,
    ourWords: 'exec: "/etc": is a directory',
    reason: 'runc says what it is since 1.1',
  },
  {
    steps: ['run --rm --entrypoint /etc busybox'],
    at: 'exitCode',
    ours: 125,
    theirs: 126,
    reason: 'the CLI makes 126 of "is a directory" since 24.0, this one is older',
  },
  {
    steps: ['exec --privileged made grep CapEff /proc/self/status'],
    at: '*',
    reason: 'all capabilities are all that the engine has itself; on this machine dockerd does not start it',
  },
  {
    theirWords: /"exitCode":(?="137","(image|name)")/g,
    ourWords: '"execDuration":"<time>","exitCode":',
    reason: 'Docker says how long it ran since 23.0',
  },
  ...[...'shmem workingset_refault_anon workingset_refault_file swap swapcached'.split(' ')].flatMap((name) =>
    [name, `total_${name}`].map((field) => ({
      at: `memory_stats.stats.${field}`,
      theirs: '<absent>',
      reason: 'all that this kernel counts is told; dockerd knows a list',
    })),
  ),
  // Inspect of a container.
  {
    at: 'HostConfig.NetworkMode',
    ours: 'bridge',
    theirs: 'default',
    reason: 'Docker says which network the default is since 26.0',
  },
  {
    at: 'HostConfig.CgroupnsMode',
    ours: 'private',
    theirs: 'host',
    reason: 'dockerd leaves the host its cgroup names on cgroup v1; ours never does unless asked',
  },
  { at: 'HostConfig.Runtime', ours: 'berth', theirs: 'runc', reason: 'it is another runtime' },
  {
    at: 'HostConfig.MaskedPaths',
    reason: 'Docker masks /proc/interrupts and the power figures of /sys since 25.0 and 27.0',
  },
  { at: 'HostConfig.KernelMemory', ours: '<absent>', reason: 'Docker has it no more since 23.0' },
  {
    at: 'HostConfig.KernelMemoryTCP',
    ours: '<absent>',
    theirs: 0,
    reason: 'Docker leaves it out when it is zero since 23.0',
  },
  { at: 'GraphDriver.Data.LowerDir', reason: 'the layers lie elsewhere' },
  { at: 'GraphDriver.Data.UpperDir', reason: 'the layers lie elsewhere' },
  { at: 'GraphDriver.Data.WorkDir', reason: 'the layers lie elsewhere' },
  {
    at: 'GraphDriver.Data.MergedDir',
    ours: '<absent>',
    reason: 'the root is mounted in its mount namespace alone: the host has no such folder',
  },
  {
    at: 'NetworkSettings.SandboxID',
    ours: '',
    theirs: '<id>',
    reason: 'there is a sandbox only while the container runs',
  },
  { at: 'NetworkSettings.SandboxKey', reason: 'a network namespace is found by its process, not by a mount' },
  // What a program finds.
  {
    theirWords: /^(fe|ff)00::0\t/gm,
    ourWords: '$100::\t',
    reason: 'Docker writes these addresses in their short form since 26.0',
  },
  {
    steps: ['start -a made'],
    scenarios: ['create --dns 10'],
    at: 'stdout',
    ours: 'nameserver 10.0.0.53\nsearch example.org\noptions ndots:3\n',
    theirs: 'search example.org\nnameserver 10.0.0.53\noptions ndots:3\n',
    reason: 'Docker writes name servers first since 26.0',
  },
  // Refusals.
  ...refusedEarlier([
    'create --cpu-shares -5',
    'create --tmpfs /scratch:size=nonsense',
    'create --tmpfs /scratch:evil=1',
    'create --network host --sysctl',
    'create --ipc host --sysctl',
    'create --ipc nonsense',
    'create --gpus all',
    'create --network nosuch',
    'create with {"Cmd":[""]',
    'create with {"HostConfig":{"Dns":["x"]',
    'create with {"NetworkingConfig":{"EndpointsConfig":{"bridge":{"IPAMConfig"',
    'create with {"NetworkingConfig":{"EndpointsConfig":{"bridge":{"Aliases"',
    'create with {"Hostname":"xx',
    'create with {"Hostname":"-x',
    'create with {"Hostname":"a b',
    'create with {"Domainname":"a b',
    'create with {"ExposedPorts":{"x/tcp"',
    'create with {"ExposedPorts":{"80-82/tcp"',
    'create with {"MacAddress":"x"',
    'create with {"HostConfig":{"CpuRealtimePeriod":-1',
    'create with {"HostConfig":{"SecurityOpt":["seccomp={\\"defaultAction\\":\\"NOSUCH',
    'create with {"HostConfig":{"SecurityOpt":["seccomp={\\"defaultAction\\":\\"SCMP_ACT_ALLOW\\",',
    'create with {"HostConfig":{"SecurityOpt":["seccomp=nojson',
    'create with {"HostConfig":{"PortBindings":{"80/tcp":[{"HostIp":"x"',
    'create with {"HostConfig":{"Mounts":[{"Type":"bind","Source":"/etc","Target":"/mnt","TmpfsOptions"',
    'create with {"HostConfig":{"Ulimits":[{"Name":"x"',
    'create with {"HostConfig":{"PidMode":"container:"',
    'create with {"HostConfig":{"IpcMode":"container:"',
    'create with {"HostConfig":{"UTSMode":"x"',
    'create with {"HostConfig":{"CgroupParent":"/a/../../b"',
  ]),
  {
    theirWords: /maximum retry count cannot be used with restart policy 'always'/g,
    ourWords: "invalid restart policy: maximum retry count can only be used with 'on-failure'",
    reason: 'Docker says it so since 25.0',
  },
  {
    theirWords: /invalid restart policy 'sometimes'/g,
    ourWords:
      "invalid restart policy: unknown policy 'sometimes'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'",
    reason: 'Docker says it so since 25.0',
  },
  {
    theirWords: /: maximum retry count cannot be negative/g,
    ourWords: ': invalid restart policy: maximum retry count cannot be negative',
    reason: 'Docker says it so since 25.0',
  },
  {
    theirWords:
      /WARNING: image with reference busybox was found but does not match the specified platform: wanted (\S+), actual: linux\/amd64\nError response from daemon: image with reference busybox was found but does not match the specified platform: wanted \S+, actual: linux\/amd64\n/g,
    ourWords:
      'Error response from daemon: image with reference busybox was found but does not provide the specified platform ($1)\n',
    reason: 'Docker says it so since 25.0',
  },
  {
    theirWords: /Unknown runtime specified nosuch/g,
    ourWords: 'unknown or invalid runtime name: nosuch',
    reason: 'Docker says it so since 23.0',
  },
  {
    scenarios: ['create --cpu-shares 1'],
    at: '*',
    reason: 'the kernel makes 2 of 1, and 2 is what the container gets; runc takes that for a failure',
  },
  {
    scenarios: ['create --cpu-rt-runtime'],
    at: 'stderr',
    reason: 'the same file and the same reason in other words',
  },
  {
    scenarios: ['create --sysctl net.nonsense'],
    at: 'stderr',
    reason: 'the same file and the same reason in other words',
  },
  {
    scenarios: ['create --kernel-memory'],
    at: 'stderr',
    reason: 'Docker has it no more since 23.0; that it has no effect is told',
  },
  {
    theirWords: /Specifying a kernel memory limit is deprecated and will be removed in a future release\./g,
    ourWords:
      'Your kernel does not support kernel memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
    scenarios: ['an update'],
    reason: 'Docker has it no more since 23.0; that it has no effect is told',
  },
  {
    steps: ['update --cpu-rt-runtime 10 limited'],
    at: '*',
    reason: 'the kernel refuses it, which is told; dockerd says yes and writes nothing',
  },
  {
    scenarios: ['an update'],
    steps: [
      'exec limited cat /sys/fs/cgroup/cpuset/cpuset.cpus /sys/fs/cgroup/memory/memory.soft_limit_in_bytes /sys/fs/cgroup/pids/pids.max',
    ],
    at: '*',
    reason:
      'a container sees the controllers that limit something when it starts; its processes join another later',
  },
  {
    scenarios: ['an update'],
    steps: [
      'events --since 0 --until 0s --filter container=limited --filter event=update --format {{.Action}}',
    ],
    at: 'stdout',
    reason: 'an update that was refused is no event',
  },
  {
    scenarios: ['create --privileged'],
    at: '*',
    reason: 'privileged is what the engine has itself; on this machine dockerd does not start it',
  },
  {
    steps: ['attach --detach-keys nonsense fed', 'start -a --detach-keys nonsense fresh'],
    at: 'stderr',
    reason: 'a refusal is JSON here, too, which this CLI takes for a frame',
  },
  {
    scenarios: ['create --security-opt label=level:s0'],
    at: 'stderr',
    reason: 'an option that has no effect on this machine is told of',
  },
  {
    scenarios: ['create -w /etc/passwd'],
    at: '*',
    reason: 'a create does not look into the image: that it cannot work is found at the start',
  },
  {
    scenarios: ['create --mount type=bind,src=/etc,dst=/mnt,bind-propagation=rslave'],
    at: '*',
    reason: 'a mount that takes part in no propagation can be a slave; dockerd refuses it on this machine',
  },
  {
    theirWords: /lstat <folder>\S*\/merged(\/\S*[^/\s])\/?: not a directory/g,
    ourWords: 'lstat $1: Not a directory',
    reason: 'the path is told as the container has it',
  },
  {
    steps: ['diff mounted'],
    at: 'stdout',
    ours: [],
    theirs: ['A /host', 'A /scratch'],
    reason: 'what is made to mount on is no change of the container: no commit shall hold it',
  },
  {
    scenarios: ['commit'],
    steps: ["commit -c 'STOPSIGNAL USR1' made changed:12", "image inspect -f '{{json .Config}}' changed:12"],
    at: '*',
    reason: 'Docker takes STOPSIGNAL here since 23.0',
  },
  { at: 'DockerVersion', theirs: '20.10.24+dfsg1', reason: 'it is another engine' },
  // The API.
  {
    at: 'headers.builder-version',
    ours: '1',
    theirs: '<absent>',
    reason: 'the classic builder is said by name, as newer Docker does',
  },
  { at: 'headers.swarm', ours: 'inactive', theirs: '<absent>', reason: 'Docker says it since 23.0' },
  ...['ostype', 'docker-experimental'].map((header) => ({
    scenarios: [
      'ping',
      'what is no path',
      'paths that',
      'unknown',
      'versions',
      'numbers',
      'filters',
      'start with a body',
      'states over',
      'archives over',
      'attach over',
      'execs over',
      'detach keys',
      'images of',
      'images over',
      'bodies of',
      'wrong types',
      'create with',
    ],
    at: `headers.${header}`,
    theirs: '<absent>',
    reason: 'every answer has the same headers; dockerd leaves them out of some refusals',
  })),
  {
    scenarios: ['what is no path'],
    steps: ['GET /v1/info'],
    at: '*',
    reason:
      'refusals are JSON; dockerd answers in plain text when it takes the client for one older than that',
  },
  {
    theirWords: /Maximum supported API version is 1\.41/g,
    ourWords: 'Maximum supported API version is 1.51',
    reason: 'it is what we support',
  },
  ...['Platform.Name', 'Components', 'Version', 'ApiVersion', 'MinAPIVersion', 'GitCommit', 'GoVersion'].map(
    (field) => ({ scenarios: ['versions'], at: field, reason: 'it is another engine' }),
  ),
  { scenarios: ['versions'], at: 'BuildTime', ours: '', reason: 'it is another engine' },
  ...[
    ...[
      'ID',
      'ServerVersion',
      'Runtimes.*',
      'Runtimes.*.path',
      'DefaultRuntime',
      'InitBinary',
      'Plugins.Log',
    ],
    ...['ContainerdCommit.*', 'RuncCommit.*', 'Runtimes.io.containerd.runc.v2.path'],
    ...['Runtimes.io.containerd.runtime.v1.linux', 'LiveRestoreEnabled', 'DriverStatus'],
    ...['RegistryConfig.IndexConfigs.docker.io.Mirrors.0', 'RegistryConfig.Mirrors.0'],
  ].map((field) => ({ scenarios: ['info'], at: field, reason: 'it is another engine' })),
  ...['NFd', 'NGoroutines'].map((field) => ({
    scenarios: ['info'],
    at: field,
    ours: 0,
    reason: 'Docker tells it when it debugs only, since 23.0',
  })),
  {
    scenarios: ['info'],
    at: 'SecurityOptions',
    reason:
      'Docker calls its seccomp profile builtin since 23.0; cgroup namespaces are made on cgroup v1, too',
  },
  { scenarios: ['info'], at: 'KernelMemory', ours: false, reason: 'Docker has it no more since 23.0' },
  {
    scenarios: ['info'],
    at: 'Plugins.Network',
    ours: ['bridge', 'host', 'ipvlan', 'macvlan', 'null'],
    reason: 'overlay is not there',
  },
  {
    theirWords: /pathcannot be empty/g,
    ourWords: 'path cannot be empty',
    reason: 'a blank that Docker forgot',
  },
  {
    steps: [
      'POST /containers/nosuch/attach?stream=1&stdout=1',
      'POST /v1.41/containers/nosuch/attach?stream=1&stdout=1',
      'POST /v1.41/containers/made/attach?stream=1&stdin=1&stdout=1&detachKeys=nonsense',
      'POST /v1.41/containers/made/attach?logs=1&stdout=1',
    ],
    at: '*',
    reason: 'a refusal is JSON here, too, as in newer Docker',
  },
  ...wordsOfJson,
  {
    scenarios: [
      'bodies of',
      'wrong types',
      'create with',
      'filters of lists',
      'numbers in queries',
      'archives over',
      'execs over',
      'network of',
      'networks over',
      'images over',
      'pulls over',
      'pushes over',
      'pruning images',
      'removing over',
      'save and load',
      'import',
      'commit',
    ],
    at: 'status',
    ours: 400,
    theirs: 500,
    reason: 'Docker says 400 since 23.0',
  },
  {
    scenarios: ['bodies of update', 'bodies of exec'],
    steps: [
      'POST /v1.41/containers/made/update',
      'POST /v1.41/exec/{last}/start',
      'POST /v1.41/containers/made/exec',
    ],
    at: '*',
    reason: 'Docker takes an empty body for {} since 23.0; an exec that was started by it has run',
  },
  {
    scenarios: ['wrong types'],
    steps: ['POST /v1.41/containers/create {"Image":"busybox"}{"Image":"x"}'],
    at: '*',
    reason: 'Docker refuses what comes after the JSON since 23.0',
  },
  {
    steps: [
      'POST /v1.41/containers/create {"Cmd":["true"]}',
      'POST /v1.41/containers/create {"Image":"","Cmd":["true"]}',
    ],
    at: '*',
    reason: 'a container without an image, of which nothing can run, is refused',
  },
  {
    theirWords:
      /^image with reference busybox was found but does not match the specified platform: wanted (\S+), actual: linux\/amd64$/g,
    ourWords: 'image with reference busybox was found but does not provide the specified platform ($1)',
    reason: 'Docker says it so since 25.0',
  },
  {
    at: 'NetworkID',
    ours: '<id>',
    theirs: '',
    reason: 'the network is known before the first start',
  },
  {
    at: 'body.Error',
    ours: '<absent>',
    theirs: null,
    reason: 'Docker leaves it out since 23.0',
  },
  {
    scenarios: ['info'],
    at: 'InsecureRegistryCIDRs',
    ours: [],
    reason: 'no registry is taken for an insecure one unless asked',
  },
  {
    theirWords: /(Cannot kill container: made: )?The linux daemon does not support signal (99|1000)\b/g,
    ourWords: 'Invalid signal: $2',
    reason: 'the signal is looked at before the container',
  },
  {
    scenarios: ['numbers in queries'],
    steps: ['POST /v1.41/containers/made/resize', 'POST /v1.41/containers/made/resize?h=x&w=1'],
    at: 'message',
    reason: 'Docker says which number it means since 28.0',
  },
  {
    scenarios: ['numbers in queries'],
    steps: ['POST /v1.41/containers/made/resize?h=1&w=99999999999'],
    at: '*',
    reason: 'Docker refuses what no terminal has since 28.0',
  },
  {
    at: 'headers.content-type',
    ours: 'application/vnd.docker.raw-stream',
    theirs: '<absent>',
    reason: 'Docker says what a log is since 23.0',
  },
  {
    steps: ['POST /v1.41/containers/made/wait?condition=nonsense'],
    at: '*',
    reason: 'Docker refuses an unknown condition since 25.0',
  },
  {
    theirWords: /\bInvalid filter 'is-task=\[x\]'$/g,
    ourWords: "invalid filter 'is-task=x'",
    reason: 'the same in the words of newer Docker',
  },
  {
    theirWords: /\bInvalid filter/g,
    ourWords: 'invalid filter',
    reason: 'Docker says it in small letters since 23.0',
  },
  {
    theirWords:
      /^(invalid character 'x' looking for beginning of value|json: cannot unmarshal array into Go value of type map\[string\]map\[string\]bool)$/g,
    ourWords: 'invalid filter',
    reason: 'Docker says it so since 23.0',
  },
  {
    scenarios: ['filters of lists'],
    at: 'message',
    ours: "invalid filter 'exited=x'",
    reason: 'the same in other words',
  },
  {
    scenarios: ['filters of lists'],
    at: 'message',
    ours: "invalid filter 'health=x'",
    reason: 'Docker says it so since 23.0',
  },
  {
    scenarios: ['filters of lists'],
    at: 'message',
    ours: "invalid filter 'publish=x'",
    reason: 'the same in other words',
  },
  {
    scenarios: ['filters of lists'],
    at: 'message',
    ours: "invalid filter 'publish=90-80'",
    reason: 'the same in other words',
  },
  {
    steps: [
      'GET /v1.41/containers/json?filters={"before":["nosuch"]}',
      'GET /v1.41/containers/json?filters={"since":["nosuch"]}',
    ],
    at: '*',
    reason: 'a container that is not there is 404, as everywhere',
  },
  {
    steps: ['GET /v1.41/events?until=1&filters={"nonsense":["x"]}'],
    at: '*',
    reason: 'Docker refuses it since 23.0',
  },
  ...['PortBindings', 'Dns', 'DnsOptions', 'DnsSearch', 'BlkioWeightDevice', 'Devices'].map((field) => ({
    scenarios: [
      'create with',
      'create in old versions',
      'states over the API',
      'several networks',
      'a container without',
    ],
    at: `HostConfig.${field}`,
    theirs: null,
    reason: 'dockerd says null or empty as the client did; ours says what its CLI makes of it',
  })),
  {
    scenarios: ['create --security-opt systempaths=unconfined'],
    at: 'HostConfig.SecurityOpt',
    ours: null,
    theirs: [],
    reason: 'dockerd says null or empty as the client did; ours says what its CLI makes of it',
  },
  {
    scenarios: ['create --mac-address 02:42:00:00:00:07'],
    at: 'Networks.bridge.MacAddress',
    ours: '02:42:00:00:00:07',
    theirs: '',
    reason: 'an address that was asked for is said before the first start, as Docker does since 25.0',
  },
  {
    at: 'HostConfig.RestartPolicy.Name',
    ours: 'no',
    theirs: '',
    reason: 'Docker says no since 25.0',
  },
  {
    steps: ['POST /v1.23/containers/made/start {}'],
    at: '*',
    reason: 'Docker has no version older than 1.24 any more',
  },
  {
    scenarios: ['archives over the API'],
    at: 'message',
    ours: 'lstat /w/file: Not a directory',
    reason: 'the path is told as the container has it',
  },
  {
    theirWords: /\bError processing tar file\(exit status 1\): (?=cannot overwrite)/g,
    ourWords: '',
    reason: 'there is no second process whose exit status says anything',
  },
  ...[
    'the archive ends inside an entry',
    'the compressed stream ends early',
    "../../escaped: the path leaves the archive's root",
  ].map((ours) => ({
    scenarios: ['archives over the API'],
    at: 'message',
    ours,
    reason: 'the same in other words',
  })),
  {
    scenarios: ['archives over the API'],
    at: 'message',
    ours: "../etc/passwd: the path leaves the archive's root",
    reason: 'the same in other words',
  },
  {
    scenarios: ['execs over a raw connection'],
    steps: ['POST /v1.41/exec/{last}/start {}'],
    at: '*',
    reason: 'Docker refuses to run an exec again before it takes the connection over, since 23.0',
  },
  {
    scenarios: ['execs over a raw connection'],
    at: 'ExitCode',
    ours: 127,
    theirs: 126,
    reason: 'a command that is not found is 127, as newer Docker and `docker run` say',
  },
  {
    scenarios: ['an exec that has not been started'],
    at: '*',
    reason:
      'that it does not run is said at once and is a conflict, where dockerd waits for it; it is known as long as its container',
  },
  {
    scenarios: ['an exec in a relative folder'],
    at: '*',
    reason: 'what can never start is refused when it is created',
  },
  // Creating over the API.
  ...['ResolvConfPath', 'HostsPath', 'stdout'].map((at) => ({
    scenarios: ['a container without networking', 'create with {"NetworkDisabled"'],
    steps: ['GET /v1.41/containers/made/json', 'inspect made', 'exec made cat /etc/hosts'],
    at,
    reason: 'localhost has its name without a network, too',
  })),
  {
    scenarios: ['what older versions had not'],
    at: 'Warnings',
    theirs: null,
    reason: 'what has no effect is told of',
  },
  {
    scenarios: ['create with {"HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"18092-18093"'],
    at: 'Config.ExposedPorts',
    theirs: '<absent>',
    reason: 'a port that is published is exposed, as newer Docker shows it',
  },
  {
    scenarios: ['create with {"NetworkingConfig":{"EndpointsConfig":{"bridge":null'],
    at: '*',
    reason: 'null is nothing asked for, as everywhere',
  },
  {
    scenarios: ['create with'],
    at: 'HostConfig.Runtime',
    ours: 'berth',
    theirs: '<absent>',
    reason: 'the default is named, be it asked for by a null or by nothing',
  },
  {
    scenarios: ['create with {"Entrypoint":[]'],
    at: 'Config.Entrypoint',
    reason: 'none is null, however it was said',
  },
  {
    scenarios: ['create with {"ExposedPorts":{"80"', 'create with {"HostConfig":{"PortBindings":{"80":'],
    at: '*',
    reason: 'a port without a protocol is one of tcp everywhere, as newer Docker has it',
  },
  {
    scenarios: ['create with {"HostConfig":{"CapAdd":["ALL"]'],
    at: '*',
    reason: 'all capabilities are all that the engine has itself; on this machine dockerd does not start it',
  },
  {
    scenarios: ['create with {"HostConfig":{"PortBindings":{"80/tcp":null}'],
    at: '*',
    reason: 'none is an empty list, however it was said',
  },
  {
    scenarios: ['create with {"HostConfig":{"ConsoleSize"'],
    at: 'ConsoleSize.*',
    reason: 'Docker takes it from clients of 1.42 and newer since 23.0',
  },
  {
    theirWords: /^maximum retry count cannot be used with restart policy 'no'$/g,
    ourWords: "invalid restart policy: maximum retry count can only be used with 'on-failure'",
    reason: 'Docker says it so since 25.0',
  },
  {
    theirWords: /^invalid port specification: "x"$/g,
    ourWords: 'invalid port specification: "x/tcp"',
    reason: 'it is shown as it was said',
  },
  // Volumes.
  {
    scenarios: ['volumes over the API'],
    at: 'Labels',
    ours: { 'com.docker.volume.anonymous': '' },
    theirs: null,
    reason: 'Docker marks a volume that got no name since 23.0',
  },
  {
    scenarios: ['volumes over the API'],
    steps: ['POST /v1.41/volumes/create', 'POST /v1.41/volumes/prune'],
    at: '*',
    reason: 'Docker takes an empty body for {} since 23.0; there is one volume more',
  },
  {
    theirWords: /create\|told\|local\|<no value>\ncreate\|told/g,
    ourWords: 'create|told',
    reason: 'a volume that is there is not made again when a container takes it',
  },
  // Networks.
  {
    steps: ['network create ""'],
    at: 'stderr',
    ours: 'Error response from daemon: invalid name:\n',
    reason: 'a name that is none is said to be that',
  },
  {
    steps: ['network create a/b', 'network rm a/b'],
    at: '*',
    reason: 'a slash belongs to paths: no name of a network has one',
  },
  {
    steps: [
      'network create -d macvlan three',
      'network create -d macvlan made',
      'network create -d macvlan -o macvlan_mode=private made',
      'network create -d macvlan -o macvlan_mode=x made',
      'network create -d macvlan --internal made',
      'network create -d macvlan -o parent=nosuch0 made',
    ],
    at: 'stderr',
    reason: 'both refuse it; a parent is made by nobody here, and that is said',
  },
  {
    scenarios: ['lists of networks'],
    steps: ['true', 'false', '1'].map(
      (value) => `network ls --format '{{.Name}}|{{.Driver}}|{{.Scope}}' --filter dangling=${value}`,
    ),
    at: 'stdout',
    reason: 'a network with a running container in it does not dangle: dockerd forgets to look',
  },
  {
    at: 'IPAM.Config.*.Gateway',
    theirs: '<absent>',
    reason: 'the gateway that was chosen is told, not only one that was asked for',
  },
  {
    scenarios: ['network create --subnet 10.77.0.7/24'],
    at: 'Subnet',
    ours: '10.77.0.0/24',
    theirs: '10.77.0.7/24',
    reason: 'a subnet is what its prefix says',
  },
  {
    steps: ['network create --subnet 10.77.0.0/31 made', 'network create --subnet 10.77.0.0/32 made'],
    at: 'stderr',
    reason: 'both refuse it; here in words that say why',
  },
  {
    steps: ['network create --ipam-driver null made'],
    at: 'stderr',
    reason: 'both refuse it: no other driver of addresses is there',
  },
  {
    scenarios: ['network create --ipv6'],
    steps: [
      'network create --ipv6 made',
      'GET /v1.41/networks/made',
      'run --rm --network made busybox true',
      'network rm made',
    ],
    at: '*',
    reason: 'Docker chooses an IPv6 subnet by itself since 27.0',
  },
  {
    scenarios: ['network create --subnet fd00:77::/64'],
    at: '*',
    reason: 'dockerd takes the subnet and never uses it; here it is refused without --ipv6',
  },
  {
    steps: ['network create -o com.docker.network.bridge.name=a-name-that-is-too-long made'],
    at: 'stderr',
    reason: 'both refuse it; here in words that say why',
  },
  {
    scenarios: ['a bridge inside'],
    at: 'stdout',
    reason: 'addresses are given in turn, so that one just given back is the last to be used again',
  },
  ...['IPAddress', 'MacAddress'].map((field) => ({
    scenarios: ['connect and disconnect'],
    at: `two.${field}`,
    reason: 'addresses are given in turn, so that one just given back is the last to be used again',
  })),
  {
    scenarios: ['a bridge inside'],
    at: 'MacAddress',
    reason: 'it follows from the address',
  },
  {
    scenarios: ['a bridge inside'],
    at: 'IPv4Address',
    reason: 'addresses are given in turn, so that one just given back is the last to be used again',
  },
  {
    at: 'DriverOpts',
    ours: null,
    theirs: {},
    reason: 'dockerd says null or empty as the client did',
  },
  {
    at: 'bridge.Aliases',
    ours: null,
    theirs: [],
    reason: 'dockerd says null or empty as the client did',
  },
  {
    scenarios: ['connect where it does not run', 'several networks at create'],
    at: 'Aliases',
    reason: 'the short id is among the aliases before the first start, too, as in Docker since 25.0',
  },
  {
    theirWords: /Invalid IPv4 address: x\)/g,
    ourWords: 'invalid IPv4 address: x',
    reason: 'Docker says it so since 25.0',
  },
  {
    theirWords: /\beth2\b/g,
    ourWords: 'eth1',
    reason: 'the first name that is free is used',
  },
  {
    steps: ['network disconnect host made', 'network disconnect host hosted'],
    at: '*',
    reason: 'nobody leaves the network of the host: a start would fail',
  },
  {
    scenarios: ['connect where it does not run'],
    at: 'stdout.host',
    theirs: '<absent>',
    reason: 'it has not left the network of the host',
  },
  {
    scenarios: ['connect where it does not run'],
    at: 'IPAMConfig',
    ours: { IPv4Address: '10.77.0.44' },
    theirs: null,
    reason: 'an address that was asked for before the first start is what it gets',
  },
  {
    scenarios: ['connect where it does not run'],
    steps: ['start -a made'],
    at: 'stderr',
    reason: 'a network that is gone is named by its name',
  },
  {
    scenarios: ['containers that share a network'],
    steps: ['network connect bridge guest', 'network disconnect bridge guest'],
    at: '*',
    reason: 'it has no network of its own, be it that it runs or not',
  },
  {
    scenarios: ['networks over the API'],
    at: 'com.docker.network.bridge.name',
    reason: 'it is another engine',
  },
  {
    scenarios: ['several networks at create'],
    steps: ['GET /v1.41/containers/other/json'],
    at: 'Networks.one',
    theirs: '<absent>',
    reason: 'the network of its mode is one of its networks, as Docker has it since 25.0',
  },
  {
    scenarios: ['network of {"Name":"made","Scope":"global"'],
    at: 'status',
    ours: 503,
    theirs: 500,
    reason: 'Docker says 503 since 23.0',
  },
  ...['Networks.made.Aliases', 'Networks.made.DriverOpts'].map((at) => ({
    scenarios: ['networks over the API'],
    at,
    reason: 'who asks for a network once more before the start has changed his mind',
  })),
  // Images.
  {
    theirWords: /Error processing tar file\(exit status 1\): unexpected EOF/g,
    ourWords: 'Error processing tar file: the archive ends inside an entry',
    reason: 'there is no second process whose exit status says anything',
  },
  {
    steps: ['export one'],
    at: 'stdout',
    reason: 'all of /dev is mounted over: nothing is made in it to mount on',
  },
  {
    scenarios: ['import'],
    at: 'stdout',
    ours: 'linux|arm64\n',
    theirs: 'linux|amd64\n',
    reason: 'what was asked for; Docker does so since 23.0',
  },
  {
    scenarios: ['images over'],
    at: 'RepoDigests',
    ours: [],
    theirs: null,
    reason: 'a list that is empty is one, as in newer Docker',
  },
  {
    scenarios: ['images over'],
    at: 'SharedSize',
    theirs: -1,
    reason: 'Docker takes the question from clients of 1.42 and newer',
  },
  {
    theirWords: /no such image: nosuch: (?=No such image)/g,
    ourWords: '',
    reason: 'it is said once',
  },
  {
    steps: ['GET /v1.41/distribution/127.0.0.1:5999/nosuch:1/json'],
    at: 'message',
    theirs: 'manifest unknown: manifest unknown',
    reason: 'it is said whose manifest is unknown',
  },
  {
    scenarios: ['pushes over'],
    steps: ['POST /v1.41/images/127.0.0.1:5999/api/push?tag=1'],
    at: '*',
    reason: 'Docker takes a push without credentials for one that needs none since 23.0',
  },
  {
    steps: ['save made:1 made:nosuch'],
    at: 'stderr',
    reason: 'it is said which image is not there',
  },
  ...['stderr', 'errorDetail.message', 'error'].map((at) => ({
    scenarios: ['save and load'],
    steps: ['load', 'POST /v1.41/images/load', 'POST /v1.41/images/load?quiet=1'],
    at,
    reason: 'what is wrong with an archive is told without paths of the engine and words of Go',
  })),
  {
    steps: ['load -q'],
    at: '*',
    reason: 'an archive that says it has no image is refused',
  },
  {
    steps: ['GET /v1.41/images/get'],
    at: 'body',
    reason: 'an archive of no image has the folders of the OCI layout, as newer Docker writes it',
  },
  {
    theirWords: /WARNING: image with reference hello-world was found but does not match .*\n/g,
    ourWords: '',
    reason: 'what the index does not say is not known before the image is here',
  },
  {
    steps: ['DELETE /v1.41/images/'],
    at: '*',
    reason: 'a path without a name is none, as in newer Docker',
  },
  {
    scenarios: ['pruning images'],
    steps: ['image prune -f --filter dangling=x', 'image prune -f'],
    at: '*',
    reason: 'a value that is none is refused; dockerd takes what the CLI says besides',
  },
  {
    scenarios: ['lists of images'],
    at: 'stderr',
    ours: "Error response from daemon: invalid filter 'reference=[': syntax error in pattern\n",
    reason: 'it is said which filter is meant',
  },
  {
    at: 'ContainerConfig.Labels',
    ours: null,
    theirs: {},
    reason: 'dockerd says null or empty as the client did; Docker has it no more since 26.0',
  },
  {
    at: 'Metadata.LastTagTime',
    theirs: '0001-01-01T00:00:00Z',
    reason: 'a pull names an image, too',
  },
  {
    theirWords: /no such image: BAD: (?=invalid reference format)/g,
    ourWords: '',
    reason: 'a name that nothing can have is said to be that, as in newer Docker',
  },
  {
    steps: ['pull busybox:nosuch'],
    at: 'stderr',
    reason:
      'the mirror has said that there is no such tag; dockerd tells of Docker Hub, which cannot be reached here',
  },
  {
    scenarios: ['events of images'],
    at: 'stdout',
    reason: 'an image that goes still has its labels here: who filters by them hears of its end',
  },
  ...swarmMode,
];

/** Where our builds differ from dockerd's classic builder, for the Dockerfiles of builds.test.ts. */
/** Of `docker build`, beside those of builds. */
export const buildCommandDifferences: readonly Difference[] = [
  {
    scenarios: ['fails', '--iidfile {out} fails', '-q fails', '-f fails/Dockerfile app'],
    at: 'containers',
    ours: [],
    reason:
      'the container of a step that failed is kept only where one asks for it, with --rm=false; BuildKit keeps none',
  },
  {
    scenarios: ['--network nosuch net', '--network container:nosuch net'],
    at: 'containers',
    ours: [],
    theirs: ['created Created'],
    reason: 'the same, of one that could not begin',
  },
  {
    scenarios: ['--rm=false app'],
    at: 'containers',
    reason: 'what changes the configuration alone takes no container',
  },
  {
    scenarios: ['--rm=false'],
    theirWords: /(?<=: ARG WHO=nobody\n) ---> Running in <short>\n(?!Removing)/g,
    ourWords: '',
    reason: 'what changes the configuration alone takes no container',
  },
  {
    scenarios: ['--target 0 app'],
    at: '*',
    reason: 'a stage by its number is a target for BuildKit, too',
  },
  {
    scenarios: ['--cpu-shares 1 limits'],
    at: '*',
    reason: 'the kernel makes 2 of 1, and 2 is what the container gets; runc takes that for a failure',
  },
];

export const buildDifferences: readonly Difference[] = [
  // Words.
  {
    theirWords:
      /(?<=Step \d+\/\d+ : (?!RUN|run)[^\n]*\n(Note: [^\n]*\n)?) ---> Running in <short>\nRemoving intermediate container <short>\n/g,
    ourWords: '',
    reason: 'what changes the configuration alone takes no container',
  },
  {
    scenarios: ['triggers'],
    theirWords:
      / ---> Running in <short>\nRemoving intermediate container <short>\n(?= ---> <short>\nStep 2)/g,
    ourWords: '',
    reason: 'what changes the configuration alone takes no container',
  },
  {
    theirWords: /failed to create shim task: /g,
    ourWords: 'failed to create task for container: failed to create shim task: ',
    reason: 'Docker says this since 23.0',
  },
  {
    scenarios: ['ADD of an address'],
    theirWords: /\n\n ---> /g,
    ourWords: '\n ---> ',
    reason: 'no progress of a download is told, and no line to end it',
  },
  {
    theirWords: /^[^[]\[91m\[WARNING\]: Empty continuation line found in:[^]*?\[0m/g,
    ourWords: '',
    reason: 'BuildKit has a check for it (NoEmptyContinuation), and so have we',
  },
  {
    scenarios: ['commands and entrypoints', 'labels of the request'],
    at: 'text',
    reason: 'stages that nobody needs are not built',
  },
  {
    theirWords: /^no build stage in current context$/g,
    ourWords: 'dockerfile parse error line 1: no build stage in current context',
    reason: 'where it is wrong is told',
  },
  {
    theirWords: /Unknown flag: nosuch/g,
    ourWords: 'unknown flag: --nosuch',
    reason: 'BuildKit says it so',
  },
  // History.
  {
    theirWords: /(?<=(COPY|ADD) --chown=\S+?)(?=(file|dir|multi):)/g,
    ourWords: ' ',
    reason: 'a blank that is missing there',
  },
  {
    scenarios: ['ADD of an address'],
    theirWords: /ADD <id> in/g,
    ourWords: 'ADD file:<id> in',
    reason: 'what kind of thing it is stands before every sum',
  },
  {
    scenarios: ['health checks'],
    at: 'created_by',
    reason: 'the history has what the Dockerfile says, not how Go prints a structure',
  },
  // Configurations.
  ...['Interval', 'Timeout', 'StartPeriod', 'Retries'].map((field) => ({
    scenarios: ['health checks'],
    at: `Healthcheck.${field}`,
    ours: '<absent>',
    reason: "a check replaces another whole, as with BuildKit; the classic builder keeps the old one's times",
  })),
  {
    scenarios: ['a health check that begins slowly'],
    at: 'Healthcheck.StartInterval',
    theirs: '<absent>',
    reason: 'Docker has it since 25.0',
  },
  // Files.
  {
    scenarios: ['modes and times of the context'],
    at: 'c/set.mode',
    ours: '4711',
    theirs: '711',
    reason: 'a file keeps its setuid bit, as with BuildKit',
  },
  {
    scenarios: ['variables in copies'],
    at: 'v.owner',
    ours: '5:6',
    theirs: '0:0',
    reason: 'all folders that a copy makes belong to whom --chown says, as with BuildKit',
  },
  ...['a/x', 'b', 'c d', 'e'].map((file) => ({
    scenarios: ['volumes'],
    at: file,
    reason: 'what a step writes where a volume will be is kept, as with BuildKit, and no step makes volumes',
  })),
  ...['empty_layer', 'diff_ids', 'layers'].map((at) => ({
    scenarios: ['an empty folder over one that is there'],
    at,
    reason: 'nothing changes, so there is no layer',
  })),
  // What dockerd refuses.
  ...['up is never out', 'many sources for one file'].map((scenario) => ({
    scenarios: [scenario],
    at: '*',
    reason: 'BuildKit takes it',
  })),
];

/** With BuildKit on both engines: a Dockerfile means the same to us by either door, and where BuildKit reads it in another way we do not. */
export const buildSessionDifferences: readonly Difference[] = [
  {
    at: 'files.etc',
    ours: '<absent>',
    reason: 'BuildKit leaves the folder of the files that it mounts in the layer; ours lie in no layer',
  },
  {
    at: 'config.ArgsEscaped',
    ours: '<absent>',
    theirs: true,
    reason: 'a mark for Windows, which nobody reads on Linux',
  },
  {
    scenarios: ['scratch with a file'],
    at: 'config.WorkingDir',
    ours: '<absent>',
    theirs: '/',
    reason: 'BuildKit writes down what is so anyway',
  },
  {
    scenarios: ['owners of the image that is built'],
    at: 'files.one.owner',
    ours: '1234:777',
    theirs: '1234:4321',
    reason: 'a user without a group has its own main group for BuildKit',
  },
  {
    scenarios: ['modes and times of the context'],
    at: 'files.c/d.modified',
    theirs: 'now',
    reason: 'folders of the context lose their times in BuildKit',
  },
  ...['1', '2', '3'].map((name) => ({
    scenarios: ['users'],
    at: `files.tmp/${name}.content`,
    reason: 'BuildKit of 20.10 leaves the main group out of the list of groups; runc and we have it in it',
  })),
  {
    scenarios: ['a working directory as another user'],
    at: 'files.mine.owner',
    ours: '0:0',
    theirs: '1:1',
    reason: 'WORKDIR makes what belongs to USER in BuildKit, to root in the classic builder',
  },
  ...['exitCode', 'config', 'files'].map((at) => ({
    scenarios: ['a wildcard that matches nothing', 'an owner that nobody knows', 'an owner without a user'],
    at,
    reason: 'nothing that matches, and an owner that cannot be, are mistakes for the classic builder',
  })),
  {
    scenarios: ['many sources for one file'],
    at: '*',
    reason: 'several sources need a folder; BuildKit of 20.10 lets the last of them win',
  },
];

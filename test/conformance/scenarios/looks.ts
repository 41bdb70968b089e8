// What is told of a container: inspect, ps, top, stats, logs, events.
import type { Scenarios } from '../scenario.ts';

export const looks: Scenarios = {
  'the processes of a container': [
    "run -d --name busy busybox sh -c 'sleep 1000 & sleep 999 & wait'",
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
  'config as inspect shows it': [
    'create --name seen -e A=b -l x=y -w /tmp -u nobody --hostname h -p 18099:80 busybox sleep 5',
    "inspect seen --format '{{json .Config}}'",
    "inspect seen --format '{{json .HostConfig.PortBindings}}'",
    "inspect seen --format '{{.Path}}|{{json .Args}}|{{.RestartCount}}|{{.Driver}}|{{.Platform}}'",
    'port seen',
    'rm seen',
  ],
  logs: [
    "run --name talk busybox sh -c 'echo out;echo err >&2;printf end'",
    'logs talk',
    'logs --tail 1 talk',
    'logs --tail 0 talk',
    'rm talk',
  ],
};

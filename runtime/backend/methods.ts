// The contract's methods, each as requests of the Docker Engine API.
import { createdContainerAnswer, prunedContainersAnswer, topAnswer } from '../client/engine-answers.ts';
import { imageSegment, segment, type EngineClient } from '../client/engine-client.ts';
import { parseJson } from '../client/engine-failure.ts';
import type { KeptEngine } from '../client/kept-engine.ts';
import type { RegistryCredentials } from '../client/registry-credentials.ts';
import type { Methods, RunOptions } from '../contract/methods.ts';
import { buildMethods } from './build-methods.ts';
import { ContractFailure, contractError, toContractError } from './contract-failure.ts';
import { imageFileMethods } from './image-files.ts';
import { imageMethods } from './image-methods.ts';
import { imagePull, imagePush, pullReference } from './image-pull.ts';
import { endpointConfig, networkMethods } from './network-methods.ts';
import { registryMethods } from './registry-methods.ts';
import type { TaskList } from './task-list.ts';
import type { TerminalList } from './terminal-list.ts';
import { volumeMethods } from './volume-methods.ts';

/** What the methods work on. */
export interface MethodParts {
  readonly client: EngineClient;
  readonly tasks: TaskList;
  readonly terminals: TerminalList;
  readonly credentials: RegistryCredentials;
  /** Where the engine is ours. */
  readonly keeper: () => KeptEngine | undefined;
}

/** The methods on one engine. They reject with engine failures; the connection gives them the contract's form. */
export function createMethods({ client, tasks, terminals, credentials, keeper }: MethodParts): Methods {
  const act = async (id: string, action: string) => {
    await client.text({ method: 'POST', path: `/containers/${segment(id)}/${action}` });
    return {};
  };
  const show = async (path: string) => {
    const text = await client.text({ method: 'GET', path });
    return { json: JSON.stringify(parseJson(text), null, 2) };
  };
  return {
    'containers.run': (options) => runContainer(client, options),
    'containers.start': ({ id }) => act(id, 'start'),
    'containers.stop': ({ id }) => act(id, 'stop'),
    'containers.restart': ({ id }) => act(id, 'restart'),
    'containers.kill': ({ id }) => act(id, 'kill'),
    'containers.remove': async ({ id, force }) => {
      await client.text({ method: 'DELETE', path: `/containers/${segment(id)}`, query: { force } });
      return {};
    },
    'containers.pause': ({ id }) => act(id, 'pause'),
    'containers.unpause': ({ id }) => act(id, 'unpause'),
    'containers.rename': async ({ id, name }) => {
      await client.text({ method: 'POST', path: `/containers/${segment(id)}/rename`, query: { name } });
      return {};
    },
    'containers.top': async ({ id }) => {
      const path = `/containers/${segment(id)}/top`;
      const { Titles, Processes } = await client.json({ method: 'GET', path }, topAnswer);
      return { titles: Titles, processes: Processes.map((cells) => evenRow(cells, Titles.length)) };
    },
    'containers.prune': async () => {
      const request = { method: 'POST', path: '/containers/prune' } as const;
      const { ContainersDeleted, SpaceReclaimed } = await client.json(request, prunedContainersAnswer);
      return { removed: ContainersDeleted, reclaimedBytes: SpaceReclaimed };
    },
    'containers.inspect': ({ id }) => show(`/containers/${segment(id)}/json`),
    ...imageMethods(client, credentials),
    ...imageFileMethods(client),
    ...buildMethods(client, tasks, credentials),
    ...registryMethods(client, credentials),
    'images.remove': async ({ id, force }) => {
      await client.text({ method: 'DELETE', path: `/images/${imageSegment(id)}`, query: { force } });
      return {};
    },
    'images.inspect': ({ id }) => show(`/images/${imageSegment(id)}/json`),
    ...volumeMethods(client),
    ...networkMethods(client),
    'terminals.create': async (request) => ({ id: await terminals.create(request) }),
    'terminals.close': async ({ id }) => {
      terminals.close(id);
      return {};
    },
    'tasks.pull': async ({ reference }) => {
      const subject = pullReference(reference);
      return { id: tasks.begin('pull', subject, imagePull(client, credentials, subject)) };
    },
    'tasks.push': async ({ reference }) => {
      const subject = pullReference(reference);
      return { id: tasks.begin('push', subject, imagePush(client, credentials, subject)) };
    },
    'tasks.cancel': async ({ id }) => {
      tasks.cancel(id);
      return {};
    },
    'tasks.forget': async ({ id }) => {
      tasks.forget(id);
      return {};
    },
    'engine.log': async () => ({ text: (await keeper()?.log()) ?? '' }),
    'engine.restart': async () => {
      const kept = keeper();
      if (kept === undefined) {
        throw new ContractFailure(
          contractError('invalid', 'Berth did not start this engine, and so it cannot start it again.'),
        );
      }
      await kept.restart();
      return {};
    },
  };
}

/** A row with as many cells as there are titles; what is too much goes into the last, which is the command. */
function evenRow(cells: readonly string[], count: number): string[] {
  const row = cells.slice(0, count);
  if (cells.length > count) row[count - 1] = cells.slice(count - 1).join(' ');
  while (row.length < count) row.push('');
  return row;
}

/** Creates and starts. A container that was created but does not start is kept, as Docker does, and the error names it. */
async function runContainer(client: EngineClient, options: RunOptions) {
  const created = await client.json(
    {
      method: 'POST',
      path: '/containers/create',
      query: options.name === '' ? {} : { name: options.name },
      body: createBody(options),
    },
    createdContainerAnswer,
  );
  try {
    // Not with the creation: engines older than API 1.44 take one network there.
    for (const { name, ...wishes } of options.networks.slice(1)) {
      const body = { Container: created.Id, EndpointConfig: endpointConfig(wishes) };
      await client.text({ method: 'POST', path: `/networks/${segment(name)}/connect`, body });
    }
    await client.text({ method: 'POST', path: `/containers/${segment(created.Id)}/start` });
  } catch (error) {
    const { code, message, hint } = toContractError(error);
    const name = options.name === '' ? created.Id.slice(0, 12) : options.name;
    throw new ContractFailure(
      contractError(code, `The container ${name} was created, but it does not start: ${message}`, hint),
    );
  }
  return { id: created.Id, warnings: created.Warnings };
}

/** The body of `POST /containers/create` for the run dialog's options. */
export function createBody(options: RunOptions): object {
  const ports = new Map<string, { HostIp: string; HostPort: string }[]>();
  for (const { hostIp, hostPort, containerPort, protocol } of options.ports) {
    const key = `${String(containerPort)}/${protocol}`;
    const bindings = ports.get(key) ?? [];
    bindings.push({ HostIp: hostIp, HostPort: hostPort === 0 ? '' : String(hostPort) });
    ports.set(key, bindings);
  }
  const [first] = options.networks;
  return {
    Image: options.image,
    ...(options.command.length === 0 ? {} : { Cmd: options.command }),
    Env: options.environment.map(({ name, value }) => `${name}=${value}`),
    Tty: options.tty,
    OpenStdin: options.openStdin,
    ExposedPorts: Object.fromEntries([...ports.keys()].map((key) => [key, {}])),
    HostConfig: {
      PortBindings: Object.fromEntries(ports),
      Mounts: options.mounts.map(({ type, source, destination, readOnly, sizeBytes }) => ({
        Type: type,
        ...(source === '' ? {} : { Source: source }),
        Target: destination,
        ReadOnly: readOnly,
        ...(type === 'tmpfs' && sizeBytes > 0 ? { TmpfsOptions: { SizeBytes: sizeBytes } } : {}),
      })),
      AutoRemove: options.autoRemove,
      ...(first === undefined ? {} : { NetworkMode: first.name }),
    },
    ...(first === undefined || !isPlace(first)
      ? {}
      : { NetworkingConfig: { EndpointsConfig: { [first.name]: endpointConfig(first) } } }),
  };
}

/** Whether somebody wants something of a place in a network: `host` and its like have none to ask of. */
function isPlace({ aliases, ipv4, ipv6 }: RunOptions['networks'][number]): boolean {
  return aliases.length > 0 || ipv4 !== '' || ipv6 !== '';
}

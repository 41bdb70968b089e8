// The contract's methods, each as requests of the Docker Engine API.
import { createdContainerAnswer } from '../client/engine-answers.ts';
import { imageSegment, segment, type EngineClient } from '../client/engine-client.ts';
import { parseJson } from '../client/engine-failure.ts';
import type { Methods, RunOptions } from '../contract/methods.ts';
import { ContractFailure, contractError, toContractError } from './contract-failure.ts';

/** The methods on one engine. They reject with engine failures; the connection gives them the contract's form. */
export function createMethods(client: EngineClient): Methods {
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
    'containers.inspect': ({ id }) => show(`/containers/${segment(id)}/json`),
    'images.remove': async ({ id, force }) => {
      await client.text({ method: 'DELETE', path: `/images/${imageSegment(id)}`, query: { force } });
      return {};
    },
    'images.inspect': ({ id }) => show(`/images/${imageSegment(id)}/json`),
  };
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
  return {
    Image: options.image,
    ...(options.command.length === 0 ? {} : { Cmd: options.command }),
    Env: options.environment.map(({ name, value }) => `${name}=${value}`),
    Tty: options.tty,
    OpenStdin: options.openStdin,
    ExposedPorts: Object.fromEntries([...ports.keys()].map((key) => [key, {}])),
    HostConfig: {
      PortBindings: Object.fromEntries(ports),
      Mounts: options.mounts.map(({ source, destination, readOnly }) => ({
        // A host path is absolute; anything else is a volume's name.
        Type: source.startsWith('/') ? 'bind' : 'volume',
        Source: source,
        Target: destination,
        ReadOnly: readOnly,
      })),
      AutoRemove: options.autoRemove,
    },
  };
}

// Links between containers of the default bridge (`--link db:alias`): the name `web/db` under which the linked one is
// also known, what the linking one finds in its environment and its hosts file, and that both follow when one goes.
import { readFileSync, writeFileSync } from 'node:fs';
import { EngineError } from '../errors.ts';
import type { HostConfig } from '../types.ts';
import { bridgeEndpoint } from './container-endpoints.ts';
import type { ContainerRecord } from './container-record.ts';
import type { Container } from './container.ts';
import type { HostEntry } from './etc-files.ts';
import { linkEnvironment } from './link-environment.ts';
import { parseNetworkMode } from './network-mode.ts';
import type { Surroundings } from './surroundings.ts';

type Links = ContainerRecord['links'];
type Index = Surroundings['index'];

/** Checks `--link` options and finds whom they name. Throws invalid in Docker's words. */
export function resolveLinks(index: Index, host: HostConfig): Links {
  const invalid = (message: string): EngineError => new EngineError('invalid', message);
  if (host.Links.length === 0) return [];
  const mode = parseNetworkMode(host.NetworkMode).type;
  if (mode === 'host' || mode === 'container') {
    const what = mode === 'host' ? 'host type networking' : 'container type network';
    throw invalid(
      `conflicting options: ${what} can't be used with links. This would result in undefined behavior`,
    );
  }
  // In a network that somebody made, links are aliases that only the linking one knows.
  if (mode === 'user') {
    const wrong = host.Links.find((text) => !/^[^:]+(:[^:]+)?$/.test(text));
    if (wrong !== undefined) throw invalid(`bad format for links: ${wrong}`);
    return [];
  }
  return host.Links.map((text) => {
    if (text === '') throw invalid('empty string specified for links');
    const [name = '', alias = name, ...more] = text.split(':');
    if (name === '' || alias === '' || more.length > 0) throw invalid(`bad format for links: ${text}`);
    const linked = find(index, name);
    if (linked === undefined)
      throw invalid(`could not get container for ${name}: No such container: ${name}`);
    const owner = networkOwner(index, linked);
    if (parseNetworkMode(owner.record.hostConfig.NetworkMode).type === 'host') {
      throw invalid(
        "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
      );
    }
    return { id: owner.id, alias: alias.replace(/^.*\//, '') };
  });
}

/** Takes the names `web/alias` for the linked containers. Throws conflict when one is taken; none is taken then. */
export function reserveLinks(index: Index, parent: string, links: Links): void {
  const taken: (() => void)[] = [];
  try {
    for (const { id, alias } of links) {
      const name = `${parent}/${alias}`;
      index.reserve(name, id);
      taken.push(() => index.release(name, id));
    }
  } catch (error) {
    for (const release of taken) release();
    throw error;
  }
}

/** Gives the names `web/alias` back. */
export function releaseLinks(index: Index, parent: string, links: Links): void {
  for (const { id, alias } of links) index.release(`${parent}/${alias}`, id);
}

/** The further names of a container: `/web/db` for each link to it. */
export function linkedNames(containers: Iterable<Container>): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { name, record } of containers) {
    for (const { id, alias } of record.links) names.set(id, [...(names.get(id) ?? []), `/${name}/${alias}`]);
  }
  return names;
}

/** `HostConfig.Links` as inspect shows it: `/db:/web/alias`. */
export function linkTexts(index: Index, { name, links }: ContainerRecord): string[] {
  return links.flatMap(({ id, alias }) => {
    const linked = index.get(id);
    return linked === undefined ? [] : [`/${linked.name}:/${name}/${alias}`];
  });
}

/** The variables of a container's links. Throws internal, as Docker does, when a linked one does not run. */
export function linksEnvironment(index: Index, { name, links }: ContainerRecord): string[] {
  return links.flatMap(({ id, alias }) => {
    const linked = index.get(id);
    if (linked === undefined) return [];
    const full = `/${name}/${alias}`;
    const endpoint = bridgeEndpoint(linked.record);
    if (!linked.running) {
      throw new EngineError('internal', `Cannot link to a non running container: /${linked.name} AS ${full}`);
    }
    if (endpoint === undefined) {
      throw new EngineError('internal', `container ${linked.id} not attached to default bridge network`);
    }
    const { Env, ExposedPorts } = linked.record.config;
    return linkEnvironment(full, { address: endpoint.address, env: Env, exposedPorts: ExposedPorts });
  });
}

/** The entries of /etc/hosts for a container's links: alias, host name and name. */
export function linkHosts(index: Index, { links }: ContainerRecord): HostEntry[] {
  return links.flatMap(({ id, alias }) => {
    const linked = index.get(id);
    const endpoint = linked === undefined ? undefined : bridgeEndpoint(linked.record);
    if (linked === undefined || endpoint === undefined) return [];
    return [{ address: endpoint.address, names: namesOf(linked, alias) }];
  });
}

/** A linked container has started: those that link to it and run learn its address. Their hosts files are changed in place. */
export function announceAddress(
  { index, folders }: Pick<Surroundings, 'index' | 'folders'>,
  linked: Container,
): void {
  const endpoint = bridgeEndpoint(linked.record);
  if (endpoint === undefined) return;
  for (const parent of index.values()) {
    const link = parent.record.links.find(({ id }) => id === linked.id);
    if (link === undefined || !parent.running) continue;
    const file = `${folders.container(parent.id)}/hosts`;
    const names = namesOf(linked, link.alias).join(' ');
    const lines = readFileSync(file, 'utf8').split('\n');
    const changed = lines.map((line) =>
      line.split('\t')[1] === names ? `${endpoint.address}\t${names}` : line,
    );
    // The file is mounted: it is written over, never replaced.
    writeFileSync(file, changed.join('\n'));
  }
}

/** A container is gone: its links go, and those to it. On disk they may stay: a link to nobody means nothing. */
export function forgetLinks(index: Index, gone: Container): void {
  releaseLinks(index, gone.name, gone.record.links);
  for (const parent of index.values()) {
    const links = parent.record.links.filter(({ id }) => id !== gone.id);
    if (links.length === parent.record.links.length) continue;
    releaseLinks(
      index,
      parent.name,
      parent.record.links.filter(({ id }) => id === gone.id),
    );
    parent.record = { ...parent.record, links };
  }
}

/** `docker rm --link web/db`: takes one link away; returns whose record changed. Throws in Docker's words. */
export function removeLink(index: Index, fullName: string): Container {
  const [parentName, alias, ...more] = fullName.replace(/^\//, '').split('/');
  if (index.get(fullName) === undefined) find(index, fullName);
  if (alias === undefined || parentName === undefined) {
    throw new EngineError('internal', 'Conflict, cannot remove the default link name of the container');
  }
  const parent = find(index, parentName);
  const link = parent?.record.links.find((each) => each.alias === alias);
  if (parent === undefined || link === undefined || more.length > 0) {
    throw new EngineError(
      'internal',
      `Cannot get parent /${parentName} for link name /${parentName}/${alias}`,
    );
  }
  index.release(`${parentName}/${alias}`, link.id);
  parent.record = { ...parent.record, links: parent.record.links.filter((each) => each !== link) };
  return parent;
}

function namesOf(linked: Container, alias: string): string[] {
  return [...new Set([alias, linked.record.config.Hostname, linked.name])].filter((name) => name !== '');
}

/** The container whose network another has: itself, unless it joined one. */
function networkOwner(index: Index, container: Container): Container {
  const mode = parseNetworkMode(container.record.hostConfig.NetworkMode);
  const owner = mode.type === 'container' ? find(index, mode.container) : undefined;
  return owner === undefined || owner === container ? container : networkOwner(index, owner);
}

function find(index: Index, nameOrId: string): Container | undefined {
  try {
    return index.find(nameOrId);
  } catch (error) {
    if (error instanceof EngineError && error.kind === 'notFound') return undefined;
    throw error;
  }
}

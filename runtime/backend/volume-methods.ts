// The contract's methods on volumes, as requests of the Docker Engine API and, for their files, of Berth's extension.
import {
  diskUsageAnswer,
  folderAnswer,
  prunedVolumesAnswer,
  volumeAnswer,
} from '../client/engine-answers.ts';
import { segment, type EngineClient } from '../client/engine-client.ts';
import { parseJson } from '../client/engine-failure.ts';
import { volumeTextBytes, type Methods } from '../contract/methods.ts';
import { Readable } from 'node:stream';
import { ContractFailure, contractError } from './contract-failure.ts';
import { fileEntries } from './file-entries.ts';

type VolumeMethods = Pick<
  Methods,
  | 'volumes.inspect'
  | 'volumes.create'
  | 'volumes.remove'
  | 'volumes.prune'
  | 'volumes.sizes'
  | 'volumes.folder'
  | 'volumes.readText'
  | 'volumes.writeText'
  | 'volumes.removeFile'
  | 'volumes.renameFile'
  | 'volumes.clone'
>;

/** The path of the extension for a volume's files. */
export function volumeFiles(id: string, what: 'folder' | 'file' | 'archive' | 'rename' | 'clone'): string {
  return `/berth/volumes/${segment(id)}/${what}`;
}

/** They reject with engine failures; the connection gives them the contract's form. */
export function volumeMethods(client: EngineClient): VolumeMethods {
  return {
    'volumes.inspect': async ({ id }) => {
      const text = await client.text({ method: 'GET', path: `/volumes/${segment(id)}` });
      return { json: JSON.stringify(parseJson(text), null, 2) };
    },
    'volumes.create': async ({ name, driver, options, labels }) => {
      const body = { Name: name, Driver: driver, DriverOpts: options, Labels: labels };
      const { Name } = await client.json({ method: 'POST', path: '/volumes/create', body }, volumeAnswer);
      return { id: Name };
    },
    'volumes.remove': async ({ id }) => {
      await client.text({ method: 'DELETE', path: `/volumes/${segment(id)}` });
      return {};
    },
    'volumes.prune': async ({ all }) => {
      const query = all ? { filters: JSON.stringify({ all: ['true'] }) } : {};
      const request = { method: 'POST', path: '/volumes/prune', query } as const;
      const { VolumesDeleted, SpaceReclaimed } = await client.json(request, prunedVolumesAnswer);
      return { removed: VolumesDeleted, reclaimedBytes: SpaceReclaimed };
    },
    'volumes.sizes': async () => {
      const request = { method: 'GET', path: '/system/df', query: { type: 'volume' } } as const;
      const { Volumes } = await client.json(request, diskUsageAnswer);
      const known = Volumes.map(({ Name, UsageData }) => ({ id: Name, bytes: UsageData?.Size ?? -1 }));
      return { sizes: known.filter(({ bytes }) => bytes >= 0) };
    },
    'volumes.folder': async ({ id, path }) => {
      const request = { method: 'GET', path: volumeFiles(id, 'folder'), query: { path } } as const;
      const { Entries, Total } = await client.json(request, folderAnswer);
      return { entries: fileEntries(Entries), total: Total };
    },
    'volumes.readText': ({ id, path }) => readText(client, id, path),
    'volumes.writeText': async ({ id, path, text }) => {
      const content = Readable.from([Buffer.from(text)], { objectMode: false });
      await client.text({ method: 'PUT', path: volumeFiles(id, 'file'), query: { path }, content });
      return {};
    },
    'volumes.removeFile': async ({ id, path }) => {
      await client.text({ method: 'DELETE', path: volumeFiles(id, 'file'), query: { path } });
      return {};
    },
    'volumes.renameFile': async ({ id, path, name }) => {
      const request = { path: volumeFiles(id, 'rename'), query: { path }, body: { Name: name } };
      await client.text({ method: 'POST', ...request });
      return {};
    },
    'volumes.clone': async ({ id, name }) => {
      await client.text({ method: 'POST', path: volumeFiles(id, 'clone'), body: { Name: name } });
      return {};
    },
  };
}

async function readText(client: EngineClient, id: string, path: string): Promise<{ text: string }> {
  const response = await client.stream({ method: 'GET', path: volumeFiles(id, 'file'), query: { path } });
  const refuse = (message: string): never => {
    response.destroy();
    throw new ContractFailure(contractError('invalid', message, 'Download the file instead.'));
  };
  if (Number(response.headers['content-length'] ?? 0) > volumeTextBytes) {
    refuse('The file is too large to be edited here.');
  }
  const bytes = Buffer.concat((await response.toArray()) as Buffer[]);
  if (bytes.includes(0)) refuse('The file is no text.');
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return refuse('The file is no text in UTF-8.');
  }
}

// A container for tests of what is done with one: its record is whole and it never ran.
import { randomBytes } from 'node:crypto';
import {
  createdState,
  recordSchemaVersion,
  type ContainerStateRecord,
} from '../../../runtime/engine/containers/container-record.ts';
import { Container } from '../../../runtime/engine/containers/container.ts';
import { containerConfig, hostConfig } from '../../../runtime/engine/types.ts';

export function testContainer(name: string, state: Partial<ContainerStateRecord> = {}): Container {
  return new Container({
    schema: recordSchemaVersion,
    bootId: 'boot',
    id: randomBytes(32).toString('hex'),
    name,
    created: '2026-01-01T00:00:00Z',
    imageId: 'sha256:0',
    path: 'true',
    args: [],
    config: containerConfig.parse({ Image: 'busybox' }),
    hostConfig: hostConfig.parse({}),
    mounts: [],
    networks: [],
    links: [],
    state: { ...createdState, ...state },
  });
}

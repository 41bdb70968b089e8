import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unknownEngine } from '../../../runtime/backend/engine-link.ts';
import { LiveModel } from '../../../runtime/backend/live-model.ts';
import {
  toContainerModel,
  toImageModel,
  toNetworkModel,
  toVolumeModel,
} from '../../../runtime/backend/model-mapping.ts';
import {
  containerAnswer,
  imageListAnswer,
  networkListAnswer,
  volumeListAnswer,
} from '../../../runtime/client/engine-answers.ts';
import type { ContainerModel, ImageModel } from '../../../runtime/contract/model.ts';
import { inspection } from './engine-on-socket.ts';
import { WindowPort } from './window-port.ts';

function container(id: string, name = id, imageId = 'sha256:aa'): ContainerModel {
  return toContainerModel(containerAnswer.parse(inspection(id, { name, image: imageId })));
}

function image(id: string, tag: string): ImageModel {
  const [only] = imageListAnswer.parse([{ Id: id, RepoTags: [tag], Created: 1, Size: 2, Labels: null }]);
  if (only === undefined) throw new Error('one image is expected');
  return toImageModel(only);
}

/** A model and a window that follows it. */
function setUp() {
  const model = new LiveModel(unknownEngine('unix:///x'));
  const window = new WindowPort();
  let sequence = 0;
  window.apply({ sequence, reset: true, ...model.snapshot() });
  model.subscribe((change) => window.apply({ sequence: (sequence += 1), ...change }));
  return { model, window };
}

describe('the live model', () => {
  it('tells only what changed', () => {
    const { model, window } = setUp();
    model.set('containers', container('a'));
    model.set('containers', container('b'));
    model.flush();
    model.set('containers', container('a'));
    model.set('containers', container('b', 'renamed'));
    model.flush();
    const last = window.diffs.at(-1);
    expect(last?.containers?.set.map(({ name }) => name)).toEqual(['renamed']);
    expect(last).not.toHaveProperty('images');
    expect(last).not.toHaveProperty('engine');
  });

  it('says nothing when nothing changed', () => {
    const { model, window } = setUp();
    model.set('containers', container('a'));
    model.flush();
    const told = window.diffs.length;
    model.set('containers', container('a'));
    model.set('containers', container('b'));
    model.remove('containers', 'b');
    model.flush();
    expect(window.diffs.length).toBe(told);
  });

  it('counts the containers of each image', () => {
    const { model, window } = setUp();
    model.setAll('images', [image('sha256:aa', 'a:1'), image('sha256:bb', 'b:1')]);
    model.set('containers', container('x', 'x', 'sha256:bb'));
    model.flush();
    expect(window.images.get('sha256:bb')?.containers).toBe(1);
    model.remove('containers', 'x');
    model.flush();
    expect(window.diffs.at(-1)?.images?.set.map(({ id, containers }) => [id, containers])).toEqual([
      ['sha256:bb', 0],
    ]);
  });

  it('counts the containers of each volume and network', () => {
    const { model, window } = setUp();
    model.setAll(
      'volumes',
      volumeListAnswer.parse({ Volumes: [{ Name: 'data' }] }).Volumes.map(toVolumeModel),
    );
    model.setAll('networks', networkListAnswer.parse([{ Id: 'n1', Name: 'bridge' }]).map(toNetworkModel));
    const mount = { Type: 'volume', Name: 'data', Source: '/x', Destination: '/a', RW: true };
    const twice = { ...inspection('x'), Mounts: [mount, { ...mount, Destination: '/b' }] };
    model.set('containers', toContainerModel(containerAnswer.parse(twice)));
    model.set('containers', container('y'));
    model.flush();
    expect(window.volumes.get('data')?.containers).toBe(1);
    expect(window.networks.get('n1')?.containers).toBe(2);
    model.remove('containers', 'x');
    model.flush();
    expect(window.volumes.get('data')?.containers).toBe(0);
    expect(window.networks.get('n1')?.containers).toBe(1);
  });

  it('leads any window that applies its diffs to the same state', () => {
    const id = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');
    const step = fc.oneof(
      fc.record({ set: id, name: fc.constantFrom('x', 'y') }),
      fc.record({ remove: id }),
      fc.record({ images: fc.uniqueArray(id) }),
      fc.record({ flush: fc.constant(true) }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const { model, window } = setUp();
        const containers = new Map<string, ContainerModel>();
        let images: string[] = [];
        for (const each of steps) {
          if ('set' in each) {
            const next = container(each.set, each.name, each.set);
            containers.set(each.set, next);
            model.set('containers', next);
          } else if ('remove' in each) {
            containers.delete(each.remove);
            model.remove('containers', each.remove);
          } else if ('images' in each) {
            images = each.images;
            model.setAll(
              'images',
              images.map((name) => image(name, `${name}:1`)),
            );
          } else model.flush();
        }
        model.flush();
        expect(window.containers).toEqual(containers);
        expect([...window.images.keys()].sort()).toEqual([...images].sort());
        for (const [name, { containers: users }] of window.images)
          expect(users).toBe(containers.has(name) ? 1 : 0);
        // A window that comes later sees the same.
        const late = new WindowPort();
        late.apply({ sequence: 1, reset: true, ...model.snapshot() });
        expect(late.containers).toEqual(window.containers);
        expect(late.images).toEqual(window.images);
      }),
    );
  });
});

describe('a container in the model', () => {
  it('is what the engine says, in the UI’s terms', () => {
    expect(container('abc', 'web')).toEqual({
      id: 'abc',
      name: 'web',
      image: 'busybox',
      imageId: 'sha256:aa',
      command: "sleep '1 0'",
      createdMs: Date.parse('2026-01-02T03:04:05.123Z'),
      state: 'running',
      exitCode: null,
      health: 'none',
      startedMs: Date.parse('2026-01-02T03:04:06Z'),
      finishedMs: null,
      tty: false,
      ports: [{ protocol: 'tcp', containerPort: 80, hostIp: '0.0.0.0', hostPort: 8080 }],
      mounts: [{ type: 'bind', source: '/srv', destination: '/data', readOnly: true }],
      networks: [{ id: '', name: 'bridge', address: '172.17.0.2', address6: '', mac: '', aliases: [] }],
      labels: { a: 'b' },
      error: '',
    });
  });

  it('shows exposed ports of a stopped one, and its exit code', () => {
    const stopped = {
      ...inspection('s', { status: 'exited' }),
      NetworkSettings: { Ports: {}, Networks: null },
    };
    const model = toContainerModel(containerAnswer.parse(stopped));
    expect(model.ports).toEqual([{ protocol: 'tcp', containerPort: 80 }]);
    expect(model.exitCode).toBe(0);
    expect(model.networks).toEqual([]);
  });
});

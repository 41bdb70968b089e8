// The API's contracts, one line each: bad input gets Docker's status and a sentence, and the shapes that clients lean on.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { answerFaults, undefinedApi } from '../fixtures/api-definitions.ts';
import { parseContract, request, valueAt, type Answer } from '../fixtures/contract-table.ts';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';
import { tar } from '../fixtures/tar.ts';

let engine: BerthEngine;
beforeAll(async () => {
  engine = await startEngine();
  await engine.cli(['pull', '-q', 'busybox']);
  await engine.cli(['run', '-d', '--name', 'up', '-p', '18090:80', 'busybox', 'sleep', '1000']);
  await engine.cli(['create', '--name', 'down', 'busybox', 'true']);
});
afterAll(async () => {
  await engine.cli(['rm', '-f', 'up', 'down']);
  await engine.stop();
});

const contracts = `
GET /_ping 200
HEAD /_ping 200
GET /v1.24/_ping 200
GET /v1.51/version 200 .ApiVersion=1.51
GET /version 200 .MinAPIVersion=1.24
GET /v1.60/version 400 .message=client version 1.60 is too new. Maximum supported API version is 1.51
GET /v1.20/version 400 .message=client version 1.20 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version
GET /no/such/thing 404 .message=page not found
GET /info 200 .Swarm.LocalNodeState=inactive
GET /berth/features 200 .Features.0=containers
GET /berth/containers 200
GET /swarm 503 .message=This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.
GET /containers/json 200
GET /containers/json?all=1 200
GET /containers/json?filters=nonsense 400
GET /containers/json?filters=%7B%22nosuch%22%3A%5B%22x%22%5D%7D 400
GET /containers/up/json 200 .Name=/up
GET /containers/up/json 200 .State.Status=running
GET /containers/down/json 200 .State.Status=created
GET /containers/nosuch/json 404 .message=No such container: nosuch
POST /containers/nosuch/start 404 .message=No such container: nosuch
POST /containers/up/start 304
POST /containers/down/stop 304
POST /containers/down/kill 409
POST /containers/up/kill?signal=SIGNONSENSE 400 .message=Invalid signal: SIGNONSENSE
DELETE /containers/up 409
DELETE /containers/nosuch 404 .message=No such container: nosuch
GET /containers/nosuch/logs?stdout=1 404 .message=No such container: nosuch
GET /containers/up/logs 400 .message=Bad parameters: you must choose at least one stream
POST /containers/down/resize?h=10&w=10 409
GET /containers/up/stats?stream=false 200 .name=/up
GET /containers/up/stats?stream=false&one-shot=true 200 .preread=0001-01-01T00:00:00Z
GET /containers/down/stats?stream=false 200 .read=0001-01-01T00:00:00Z
GET /containers/up/stats?one-shot=true 400 .message=cannot have stream=true and one-shot=true
GET /containers/nosuch/stats 404 .message=No such container: nosuch
GET /containers/up/top 200 .Titles.1=PID
GET /containers/up/top?ps_args=-o%20pid,args 200 .Processes.0.1=sleep 1000
GET /containers/up/top?ps_args=-o%20args 500 .message=Couldn't find PID field in ps output
GET /containers/up/top?ps_args=ax%20-o%20comm=PID 500 .message=specifying "comm=PID" is not allowed
GET /containers/nosuch/top 404 .message=No such container: nosuch
GET /containers/down/top 409
POST /containers/nosuch/pause 404 .message=No such container: nosuch
POST /containers/down/pause 409
POST /containers/down/unpause 500
POST /containers/nosuch/rename?name=x 404 .message=No such container: nosuch
POST /containers/down/rename 400 .message=Neither old nor new names may be empty
POST /containers/down/rename?name=down 400 .message=Renaming a container with the same name as its current name
POST /containers/down/rename?name=-bad 400 .message=Error when allocating new name: Invalid container name (/-bad), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed
POST /containers/down/rename?name=up 409
POST /containers/create {"Image":"nosuch:latest"} 404 .message=No such image: nosuch:latest
POST /containers/create {"Image":"nosuch"} 404 .message=No such image: nosuch:latest
POST /containers/create?name=up {"Image":"busybox"} 409
POST /containers/create?name=-bad {"Image":"busybox"} 400 .message=Invalid container name (-bad), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed
POST /containers/create?name=../../x {"Image":"busybox"} 400
POST /containers/create {"Image":"UPPER"} 400
POST /containers/create {"Image":"busybox","HostConfig":{"Binds":["/a:relative"]}} 400
POST /containers/create {"Image":"busybox","HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"99999"}]}}} 400
POST /containers/create {"Image":"busybox","HostConfig":{"LogConfig":{"Type":"nosuch"}}} 400
POST /containers/create {"Image":7} 400
POST /containers/up/exec {"Cmd":["true"]} 201
POST /containers/down/exec {"Cmd":["true"]} 409
POST /containers/up/exec {"Cmd":[]} 400 .message=No exec command specified
POST /containers/nosuch/exec {"Cmd":["true"]} 404 .message=No such container: nosuch
GET /exec/nosuch/json 404 .message=No such exec instance: nosuch
GET /images/json 200
GET /images/nosuch/json 404 .message=No such image: nosuch:latest
GET /images/busybox/json 200 .Os=linux
DELETE /images/nosuch 404 .message=No such image: nosuch:latest
DELETE /images/busybox 409
POST /images/busybox/tag?repo=UPPER&tag=x 400
POST /images/busybox/tag?repo=good&tag=b!d 400
GET /networks 200
GET /networks/bridge 200 .Driver=bridge
GET /networks/nosuch 404 .message=network nosuch not found
POST /networks/nosuch/connect {"Container":"nobody"} 404 .message=No such container: nobody
POST /networks/create {"Name":"../../x"} 400
POST /networks/create {"Name":"host"} 403 .message=operation is not permitted on predefined host network 
DELETE /networks/bridge 403 .message=bridge is a pre-defined network and cannot be removed
DELETE /networks/nosuch 404 .message=network nosuch not found
GET /volumes 200
GET /events?since=1&until=2 200
`
  .trim()
  .split('\n');

describe('contracts', () => {
  it.each(contracts)('%s', async (line) => {
    const contract = parseContract(line);
    const answer = await request(engine.socket, contract);
    if (isJsonAnswer(answer)) {
      const { method, path } = contract;
      expect(answerFaults({ method, path, status: answer.status, body: JSON.parse(answer.text) })).toEqual(
        [],
      );
    }
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status: contract.status });
    if (contract.expected !== undefined) {
      expect(valueAt(answer.text, contract.expected.path)).toBe(contract.expected.value);
    } else if (answer.status >= 400 && contract.method !== 'HEAD') {
      expect(valueAt(answer.text, ['message'])).toMatch(/\S \S/);
    }
  });
});

describe.skipIf(undefinedApi !== undefined)('answers to clients of every version', () => {
  const targets = [
    '/version',
    '/info',
    '/containers/json?all=1',
    '/containers/up/json',
    '/containers/down/json',
    '/containers/up/top',
    '/containers/up/stats?stream=false&one-shot=1',
    '/images/json',
    '/images/busybox/json',
    '/networks',
    '/networks/bridge',
    '/volumes',
    '/containers/nosuch/json',
    '/networks/nosuch',
    '/images/nosuch/json',
    '/exec/nosuch/json',
  ];
  it.each([24, 30, 40, 41, 42, 43, 44, 46, 48, 50, 51])('are as they are defined: 1.%s', async (minor) => {
    const faults: string[] = [];
    for (const target of targets) {
      const path = `/v1.${String(minor)}${target}`;
      const { status, text } = await request(engine.socket, { method: 'GET', path });
      const found = answerFaults({ method: 'GET', path, status, body: JSON.parse(text) });
      faults.push(...found.map((fault) => `${path}: ${fault}`));
    }
    expect(faults).toEqual([]);
  });
});

it('says who it is in the headers of a ping', async () => {
  const { headers } = await request(engine.socket, { method: 'HEAD', path: '/_ping' });
  expect(headers).toMatchObject({
    'api-version': '1.51',
    ostype: 'linux',
    'docker-experimental': 'false',
    'builder-version': '1',
  });
});

it('demands JSON where a body is, and nothing after it', async () => {
  const create = { method: 'POST', path: '/containers/create', body: '{"Image":"busybox"}' };
  expect(
    await request(engine.socket, { ...create, headers: { 'content-type': 'text/plain' } }),
  ).toMatchObject({ status: 400 });
  expect(await request(engine.socket, { ...create, body: '{"Image":"busybox"} {}' })).toMatchObject({
    status: 400,
  });
  expect(await request(engine.socket, { ...create, body: '{"Image":' })).toMatchObject({ status: 400 });
});

it('refuses a page in a browser', async () => {
  const answer = await request(engine.socket, {
    method: 'GET',
    path: '/info',
    headers: { origin: 'http://evil.example' },
  });
  expect(answer.status).toBe(403);
});

it('keeps hostile keys as data', async () => {
  const body = '{"Image":"busybox","Labels":{"__proto__":"a","constructor":"b","toString":"c"}}';
  const created = await request(engine.socket, {
    method: 'POST',
    path: '/containers/create?name=keys',
    body,
  });
  expect(created.status).toBe(201);
  const inspected = await request(engine.socket, { method: 'GET', path: '/containers/keys/json' });
  for (const [key, value] of [
    ['__proto__', 'a'],
    ['constructor', 'b'],
    ['toString', 'c'],
  ] as const) {
    expect(valueAt(inspected.text, ['Config', 'Labels', key])).toBe(value);
  }
  expect((await request(engine.socket, { method: 'DELETE', path: '/containers/keys' })).status).toBe(204);
});

it('names both sides of an ambiguous prefix as an error', async () => {
  const ids: string[] = [];
  for (let index = 0; index < 17; index++) {
    const created = await request(engine.socket, {
      method: 'POST',
      path: '/containers/create',
      body: '{"Image":"busybox"}',
    });
    ids.push(valueAt(created.text, ['Id']) ?? '');
  }
  // Seventeen ids, sixteen first digits: at least two share theirs.
  const first = ids.map((id) => id.charAt(0)).find((digit, index, all) => all.indexOf(digit) !== index) ?? '';
  const answer = await request(engine.socket, { method: 'GET', path: `/containers/${first}/json` });
  expect(answer.status).toBe(400);
  for (const id of ids) await request(engine.socket, { method: 'DELETE', path: `/containers/${id}` });
});

describe('a pull that cannot work', () => {
  it('of an image that is not there', async () => {
    const result = await engine.cli(['pull', 'no-such-image']);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/no-such-image/);
    expect(result.stderr).toMatch(/not found|access denied/);
  });

  it('of a malformed name', async () => {
    const result = await engine.cli(['pull', 'Not//A Name']);
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toMatch(/invalid reference format/);
  });

  it('from a registry that is down', async () => {
    const result = await engine.cli(['pull', '127.0.0.1:9/some/image']);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/connection refused/);
  });
});

describe('a run that cannot work', () => {
  it('because the port is taken', async () => {
    const result = await engine.cli(['run', '--rm', '-p', '18090:80', 'busybox', 'true']);
    expect(result.exitCode).toBe(125);
    expect(result.stderr).toMatch(/18090/);
    expect(result.stderr).toMatch(/port is already allocated|address already in use/);
    expect(
      (await engine.cli(['ps', '-aq', '--filter', 'status=created'])).stdout.trim().split('\n').length,
    ).toBe(1);
  });

  it('because the image has no command', async () => {
    const body = '{"Image":"no-command"}';
    await engine.cli(['load'], { input: imageWithoutCommand() });
    const answer = await request(engine.socket, { method: 'POST', path: '/containers/create', body });
    expect(answer).toMatchObject({ status: 400 });
    expect(valueAt(answer.text, ['message'])).toBe('no command specified');
    const run = await engine.cli(['run', '--rm', 'no-command']);
    expect(run.exitCode).toBe(125);
    expect(run.stderr).toMatch(/no command specified/i);
  });
});

/** Whether an answer is one JSON value, not a stream of them. */
function isJsonAnswer({ headers, text }: Answer): boolean {
  return (
    headers['content-type'] === 'application/json' && headers['content-length'] !== undefined && text !== ''
  );
}

/** A docker-archive with one empty layer and a config that says nothing of what to run. */
function imageWithoutCommand(): Buffer {
  const layer = tar([]);
  const diffId = `sha256:${createHash('sha256').update(layer).digest('hex')}`;
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [diffId] },
  };
  const manifest = [{ Config: 'config.json', RepoTags: ['no-command:latest'], Layers: ['layer.tar'] }];
  return tar([
    { path: 'layer.tar', body: layer },
    { path: 'config.json', body: Buffer.from(JSON.stringify(config)) },
    { path: 'manifest.json', body: Buffer.from(JSON.stringify(manifest)) },
  ]);
}

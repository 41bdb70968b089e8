// The API's own contracts: versions, unknown paths, bodies, queries, what is not implemented. No kernel is needed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseContract, request, valueAt } from '../../fixtures/contract-table.ts';
import { fakeServices } from './fake-services.ts';
import { serve, type Served } from './served.ts';

let served: Served;
beforeAll(async () => {
  served = await serve(
    fakeServices({
      containers: {
        create: (name, body) =>
          Promise.resolve({ Id: `${name ?? ''}:${body.Image}${body.HostConfig.Runtime}`, Warnings: [] }),
        update: () => Promise.resolve({ Warnings: [] }),
        restart: (_name, signal, timeout) => {
          throw new Error(`${signal ?? 'none'} ${String(timeout)}`);
        },
      },
    }),
  );
});
afterAll(() => served.close());

const contracts = `
GET /_ping 200
HEAD /_ping 200
GET /v1.24/_ping 200
GET /v1.51/version 200 .ApiVersion=1.51
GET /v1.60/_ping 400 .message=client version 1.60 is too new. Maximum supported API version is 1.51
GET /v2.0/_ping 400 .message=client version 2.0 is too new. Maximum supported API version is 1.51
GET /v1.20/_ping 400 .message=client version 1.20 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version
GET /v1.x/_ping 404 .message=page not found
GET / 404 .message=page not found
GET /no/such/thing 404 .message=page not found
DELETE /_ping 404 .message=page not found
GET /%ff 400
GET //_ping 301
GET /v1.41/./containers/../info?x=1 301
GET /containers/%2e%2e/json 301
GET /containers/json?all=%zz 400 .message=invalid URL escape "%zz"
GET /containers/json?all=%2 400 .message=invalid URL escape "%2"
GET /containers/json?all=1;limit=1 400 .message=invalid semicolon separator in query
GET /containers/json?filters={"label!":["x"]} 400 .message=invalid filter 'label!'
GET /berth/features 200 .Engine=Berth
GET /berth/containers 200
POST /berth/stats {"ids":5} 400
GET /berth/containers/x/logs/search 400 .message=q, which is looked for, is missing
GET /berth/containers/x/logs/search?q=a&limit=0 400 .message=limit must be between 1 and 1000000
GET /berth/containers/x/logs/search?q=a&before=b 400 .message=before: "b" is no position of a match
GET /berth/containers/x/logs/search?q=a 404 .message=No such container: x
GET /volumes 200 .Volumes=[]
GET /volumes/data 404 .message=get data: no such volume
GET /swarm 503 .message=This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.
GET /nodes 503
POST /swarm/leave 503 .message=This node is not part of a swarm
POST /session 400 .message=no upgrade proto in request
POST /grpc 501 .message=Berth does not implement this yet: BuildKit's own API
GET /images/search 400 .message=term is needed: what to search for
GET /images/a/b:c/history 404 .message=No such image: a/b:c
GET /containers/x/json?size=1 404 .message=No such container: x
GET /containers/json?size=0 200
GET /containers/json?limit=many 400 .message=strconv.Atoi: parsing "many": invalid syntax
GET /containers/json?filters=nonsense 400 .message=invalid filter
GET /containers/json?filters=[] 400 .message=invalid filter
GET /containers/json?filters={"__proto__":["x"]} 400 .message=invalid filter '__proto__'
GET /containers/json?filters={"nosuch":["x"]} 400 .message=invalid filter 'nosuch'
GET /containers/json?filters={"label":{"a":true}} 200
GET /containers/x/logs 400 .message=Bad parameters: you must choose at least one stream
GET /containers/x/logs?stdout=0&stderr=false 400 .message=Bad parameters: you must choose at least one stream
GET /containers/x/logs?stdout=1&since=yesterday 400 .message=strconv.ParseInt: parsing "yesterday": invalid syntax
GET /containers/x/logs?stdout=1&since=1700000000.5&tail=all 200
POST /containers/x/resize?h=10 400
POST /containers/x/resize?h=10&w=-1 400
POST /containers/x/wait?condition=never 400 .message=invalid condition: "never"
POST /containers/x/wait 404 .message=No such container: x
POST /containers/x/restart?t=-1&signal=SIGHUP 500 .message=SIGHUP -1
POST /containers/x/start?checkpoint=c 501
POST /containers/x/start {"HostConfig":{}} 400 .message=starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24
POST /containers/x/start {} 404 .message=No such container: x
POST /containers/create?name=n {"Image":"i"} 201 .Id=n:i
POST /containers/create {"image":"i"} 201 .Id=:i
POST /containers/create {"Image":"i","Runtime":"r","HostConfig":null} 201 .Id=:ir
POST /containers/create {"Image":"i","Runtime":"r","HostConfig":{"Runtime":"own"}} 201 .Id=:iown
POST /containers/x/update {"CpuShares":5} 200 .Warnings=null
POST /containers/x/update {"CpuShares":5,"Ulimits":[{"Name":"core"}]} 200 .Warnings=["An update does not change Ulimits: it was discarded."]
POST /v1.29/containers/x/wait?condition=never 404 .message=No such container: x
POST /v1.41/containers/x/restart?t=1&signal=SIGHUP 500 .message=none 1
POST /v1.40/containers/create?platform=a/b/c/d {"Image":"i"} 201
POST /containers/create {"Image":"i","Cmd":"true","Env":null,"Labels":{"__proto__":"x"}} 201
POST /containers/create {} 400 .message=invalid JSON: config cannot be empty in order to create a container
POST /containers/create {"HostConfig":{}} 400 .message=invalid JSON: config cannot be empty in order to create a container
POST /containers/create 400 .message=invalid JSON: got EOF while reading request body
POST /containers/create {"Image":"i"}{} 400 .message=unexpected content after JSON
POST /containers/create {"Image":5} 400 .message=invalid JSON: Image: Invalid input: expected string, received number
POST /containers/create {"Image":"i","HostConfig":{"Memory":1.5}} 400 .message=invalid JSON: HostConfig.Memory: Invalid input: expected int, received number
POST /containers/create {"Image":"i","HostConfig":{"Memory":9007199254740993}} 400
POST /containers/create {"Image":"i","Labels":["x"]} 400 .message=invalid JSON: Labels: expected an object
POST /containers/create?platform=linux/arm64 {"Image":"i"} 404 .message=No such image: i
POST /containers/create?platform=a/b/c/d {"Image":"i"} 400
POST /exec/x/start {} 404 .message=No such exec instance: x
POST /images/create 400
POST /images/create 400
GET /berth/events?after=1 400 .message=life and after, which the first line told, belong together
GET /berth/events?life=x&after=0 409 .message=the engine was started anew: its events are numbered from 1 again
GET /berth/events?life=x&after=one 400
GET /events?since=5&until=4 400 .message=\`since\` time (5) cannot be after \`until\` time (4)
GET /events?since=1&until=2 200
GET /events?until=0 200
GET /events?since=1&until=0 400 .message=\`since\` time (1) cannot be after \`until\` time (0)
GET /events?filters={"nosuch":["x"]} 400 .message=invalid filter 'nosuch'
`;

describe('the API', () => {
  for (const line of contracts.trim().split('\n')) {
    it(line, async () => {
      const contract = parseContract(line);
      const path = contract.path.replaceAll(/[{}"[\]]/g, encodeURIComponent);
      const answer = await request(served.socket, { ...contract, path });
      expect(answer.status, answer.text).toBe(contract.status);
      if (contract.expected !== undefined) {
        expect(valueAt(answer.text, contract.expected.path)).toBe(contract.expected.value);
      }
    });
  }

  it('answers a ping with the headers that clients negotiate by', async () => {
    const { headers, text } = await request(served.socket, { method: 'GET', path: '/_ping' });
    expect(text).toBe('OK');
    expect(headers).toMatchObject({
      'api-version': '1.51',
      ostype: 'linux',
      'docker-experimental': 'false',
      'builder-version': '1',
      swarm: 'inactive',
      'cache-control': 'no-cache, no-store, must-revalidate',
      'content-type': 'text/plain; charset=utf-8',
    });
    expect(headers.server).toMatch(/^Berth\/\d+\.\d+\.\d+ \(linux\)$/);
  });

  it('refuses requests of web pages', async () => {
    const answer = await request(served.socket, {
      method: 'GET',
      path: '/containers/json',
      headers: { origin: 'http://localhost' },
    });
    expect(answer.status).toBe(403);
  });

  it('demands application/json where a body is', async () => {
    const answer = await request(served.socket, {
      method: 'POST',
      path: '/containers/create',
      body: '{"Image":"i"}',
      headers: { 'content-type': 'text/plain' },
    });
    expect(answer.status).toBe(400);
    expect(valueAt(answer.text, ['message'])).toBe(
      "unsupported Content-Type header (text/plain): must be 'application/json'",
    );
  });

  it('refuses bodies that are nested without end, and goes on', async () => {
    const body = `{"Image":"i","Labels":${'['.repeat(100_000)}`;
    const answer = await request(served.socket, { method: 'POST', path: '/containers/create', body });
    expect(answer.status).toBe(400);
    expect(valueAt(answer.text, ['message'])).toBe('invalid JSON: nested too deeply');
  });

  it('refuses bodies that are larger than any real one', async () => {
    const body = `{"Image":"${'x'.repeat(9 * 1024 * 1024)}"}`;
    const answer = await request(served.socket, { method: 'POST', path: '/containers/create', body });
    expect(answer.status).toBe(400);
    expect(valueAt(answer.text, ['message'])).toContain('request body too large');
  });

  it('says 400 to what is no HTTP', async () => {
    expect(await served.raw('nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });
});

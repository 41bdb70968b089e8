// An application of several parts on a network of its own: nginx in front of a web app in Python with PostgreSQL on a named
// volume. Its data survive the database's container and the engine, and it goes on answering while the engine is down.
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { type BerthEngine, removeContainers, startEngine, warmUp } from '../fixtures/engine.ts';
import { dockerArchive } from '../fixtures/images.ts';

/** Enough for packages on a slow wire; only ends what hangs. */
const patient = 900_000;

/** The first start on an empty volume makes the cluster. */
const database = `
set -e
bin=$(echo /usr/lib/postgresql/*/bin)
mkdir -p /data && chown postgres /data && chmod 0700 /data
as="setpriv --reuid=postgres --regid=postgres --init-groups"
if [ ! -e /data/PG_VERSION ]; then
  $as $bin/initdb -D /data -A trust --no-sync >&2
  echo 'host all all all trust' >> /data/pg_hba.conf
fi
exec $as $bin/postgres -D /data -c listen_addresses='*' -c unix_socket_directories=/tmp`;

/** POST adds an order; both answer with how many there are, and which container says so. */
const app = `
import http.server, psycopg2, socket
class Orders(http.server.BaseHTTPRequestHandler):
    def answer(self, add):
        with psycopg2.connect(host='db', user='postgres', dbname='postgres', connect_timeout=2) as link:
            with link.cursor() as cursor:
                cursor.execute('create table if not exists orders (id serial primary key)')
                if add: cursor.execute('insert into orders default values')
                cursor.execute('select count(*) from orders')
                body = f'{cursor.fetchone()[0]} orders'.encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self): self.answer(False)
    def do_POST(self): self.answer(True)
http.server.ThreadingHTTPServer(('', 8000), Orders).serve_forever()`;

/** The upstream is a variable, so that nginx asks the network's resolver for it again and again. */
const front = `
cat > /etc/nginx/nginx.conf <<'END'
events {}
error_log /dev/stderr;
http {
  access_log off;
  resolver 127.0.0.11 valid=1s;
  server {
    listen 80;
    location / {
      set $app app;
      proxy_pass http://$app:8000;
    }
  }
}
END
exec nginx -g 'daemon off;'`;

let engine: BerthEngine;

beforeAll(async () => {
  const archive = await dockerArchive(['web-stack']);
  engine = await startEngine();
  await warmUp(engine);
  await docker('load', '-i', archive);
}, patient);
afterAll(() => engine.stop(), patient);

async function docker(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await engine.cli(args);
  expect(exitCode, stderr).toBe(0);
  return stdout.trim();
}

const runDatabase = () =>
  docker('run', '-d', '--name=db', '--net=shop', '-v', 'shop-data:/data', 'web-stack', 'sh', '-c', database);

/** A request to the published port, from another machine or by the host's loopback: the body, or why there is none. */
async function ask(method: 'GET' | 'POST', from: 'world' | 'host'): Promise<string> {
  const { machine } = engine;
  const program = `fetch(process.argv[1], { method: process.argv[2], signal: AbortSignal.timeout(10000) })
    .then(async (answer) => console.log(answer.status === 200 ? await answer.text() : answer.status))
    .catch((error) => console.log(String(error.cause ?? error)));`;
  const host = from === 'world' ? machine.address : '127.0.0.1';
  const argv = [process.execPath, '-e', program, `http://${host}:8080/`, method];
  return (await (from === 'world' ? machine.runInWorld(argv) : machine.run(argv))).stdout.trim();
}

/** Until the parts have found one another. */
const answers = (orders: string) => expect.poll(() => ask('GET', 'world'), { timeout: 120_000 }).toBe(orders);

it('keeps its data and goes on answering, whatever happens around it', { timeout: patient }, async () => {
  onTestFailed(async () => {
    for (const name of ['db', 'app', 'front'])
      console.log((await engine.cli(['logs', '--tail=20', name])).stderr);
  });
  await docker('network', 'create', 'shop');
  await docker('volume', 'create', 'shop-data');
  await runDatabase();
  await docker(
    'run',
    '-d',
    '--name=app',
    '--net=shop',
    '--restart=always',
    'web-stack',
    'python3',
    '-c',
    app,
  );
  await docker('run', '-d', '--name=front', '--net=shop', '-p', '8080:80', 'web-stack', 'sh', '-c', front);
  await answers('0 orders');
  for (const orders of [1, 2, 3]) expect(await ask('POST', 'world')).toBe(`${String(orders)} orders`);

  // A database killed in the middle of its work, and a new container on the same volume.
  await docker('rm', '-f', 'db');
  await runDatabase();
  await answers('3 orders');

  // No engine: names resolve, ports are forwarded and proxied, and the data are written.
  await engine.kill('SIGKILL');
  expect(await ask('POST', 'host')).toBe('4 orders');
  expect(await ask('POST', 'world')).toBe('5 orders');
  await engine.restart();
  expect(await docker('ps', '--format={{.Names}}')).toBe('db\nfront\napp');
  expect(await ask('POST', 'world')).toBe('6 orders');

  // All of it anew, in the other order: only the volume stays.
  await removeContainers(engine.docker);
  await docker('run', '-d', '--name=front', '--net=shop', '-p', '8080:80', 'web-stack', 'sh', '-c', front);
  await docker('run', '-d', '--name=app', '--net=shop', 'web-stack', 'python3', '-c', app);
  await runDatabase();
  await answers('6 orders');
  expect(await ask('GET', 'host')).toBe('6 orders');

  await removeContainers(engine.docker);
  await docker('volume', 'rm', 'shop-data');
  await docker('network', 'rm', 'shop');
  await docker('image', 'rm', 'web-stack');
});

// What tutorials teach, built by the real docker CLI and run: Python with its list of packages, Django with migrations, a small image from
// a large stage, what is ignored, and the mistake that beginners make.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { templates } from '../../renderer/src/pages/builds/templates.ts';
import { request } from '../fixtures/contract-table.ts';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';
import { dockerArchive } from '../fixtures/images.ts';

/** Enough for packages on a slow wire; only ends what hangs. */
const patient = 900_000;

let engine: BerthEngine;
let folder: string;

beforeAll(async () => {
  engine = await startEngine();
  for (const image of ['busybox', 'python:3.11-slim']) await engine.cli(['pull', '-q', image]);
});
afterAll(() => engine.stop());
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'bt-tutorial-'));
  return async () => {
    for (const { Id } of await engine.docker.listContainers({ all: true })) {
      await engine.docker.getContainer(Id).remove({ force: true });
    }
    await rm(folder, { recursive: true, force: true });
  };
});

/** Builds a folder of these files. */
async function build(name: string, files: Readonly<Record<string, string>>) {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text, { mode: file.endsWith('.sh') ? 0o755 : 0o644 });
  }
  return engine.cli(['build', '-t', name, folder], { env: { DOCKER_BUILDKIT: '0' }, timeoutMs: 300_000 });
}

/** Runs it with its port published, and reads a page of it. */
async function pageOf(image: string, port: number, page = '/'): Promise<string> {
  const started = await engine.cli(['run', '-d', '--name', 'tutorial', '-p', `8000:${String(port)}`, image]);
  expect(started.exitCode, started.stderr).toBe(0);
  const read = `import urllib.request; print(urllib.request.urlopen("http://127.0.0.1:8000${page}").read().decode())`;
  for (let tries = 0; ; tries++) {
    const { exitCode, stdout, stderr } = await engine.run(['python3', '-c', read]);
    if (exitCode === 0) return stdout.trim();
    if (tries > 100) throw new Error(stderr + (await engine.cli(['logs', 'tutorial'])).stderr);
    await sleep(200);
  }
}

const flask = {
  'requirements.txt': 'flask\n',
  'app.py': `from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello():
    return "Hello from Flask"


app.run(host="0.0.0.0", port=5000)
`,
};

const django = {
  Dockerfile: `FROM python:3.11-slim
ENV PYTHONDONTWRITEBYTECODE=1 \\
    PYTHONUNBUFFERED=1
WORKDIR /code
COPY requirements.txt /code/
RUN pip install --no-cache-dir -r requirements.txt
COPY . /code/
EXPOSE 8000
ENTRYPOINT ["/code/entrypoint.sh"]
CMD ["python", "manage.py", "runserver", "0.0.0.0:8000"]
`,
  'requirements.txt': 'Django\n',
  'entrypoint.sh': '#!/bin/sh\nset -e\npython manage.py migrate --noinput\nexec "$@"\n',
  'manage.py': `import os, sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
`,
  'shop/__init__.py': '',
  'shop/settings.py': `SECRET_KEY = "for a test"
DEBUG = True
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/tmp/db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
`,
  'shop/models.py': `from django.db import models


class Item(models.Model):
    name = models.CharField(max_length=20)
`,
  'shop/migrations/__init__.py': '',
  'shop/migrations/0001_initial.py': `from django.db import migrations, models


def fill(apps, _):
    apps.get_model("shop", "Item").objects.create(name="a boat")


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            name="Item",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=20)),
            ],
        ),
        migrations.RunPython(fill),
    ]
`,
  'shop/urls.py': `from django.http import HttpResponse
from django.urls import path

from shop.models import Item

urlpatterns = [path("", lambda request: HttpResponse(", ".join(item.name for item in Item.objects.all())))]
`,
};

describe('a tutorial', () => {
  it('on Python installs a list of packages and serves, and installs nothing when the code alone changes', async () => {
    const Dockerfile = `FROM python:3.11-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
EXPOSE 5000
CMD ["python", "app.py"]
`;
    const made = await build('flask-app', { ...flask, Dockerfile });
    expect(made.exitCode, made.stdout + made.stderr).toBe(0);
    expect(made.stdout).toMatch(/Successfully installed .*[Ff]lask/);
    expect(await pageOf('flask-app', 5000)).toBe('Hello from Flask');
    const again = await build('flask-app', { 'app.py': `${flask['app.py']}# changed\n` });
    expect(again.stdout.match(/Using cache/g)).toHaveLength(3);
    expect(again.stdout).not.toContain('Successfully installed');
  });

  it('on Django migrates its database in its entrypoint and serves', async () => {
    const made = await build('django-app', django);
    expect(made.exitCode, made.stdout + made.stderr).toBe(0);
    expect(await pageOf('django-app', 8000)).toBe('a boat');
    expect((await engine.cli(['logs', 'tutorial'])).stdout).toContain('Applying shop.0001_initial... OK');
    // It is what the entrypoint became: a stop does not have to wait.
    const top = await engine.cli(['exec', 'tutorial', 'cat', '/proc/1/cmdline']);
    expect(top.stdout).toContain('manage.py\0runserver');
  });

  it('on stages ships a small image from a large one', async () => {
    const made = await build('small', {
      Dockerfile: `FROM python:3.11-slim AS build
WORKDIR /src
COPY words.py .
RUN python words.py > /src/index.html && pip download --no-deps -d /src/wheels flask

FROM busybox
COPY --from=build /src/index.html /www/
EXPOSE 80
CMD ["httpd", "-f", "-h", "/www"]
`,
      'words.py': 'print("Hello from two stages")\n',
    });
    expect(made.exitCode, made.stdout + made.stderr).toBe(0);
    const size = async (name: string) => (await engine.docker.getImage(name).inspect()).Size;
    expect((await size('small')) - (await size('busybox'))).toBeLessThan(100);
    expect(await size('small')).toBeLessThan((await size('python:3.11-slim')) / 20);
    expect(await pageOf('small', 80, '/index.html')).toBe('Hello from two stages');
  });

  it('on .dockerignore keeps secrets and what is large out of the image', async () => {
    const made = await build('clean', {
      Dockerfile: 'FROM busybox\nCOPY . /app/\nCMD ["find", "/app", "-type", "f"]\n',
      '.dockerignore':
        '# not for everybody\n.env\n**/node_modules\n*.log\n!kept.log\n.dockerignore\nDockerfile\n',
      '.env': 'TOKEN=secret\n',
      'a.log': '',
      'kept.log': '',
      'src/index.js': '',
      'src/node_modules/x/index.js': '',
    });
    expect(made.exitCode, made.stderr).toBe(0);
    const { stdout } = await engine.cli(['run', '--rm', 'clean']);
    expect(stdout.trim().split('\n').sort()).toEqual(['/app/kept.log', '/app/src/index.js']);
  });

  it.each([
    ['nothing copied before', 'WORKDIR /app'],
    ['something else copied before', 'COPY app.py ./'],
  ])(
    'that installs a list before it copies it fails at that line, with a sentence (%s)',
    async (_what, line) => {
      const made = await build('wrong', {
        ...flask,
        Dockerfile: `FROM python:3.11-slim
${line}
RUN pip install -r requirements.txt
COPY . .
`,
      });
      expect(made.exitCode).toBe(1);
      expect(made.stderr).toContain(
        "The command '/bin/sh -c pip install -r requirements.txt' returned a non-zero code: 1",
      );
      const list = await request(engine.socket, { method: 'GET', path: '/berth/builds' });
      const [latest] = JSON.parse(list.text) as { id: string }[];
      const answer = await request(engine.socket, {
        method: 'GET',
        path: `/berth/builds/${latest?.id ?? ''}`,
      });
      expect(JSON.parse(answer.text)).toMatchObject({
        error: {
          range: { startLine: 3, endLine: 3 },
          hint: 'requirements.txt is not in the image yet: put "COPY requirements.txt ." on a line above line 3.',
        },
      });
    },
  );
});

describe('the templates of the page Builds', () => {
  it('for Python builds and runs as it is', async () => {
    const { Dockerfile } = templates.python;
    const [, base = ''] = /^FROM (\S+)/m.exec(Dockerfile) ?? [];
    // The fixture's Python under the name of the template's.
    await engine.cli(['tag', 'python:3.11-slim', base]);
    const made = await build('hello-python', templates.python);
    expect(made.exitCode, made.stdout + made.stderr).toBe(0);
    expect(await pageOf('hello-python', 8000)).toBe('Hello from a container');
    expect((await engine.cli(['exec', 'tutorial', 'id', '-un'])).stdout).toBe('nobody\n');
  });

  it.each([
    ['node', templates.node, 3000, 'node'],
    ['golang', templates.go, 8080, ''],
  ] as const)(
    'for %s builds and runs as it is',
    async (image, files, port, user) => {
      // Large, and of use here alone.
      expect((await engine.cli(['load', '-qi', await dockerArchive([image])])).exitCode).toBe(0);
      const made = await build(`hello-${image}`, files);
      expect(made.exitCode, made.stdout + made.stderr).toBe(0);
      expect(await pageOf(`hello-${image}`, port)).toBe('Hello from a container');
      const { Config, Size } = await engine.docker.getImage(`hello-${image}`).inspect();
      expect(Config.User).toBe(user === '' ? '65534' : user);
      // Compiled and shipped alone: a few megabytes.
      if (image === 'golang') expect(Size).toBeLessThan(10_000_000);
    },
    patient,
  );

  it('for what is empty builds and runs as it is', async () => {
    await engine.cli(['tag', 'busybox', 'alpine']);
    const made = await build('hello-empty', templates.empty);
    expect(made.exitCode, made.stderr).toBe(0);
    expect((await engine.cli(['run', '--rm', 'hello-empty', 'pwd'])).stdout).toBe('/app\n');
  });

  it('for a site builds on a server that serves that folder', async () => {
    const base = await build('nginx:alpine', {
      Dockerfile:
        'FROM busybox\nRUN mkdir -p /usr/share/nginx/html\nCMD ["httpd", "-f", "-h", "/usr/share/nginx/html"]\n',
    });
    expect(base.exitCode, base.stderr).toBe(0);
    const made = await build('hello-web', templates.web);
    expect(made.exitCode, made.stderr).toBe(0);
    expect(await pageOf('hello-web', 80)).toContain('<h1>Hello from a container</h1>');
  });
});

// Dockerfiles that need BuildKit elsewhere: what they come to is what a longer one in the classic builder's words comes to.
import { tar } from '../../fixtures/tar.ts';
import type { DockerfileScenarios } from '../dockerfile-scenario.ts';

const tree = {
  'dir/a.txt': 'a',
  'dir/b.log': 'b',
  'dir/sub/c.txt': 'c',
  one: '1',
  two: '2',
};

export const newerDockerfiles: DockerfileScenarios = {
  'documents for commands': {
    dockerfile: [
      'FROM busybox',
      'RUN <<EOF',
      'echo a > /a',
      'echo $0 > /b',
      'EOF',
      'RUN cat <<x > /c',
      'in $HOME',
      'x',
    ],
    plainly: ['FROM busybox', 'RUN echo a > /a; echo /bin/sh > /b; echo in /root > /c'],
  },
  'a script with an interpreter of its own': {
    dockerfile: ['FROM busybox', 'RUN <<EOF', '#!/usr/bin/awk -f', 'BEGIN { print "made" > "/made" }', 'EOF'],
    plainly: ['FROM busybox', 'RUN echo made > /made'],
  },
  'documents for files': {
    dockerfile: [
      'FROM busybox',
      'ENV x=y',
      'COPY <<first <<"second" <<-third /docs/',
      '$x',
      'first',
      '$x',
      'second',
      '\tchomped',
      '\tthird',
    ],
    plainly: [
      'FROM busybox',
      'ENV x=y',
      "RUN mkdir /docs; cd /docs; echo y > first; echo '$x' > second; echo chomped > third; touch -d @0 *",
    ],
  },
  'a document with a name and a mode': {
    dockerfile: ['FROM busybox', 'COPY --chmod=755 <<EOF /bin/hello', '#!/bin/sh', 'EOF'],
    plainly: [
      'FROM busybox',
      "RUN echo '#!/bin/sh' > /bin/hello && chmod 755 /bin/hello && touch -d @0 /bin/hello",
    ],
  },
  'bind mounts': {
    dockerfile: [
      'FROM busybox AS other',
      'RUN echo stage > /s',
      'FROM busybox',
      'RUN --mount=target=/c cp /c/one /1',
      'RUN --mount=type=bind,source=dir,target=/d,rw cp -r /d/sub /2 && echo lost > /d/x',
      'RUN --mount=from=other,source=/s,target=/deep/file cat /deep/file > /3',
      'RUN --mount=from=hello-world,target=/h ls /h > /4',
    ],
    files: tree,
    plainly: [
      'FROM busybox',
      'COPY one /x',
      'COPY dir/sub /y',
      'RUN cp /x /1; cp -r /y /2; echo stage > /3; echo hello > /4; rm -r /x /y',
    ],
  },
  caches: {
    dockerfile: [
      'FROM busybox',
      'RUN --mount=type=cache,target=/k,uid=5,gid=6,mode=0711 stat -c "%a %u:%g" /k > /1; echo in > /k/f',
      'RUN --mount=type=cache,target=/k,uid=5,gid=6,mode=0711,sharing=locked cat /k/f > /2',
      'RUN --mount=type=cache,id=other,target=/k ls /k > /3',
    ],
    plainly: ['FROM busybox', 'RUN echo 711 5:6 > /1; echo in > /2; : > /3'],
  },
  'memory as a folder': {
    dockerfile: [
      'FROM busybox',
      'RUN --mount=type=tmpfs,target=/m,size=1048576 touch /m/x; df -k /m | tail -1 | tr -s " " | cut -d" " -f2 > /size',
    ],
    plainly: ['FROM busybox', 'RUN echo 1024 > /size'],
  },
  'a command without a network': {
    dockerfile: ['FROM busybox', 'RUN --network=none ls /sys/class/net > /net'],
    plainly: ['FROM busybox', 'RUN ls /sys/class/net | grep lo > /net'],
  },
  'modes of copies': {
    dockerfile: [
      'FROM busybox',
      'COPY --chmod=0640 one /1',
      'COPY --chmod=u=rwX,go=rX dir /2',
      'COPY --chmod=700 --chown=3:4 dir /3',
    ],
    files: tree,
    plainly: [
      'FROM busybox',
      'COPY one /1',
      'COPY dir /2',
      'COPY --chown=3:4 dir /3',
      'RUN chmod 640 /1; chmod -R 700 /3',
    ],
  },
  'copies that do not look below': {
    dockerfile: ['FROM busybox', 'COPY --link one /linked/', 'COPY --link --chown=7:8 dir /d'],
    files: tree,
    plainly: ['FROM busybox', 'COPY one /linked/', 'COPY --chown=7:8 dir /d'],
  },
  'copies with their folders': {
    dockerfile: [
      'FROM busybox',
      'COPY --parents dir/sub/c.txt one /p/',
      'COPY --parents dir/./sub/*.txt /q/',
    ],
    files: tree,
    plainly: ['FROM busybox', 'COPY dir/sub/c.txt /p/dir/sub/', 'COPY one /p/', 'COPY dir/sub/c.txt /q/sub/'],
  },
  'copies with exceptions': {
    dockerfile: ['FROM busybox', 'COPY --exclude=*.log --exclude=sub dir /e/'],
    files: tree,
    plainly: ['FROM busybox', 'COPY dir/a.txt /e/'],
  },
  'wildcards over folders': {
    dockerfile: ['FROM busybox', 'COPY **/*.txt /w/'],
    files: tree,
    plainly: ['FROM busybox', 'COPY dir/a.txt dir/sub/c.txt /w/'],
  },
  'an address with its checksum': {
    dockerfile: ['FROM busybox', 'ADD --checksum=sha256:{plain} http://127.0.0.1:8100/files/plain.txt /x'],
    plainly: ['FROM busybox', 'ADD http://127.0.0.1:8100/files/plain.txt /x'],
  },
  'an address that is unpacked': {
    dockerfile: ['FROM busybox', 'ADD --unpack=true http://127.0.0.1:8100/files/a.tar /x/'],
    plainly: ['FROM busybox', 'ADD a.tar /x/'],
    entries: [{ path: 'a.tar', body: tar([{ path: 'inside', body: 'of it' }]) }],
  },
  'an archive that stays one': {
    dockerfile: ['FROM busybox', 'ADD --unpack=false a.tar /x/'],
    plainly: ['FROM busybox', 'COPY a.tar /x/'],
    entries: [{ path: 'a.tar', body: tar([{ path: 'inside', body: 'of it' }]) }],
  },
  'a repository': {
    dockerfile: ['FROM busybox', 'ADD git://127.0.0.1/repository.git#main:sub /g/', 'RUN touch -d @0 /g/*'],
    plainly: [
      'FROM busybox',
      'RUN mkdir /g; printf "FROM busybox\\nCOPY file /\\n" > /g/Dockerfile; echo of a repository > /g/file; touch -d @0 /g/*',
    ],
  },
  'arguments of the platform': {
    dockerfile: [
      'FROM --platform=$BUILDPLATFORM busybox',
      'ARG TARGETOS TARGETARCH BUILDPLATFORM',
      'ENV x=$TARGETOS y=$TARGETARCH z=$BUILDPLATFORM',
    ],
    plainly: ['FROM busybox', 'ENV x=linux y=amd64 z=linux/amd64'],
  },
  'every way to expand': {
    dockerfile: [
      'FROM busybox',
      'ENV v=one.two.one',
      'ENV a=${v#*.} b=${v##*.} c=${v%.*} d=${v%%.*} e=${v/one/1} f=${v//one/1} g=${none-w} h=${v+w} i=${v?no}',
    ],
    plainly: [
      'FROM busybox',
      'ENV v=one.two.one',
      'ENV a=two.one b=one c=one.two d=one e=1.two.one f=1.two.1 g=w h=w i=one.two.one',
    ],
  },
  'directives that are taken': {
    dockerfile: ['# syntax=docker/dockerfile:1', '# check=skip=all', 'FROM busybox', 'LABEL a=b'],
    plainly: ['FROM busybox', 'LABEL a=b'],
  },
  'a health check that begins slowly': {
    dockerfile: ['FROM busybox', 'HEALTHCHECK --start-interval=3s CMD true'],
    plainly: ['FROM busybox', 'HEALTHCHECK CMD true'],
  },
  'a stage that nobody needs': {
    dockerfile: ['FROM nosuch AS unneeded', 'FROM busybox', 'LABEL a=b'],
    plainly: ['FROM busybox', 'LABEL a=b'],
  },
  "the Dockerfile's own list of what is ignored": {
    dockerfile: ['FROM busybox', 'COPY . /i/', 'RUN rm /i/Dockerfile*'],
    files: { ...tree, 'Dockerfile.dockerignore': 'dir\n', '.dockerignore': 'one\n' },
    query: { remote: 'http://127.0.0.1:8100/files/ignoring.tar' },
    plainly: ['FROM busybox', 'RUN mkdir /i; echo 1 > /i/one; touch -d @0 /i/one'],
  },
};

// Dockerfiles that dockerd's classic builder knows: each is built on both sides to the same files, configuration and history, with the
// same words.
import { spawnSync } from 'node:child_process';
import { tar } from '../../fixtures/tar.ts';
import type { DockerfileScenarios } from '../dockerfile-scenario.ts';

/** What a program of this machine makes of its input. */
const through = (program: string, input: Buffer): Buffer => spawnSync(program, ['-c'], { input }).stdout;

const tree = {
  'dir/a.txt': 'a',
  'dir/b.log': 'b',
  'dir/sub/c.txt': 'c',
  'dir/sub/deep/d.txt': 'd',
  one: '1',
  two: '2',
  three: '3',
};

const packed = tar([
  { path: 'p/', type: 'directory', mode: 0o750, uid: 11, gid: 12 },
  { path: 'p/file', body: 'packed', mode: 0o604, uid: 13, gid: 14 },
  { path: 'p/link', type: 'symlink', linkname: 'file' },
  { path: 'p/hard', type: 'link', linkname: 'p/file', mode: 0o604, uid: 13, gid: 14 },
]);

export const dockerfiles: DockerfileScenarios = {
  // FROM
  'an image and nothing more': { dockerfile: ['FROM busybox'] },
  'scratch with a file': { dockerfile: ['FROM scratch', 'COPY one /'], files: tree, baseLayers: 0 },
  'scratch with a configuration alone': { dockerfile: ['FROM scratch', 'CMD ["/x"]'], unsaved: true },
  'arguments before FROM': {
    dockerfile: [
      'ARG NAME=box',
      'ARG TAG=latest',
      'FROM busy${NAME}:$TAG',
      'ARG NAME',
      'RUN echo $NAME-$TAG',
    ],
  },
  'an argument before FROM from the command line': {
    dockerfile: ['ARG NAME=nosuch', 'FROM $NAME', 'LABEL a=b'],
    query: { buildargs: '{"NAME":"busybox"}' },
  },
  'a platform that is this one': { dockerfile: ['FROM --platform=linux/amd64 busybox', 'LABEL a=b'] },
  'stages by name and by number': {
    dockerfile: [
      ...['FROM busybox AS First', 'RUN echo 1 > /1', 'FROM first AS second', 'RUN echo 2 > /2'],
      ...['FROM busybox', 'COPY --from=First /1 /', 'COPY --from=1 /2 /two/'],
    ],
  },
  'files of another image': { dockerfile: ['FROM busybox', 'COPY --from=hello-world /hello /opt/'] },
  'up to a target': {
    dockerfile: ['FROM busybox AS a', 'LABEL x=a', 'FROM a AS b', 'LABEL x=b', 'FROM nosuch AS c'],
    query: { target: 'b' },
  },
  'an image by its id': {
    first: ['FROM busybox', 'LABEL kept=yes'],
    dockerfile: ['FROM first', 'LABEL more=yes'],
  },
  // RUN, SHELL
  'commands for the shell and without one': {
    dockerfile: [
      'FROM busybox',
      'RUN echo "a b" > /a && cat /a',
      'RUN ["sh", "-c", "echo c > /c"]',
      'RUN [ "touch", "/d e" ]',
    ],
  },
  'another shell': {
    dockerfile: [
      'FROM busybox',
      'SHELL ["/bin/sh", "-e", "-c"]',
      'RUN echo $- > /flags',
      'CMD echo',
      'ENTRYPOINT run',
    ],
  },
  'a command over several lines with comments': {
    dockerfile: ['FROM busybox', 'RUN echo a > /a && \\', '  # not this', '', '  echo b > /b'],
  },
  'links, modes and owners that a command makes': {
    dockerfile: [
      'FROM busybox',
      'RUN mkdir -m 0711 /m && echo x > /m/x && ln /m/x /m/y && ln -s x /m/z && chown -h 3:4 /m/z && chmod 4755 /m/x && chown 5:6 /m/x',
      'RUN mkfifo /m/pipe && mkdir /m/sticky && chmod 1777 /m/sticky',
    ],
  },
  'what a command removes and replaces': {
    dockerfile: [
      'FROM busybox',
      'RUN mkdir -p /r/sub && echo 1 > /r/file && echo 2 > /r/sub/file && mkdir /r/kept && echo k > /r/kept/k',
      'RUN rm /r/file && rm -r /r/sub && mkdir /r/sub && echo 3 > /r/sub/new',
      'RUN rm -r /r/kept && echo now a file > /r/kept',
    ],
  },
  'a change of a mode alone': { dockerfile: ['FROM busybox', 'RUN chmod 0700 /srv', 'RUN chown 7:8 /opt'] },
  'a command that changes nothing': { dockerfile: ['FROM busybox', 'RUN true', 'RUN touch /x && rm /x'] },
  'what a command says': { dockerfile: ['FROM busybox', 'RUN echo out; sleep 0.3; echo err >&2'] },
  'what a command finds': {
    dockerfile: [
      'FROM busybox',
      'ENV A=b',
      'WORKDIR /w',
      'USER 33:4',
      'RUN pwd; id -u; id -g; env | grep -v HOSTNAME | sort; umask',
      'RUN grep Cap /proc/self/status; cat /proc/sys/net/ipv4/ip_unprivileged_port_start',
    ],
  },
  // COPY
  'copies to places of every kind': {
    dockerfile: [
      'FROM busybox',
      'WORKDIR /w/x',
      'COPY one .',
      'COPY one ./renamed',
      'COPY one two /many/',
      'COPY dir /flat',
      'COPY dir/ /flat2/',
      'COPY dir dir2/sub',
      'COPY ["two", "/with blank/"]',
      'COPY . /all/',
    ],
    files: tree,
  },
  'copies of other owners': {
    dockerfile: [
      'FROM busybox',
      'COPY --chown=3:4 dir /numbers',
      'COPY --chown=postgres one /by/name/',
      'COPY --chown=daemon:users one /by/both/',
      'COPY --chown=55 one /by/number/alone',
    ],
    files: tree,
  },
  'owners of the image that is built': {
    dockerfile: [
      'FROM busybox',
      'RUN echo own:x:1234:4321::/:/bin/sh >> /etc/passwd && echo own:x:777: >> /etc/group',
      'COPY --chown=own one /',
      'COPY --chown=own:own two /',
    ],
    files: tree,
  },
  'modes and times of the context': {
    dockerfile: ['FROM busybox', 'COPY . /c/', 'COPY d /e', 'COPY empty /f/', 'COPY own /opt/'],
    entries: [
      { path: 'run', body: '#!/bin/sh', mode: 0o750, uid: 1000, gid: 1000, mtime: '1600000000' },
      { path: 'set', body: 's', mode: 0o4711, mtime: '1500000000' },
      { path: 'd', type: 'directory', mode: 0o1777, uid: 1000, mtime: '1400000000' },
      { path: 'd/link', type: 'symlink', linkname: '../run' },
      { path: 'd/broken', type: 'symlink', linkname: '/nosuch' },
      { path: 'empty', type: 'directory', mode: 0o700 },
      { path: 'own/inner', body: '', mode: 0o600 },
    ],
  },
  'an empty folder over one that is there': {
    dockerfile: ['FROM busybox', 'COPY empty /srv'],
    entries: [{ path: 'empty', type: 'directory', mode: 0o700 }],
  },
  'links of the context as sources': {
    dockerfile: [
      'FROM busybox',
      'COPY link /a',
      'COPY to-dir /b',
      'COPY to-dir/ /c/',
      'COPY in/to-dir/a.txt /d',
    ],
    files: tree,
    entries: [
      { path: 'link', type: 'symlink', linkname: 'one' },
      { path: 'to-dir', type: 'symlink', linkname: 'dir' },
      { path: 'in/to-dir', type: 'symlink', linkname: '../dir' },
    ],
  },
  'hard links of the context': {
    dockerfile: ['FROM busybox', 'COPY . /c/'],
    entries: [
      { path: 'h1', body: 'same' },
      { path: 'h2', type: 'link', linkname: 'h1' },
    ],
  },
  'copies through links of the image': {
    dockerfile: [
      'FROM busybox',
      'RUN mkdir /real && ln -s /real /link && ln -s /real/file /filelink',
      'COPY one /link/',
      'COPY dir /link',
      'COPY two /filelink',
    ],
    files: tree,
  },
  'copies over what is there': {
    dockerfile: [
      'FROM busybox',
      'RUN mkdir -p -m 0700 /o/sub && chown 5:6 /o/sub && echo old > /o/sub/c.txt && chmod 600 /o/sub/c.txt && ln -s nowhere /o/a.txt',
      'COPY dir /o/',
    ],
    files: tree,
  },
  wildcards: {
    dockerfile: [
      'FROM busybox',
      'COPY t* /t/',
      'COPY dir/*.txt /x/',
      'COPY d?r /d/',
      'COPY [a-o]ne /n/',
      'COPY dir/*/c.txt /deep/',
      'COPY on[^a] /not/',
    ],
    files: tree,
  },
  'names that need quotes': {
    dockerfile: ['FROM busybox', 'COPY ["a b", "/x y/"]', 'COPY [[]brackets] /b/', 'COPY ["ü", "/ü"]'],
    files: { 'a b': '1', '[brackets]': '2', ü: '3' },
  },
  'up is never out': {
    dockerfile: ['FROM busybox', 'COPY ../one /a', 'COPY dir/../two /b', 'COPY /three /c'],
    files: tree,
  },
  'variables in copies': {
    dockerfile: [
      'FROM busybox',
      'ENV to=/v',
      'ARG who=5:6',
      'COPY --chown=$who $from one ${to}/$to/',
      'WORKDIR $to',
      'COPY two ${to:+yes}',
    ],
    files: tree,
  },
  // ADD
  'archives of every kind': {
    dockerfile: [
      'FROM busybox',
      'ADD a.tar /1/',
      'ADD a.tar.gz /2',
      'ADD a.tar.bz2 /3/',
      'ADD a.tar.xz /4/',
      'ADD notes.tar /5/',
    ],
    entries: [
      { path: 'a.tar', body: packed },
      { path: 'a.tar.gz', body: through('gzip', packed) },
      { path: 'a.tar.bz2', body: through('bzip2', packed) },
      { path: 'a.tar.xz', body: through('xz', packed) },
      { path: 'notes.tar', body: 'no archive at all' },
    ],
  },
  'an archive over what is there': {
    dockerfile: [
      'FROM busybox',
      'RUN mkdir -p /x/p && echo old > /x/p/file && echo kept > /x/p/kept',
      'ADD a.tar /x',
    ],
    entries: [{ path: 'a.tar', body: packed }],
  },
  'ADD with an owner': {
    dockerfile: ['FROM busybox', 'ADD --chown=1:2 dir /d', 'ADD --chown=1:2 one /o/'],
    files: tree,
  },
  'ADD of an archive among others': {
    dockerfile: ['FROM busybox', 'ADD one a.tar /x/'],
    files: { one: '1' },
    entries: [{ path: 'a.tar', body: packed }],
  },
  'ADD of an address': {
    dockerfile: [
      'FROM busybox',
      'ADD http://127.0.0.1:8100/files/plain.txt /x/',
      'ADD http://127.0.0.1:8100/files/a.tar /x/renamed',
    ],
  },
  // ENV, LABEL, EXPOSE, VOLUME, USER, WORKDIR
  'variables of every form': {
    dockerfile: [
      'FROM busybox',
      'ENV old way of it',
      'ENV a=1 b="two words" c=three\\ words d=\'$a\' e=',
      'ENV a=2 f=$a',
      'ENV g=${a}x h=${none:-fallback} i=${a:+set} j=\\$a',
      'RUN env | grep -v HOSTNAME | sort',
    ],
  },
  labels: {
    dockerfile: [
      'FROM busybox',
      'LABEL a=1 "b c"="d e" f=\'g\'',
      'LABEL a=2 multi="one \\',
      'two"',
      'LABEL old way',
      'LABEL $x=y z=$PATH',
    ],
  },
  ports: {
    dockerfile: [
      'FROM busybox',
      'EXPOSE 80 443/tcp 53/udp',
      'EXPOSE 8000-8002',
      'ENV P=99',
      'EXPOSE $P/udp 80',
    ],
  },
  volumes: {
    dockerfile: [
      'FROM busybox',
      'VOLUME /a /b',
      'VOLUME ["/c d", "/e"]',
      'RUN mkdir -p /a && echo lost > /a/x',
    ],
  },
  users: {
    dockerfile: [
      'FROM busybox',
      'USER daemon',
      'RUN id > /tmp/1',
      'USER 5:6',
      'RUN id > /tmp/2',
      'USER $nobody'.replace('$nobody', 'nobody:users'),
      'RUN id > /tmp/3',
    ],
  },
  'working directories': {
    dockerfile: [
      'FROM busybox',
      'WORKDIR a',
      'WORKDIR b/c',
      'ENV D=/d',
      'WORKDIR $D/e',
      'WORKDIR ..',
      'WORKDIR /tmp',
      'RUN pwd',
    ],
  },
  'a working directory as another user': {
    dockerfile: ['FROM busybox', 'USER daemon', 'WORKDIR /mine', 'COPY one .'],
    files: tree,
  },
  // ARG
  'arguments of stages': {
    dockerfile: [
      'FROM busybox',
      'ARG a=1',
      'ARG b',
      'ARG c=$a$a',
      'ENV a=env',
      'RUN echo $a-$b-$c > /args',
      'FROM busybox',
      'RUN echo "-$a-"',
      'ARG a=again',
      'COPY --from=0 /args /$a',
    ],
    query: { buildargs: '{"b":"given","c":null}' },
  },
  'arguments that nobody asked for': {
    dockerfile: ['FROM busybox', 'LABEL a=b'],
    query: { buildargs: '{"x":"1","y":"2"}' },
  },
  'arguments that need no word': {
    dockerfile: ['FROM busybox', 'RUN echo $HTTP_PROXY $no_proxy', 'ARG FTP_PROXY', 'RUN echo $FTP_PROXY'],
    query: { buildargs: '{"HTTP_PROXY":"http://p","no_proxy":"n","FTP_PROXY":"f"}' },
  },
  // Directives
  'another escape character': {
    dockerfile: ['# escape=`', 'FROM busybox', 'RUN echo a `', '  > /a', 'ENV p=C:\\dir q=a`$b'],
  },
  'comments, blanks and small letters': {
    dockerfile: ['# a comment', '', '  from busybox', '\trun echo x > /x', '  # more', 'cmd ["a"]', ''],
  },
  // The rest
  'commands and entrypoints': {
    dockerfile: [
      ...['FROM busybox AS a', 'CMD ["x"]', 'ENTRYPOINT ["e"]', 'FROM a AS b', 'ENTRYPOINT ["f"]'],
      ...['FROM a AS c', 'CMD y z', 'ENTRYPOINT g h', 'FROM c', 'CMD []', 'ENTRYPOINT []'],
    ],
  },
  'an entrypoint takes the old command away': {
    first: ['FROM busybox', 'CMD ["old"]'],
    dockerfile: ['FROM first', 'ENTRYPOINT ["new"]'],
  },
  'health checks': {
    dockerfile: [
      'FROM busybox',
      'HEALTHCHECK --interval=5s --timeout=2s --start-period=1m --retries=4 CMD wget -q localhost',
      'HEALTHCHECK CMD ["true"]',
      'HEALTHCHECK NONE',
    ],
  },
  'signals and maintainers': {
    dockerfile: [
      'FROM busybox',
      'STOPSIGNAL SIGQUIT',
      'STOPSIGNAL 9',
      'MAINTAINER Some Body <some@example.org>',
      'RUN echo x > /x',
    ],
  },
  triggers: {
    first: ['FROM busybox', 'ONBUILD COPY one /', 'ONBUILD RUN echo later > /later', 'ONBUILD ENV x=y'],
    dockerfile: ['FROM first', 'RUN cat /one /later'],
    files: tree,
  },
  // The request
  '.dockerignore': {
    dockerfile: ['FROM busybox', 'COPY . /all/'],
    files: { ...tree, '.dockerignore': 'dir/sub\n*.log\n**/*.log\n!dir/sub/c.txt\nthree\n' },
  },
  'labels of the request': {
    dockerfile: ['FROM busybox AS a', 'FROM busybox', 'LABEL b=c'],
    query: { labels: '{"z":"1","a":"two words"}' },
  },
  'a Dockerfile in a folder': {
    dockerfile: ['FROM nosuch'],
    files: { 'sub/Other.file': 'FROM busybox\nCOPY one /\n', one: '1' },
    query: { dockerfile: 'sub/Other.file' },
  },
  'limits and hosts': {
    dockerfile: [
      'FROM busybox',
      'RUN grep extra /etc/hosts | tr "\\t" " "; ulimit -n; df -k /dev/shm | tail -1 | tr -s " " | cut -d" " -f2',
    ],
    query: {
      extrahosts: 'extra:1.2.3.4',
      ulimits: '[{"Name":"nofile","Soft":99,"Hard":100}]',
      shmsize: '8388608',
    },
  },
  'no network': { dockerfile: ['FROM busybox', 'RUN ls /sys/class/net'], query: { networkmode: 'none' } },
  'several names': { dockerfile: ['FROM busybox', 'LABEL a=b'], query: { t: 'named:one' } },
  'context and Dockerfile from an address': {
    dockerfile: [],
    query: { remote: 'http://127.0.0.1:8100/files/context.tar.gz' },
  },
  'a Dockerfile from an address': {
    dockerfile: [],
    query: { remote: 'http://127.0.0.1:8100/files/Dockerfile.txt' },
  },
  'a context from a repository': {
    dockerfile: [],
    query: { remote: 'git://127.0.0.1/repository.git#main:sub' },
  },
  // What fails
  'a command that fails': { dockerfile: ['FROM busybox', 'RUN echo said; exit 7', 'RUN never'] },
  'a program that is not there': { dockerfile: ['FROM busybox', 'RUN ["nosuch"]'] },
  'a file that is not there': { dockerfile: ['FROM busybox', 'COPY nosuch /'] },
  'a wildcard that matches nothing': { dockerfile: ['FROM busybox', 'COPY nosuch* /x/'] },
  'many sources for one file': { dockerfile: ['FROM busybox', 'COPY one two /x'], files: tree },
  'an unknown instruction': { dockerfile: ['FROM busybox', 'FRUM x'] },
  'no FROM': { dockerfile: ['RUN true'] },
  'an empty base': { dockerfile: ['ARG x', 'FROM $x'] },
  'an unknown flag': { dockerfile: ['FROM busybox', 'COPY --nosuch=1 a /'] },
  'an owner that nobody knows': { dockerfile: ['FROM busybox', 'COPY --chown=nosuch one /'], files: tree },
  'an owner without a user': { dockerfile: ['FROM busybox', 'COPY --chown=:users one /'], files: tree },
  'a bad port': { dockerfile: ['FROM busybox', 'EXPOSE many'] },
  'an unknown stage': { dockerfile: ['FROM busybox', 'COPY --from=3 /x /'] },
};

// A container's files: cp, diff, export, commit, archives.
import type { Scenarios } from '../scenario.ts';

export const files: Scenarios = {
  'files of a container': [
    "run -d --name files busybox sh -c 'mkdir -p /w/sub;echo x>/w/x;ln -s /w /link;ln /w/x /w/hard;rm /etc/group;sleep 1000'",
    "exec files sh -c 'until ls /w/hard;do :;done'",
    'cp files:/w/nosuch -',
    'cp /etc/hostname files:/w/named',
    'cp /etc/hostname files:/link/linked',
    'cp /etc/hostname files:/nosuch/x',
    'cp /etc/hostname files:/w/x/',
    'cp /etc files:/w/x',
    'cp nosuch:/x -',
    'exec files find /w',
    { cli: 'diff files', as: 'lines' }, // dockerd's order is chance
    'create --name fixed --read-only busybox',
    'cp /etc/hostname fixed:/x',
    'ps -as --format {{.Names}}|{{.Size}}',
    "commit -c 'RUN x' files",
    'commit files BAD:x',
    'commit nosuch',
    `commit -a me -m words -c 'ENV A=b' -c 'CMD ["cat","/w/x"]' -c 'EXPOSE 80' -c 'LABEL q=r' -c 'WORKDIR /w' files made:1`,
    "image inspect made:1 --format '{{json .Config.Cmd}}|{{json .Config.Env}}|{{json .Config.ExposedPorts}}|{{.Author}}|{{.Comment}}|{{.Size}}'",
    'history --format {{.CreatedBy}}|{{.Size}}|{{.Comment}} made:1',
    'run --rm made:1',
    'rm -f files fixed',
    'rmi made:1',
    'diff nosuch',
    'export nosuch',
  ],
};

// Images: pull, tag, inspect, remove.
import type { Scenarios } from '../scenario.ts';

export const images: Scenarios = {
  images: [
    'tag busybox mine:1',
    'images mine --format {{.Repository}}:{{.Tag}}|{{.ID}}|{{.Size}}', // one: the CLI shuffles an image's names
    "image inspect busybox --format '{{.Id}}|{{json .Config.Env}}|{{json .RootFS}}'",
    'tag busybox BAD:1',
    'tag nosuch mine:2',
    'rmi mine:1',
    'rmi mine:1',
  ],
  'layers over one another': [
    'pull -q busybox-layers',
    'run --rm busybox-layers find /data /kept /links /long /opaque -exec stat -c %n|%F|%a|%u|%g|%s|%h {} ;',
    'run --rm busybox-layers stat -c %n|%y /kept/one /links/original',
    "image inspect busybox-layers --format '{{.Id}}|{{.Size}}|{{json .RootFS}}'",
  ],
  'a pull again': ['pull busybox', 'pull busybox:nosuch', 'pull -q busybox'],
};

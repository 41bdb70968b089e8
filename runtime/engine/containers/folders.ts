// Where the files of containers and execs are: what survives a reboot in data-root, the rest in exec-root.
import path from 'node:path';

/** Paths of one engine. */
export class Folders {
  readonly containers: string;
  readonly rooms: string;
  readonly execRooms: string;
  readonly seccomp: string;
  /** An empty folder. */
  readonly empty: string;
  readonly #volumes: string;

  constructor(dataRoot: string, execRoot: string) {
    this.containers = path.resolve(dataRoot, 'containers');
    this.rooms = path.resolve(execRoot, 'containers');
    this.execRooms = path.resolve(execRoot, 'execs');
    this.seccomp = path.resolve(execRoot, 'seccomp');
    this.empty = path.resolve(execRoot, 'empty');
    this.#volumes = path.resolve(dataRoot, 'volumes');
  }

  /** A container's durable folder. */
  container(id: string): string {
    return path.join(this.containers, id);
  }

  /** Where the files of a volume are. */
  volume(name: string): string {
    return path.join(this.#volumes, name, '_data');
  }

  record(id: string): string {
    return path.join(this.container(id), 'container.json');
  }

  /** The log's current file, by its driver. */
  log(id: string, driver: 'json-file' | 'local'): string {
    return driver === 'local'
      ? path.join(this.container(id), 'local-logs', 'container.log')
      : path.join(this.container(id), `${id}-json.log`);
  }

  /** The room of a container's monitor: its socket, its exit record, and the intent of a start. */
  room(id: string): string {
    return path.join(this.rooms, id);
  }

  /** What every record of the log says beside its text, for the monitor. */
  logAttributes(id: string): string {
    return path.join(this.room(id), 'log-attributes');
  }

  /** Where the monitor's resolver looks. */
  resolver(id: string): string {
    return path.join(this.room(id), 'resolver');
  }

  intent(id: string): string {
    return path.join(this.room(id), 'intent.json');
  }

  execRoom(id: string): string {
    return path.join(this.execRooms, id);
  }
}

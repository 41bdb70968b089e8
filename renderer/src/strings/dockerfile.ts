// What the editor tells of a Dockerfile's instructions and their flags, in English.

export interface InstructionHelp {
  /** How it is written. */
  readonly form: string;
  readonly text: string;
  readonly flags: Readonly<Record<string, string>>;
}

const files = {
  chown: 'Owner and group of what is copied: `user:group`, by name or number.',
  chmod: 'Permissions of what is copied: `755`, `u=rwX,go=rX`.',
  link: 'Puts the files into a layer that does not depend on the ones below it, so that it is used again when those change.',
  parents: 'Keeps the folders above the sources.',
  exclude: 'Leaves out what matches this pattern. May be given more than once.',
};

export const dockerfile = {
  ADD: {
    form: 'ADD [flags] source… target',
    text: 'Copies files like COPY, and also takes URLs, git repositories and local archives, which it unpacks. Use COPY where that is not wanted.',
    flags: {
      ...files,
      checksum: 'What the downloaded file must hash to: `sha256:…`.',
      'keep-git-dir': 'Keeps the folder .git of a repository.',
      unpack: 'Whether an archive is unpacked.',
    },
  },
  ARG: {
    form: 'ARG name[=default] …',
    text: 'A variable of the build, given with --build-arg. It holds from here to the end of the stage; before the first FROM only FROM lines see it. It is no place for secrets: the history of the image tells it.',
    flags: {},
  },
  CMD: {
    form: 'CMD ["program", "argument"]',
    text: 'What a container runs when nothing else is said; with an ENTRYPOINT, its arguments. Only the last one counts. Without the brackets a shell runs it and takes the signals.',
    flags: {},
  },
  COPY: {
    form: 'COPY [flags] source… target',
    text: 'Copies files of the context, or of another stage or image, into the image. What .dockerignore leaves out is not there. A target with a slash at its end is a folder.',
    flags: { ...files, from: 'Takes the files from a stage by its name or number, or from an image.' },
  },
  ENTRYPOINT: {
    form: 'ENTRYPOINT ["program", "argument"]',
    text: 'The program that a container is. CMD, or the words behind the image of docker run, become its arguments.',
    flags: {},
  },
  ENV: {
    form: 'ENV name=value …',
    text: 'Variables of the environment: for the steps that follow and for containers.',
    flags: {},
  },
  EXPOSE: {
    form: 'EXPOSE port[/tcp|/udp] …',
    text: 'Says on which ports the program listens. It publishes none of them: that is done when the container is run.',
    flags: {},
  },
  FROM: {
    form: 'FROM [--platform=…] image [AS name]',
    text: 'Begins a stage with an image, an earlier stage, or nothing (scratch). With AS the stage has a name that COPY --from and --target know.',
    flags: { platform: 'The platform of the image: `linux/amd64`.' },
  },
  HEALTHCHECK: {
    form: 'HEALTHCHECK [flags] CMD command | NONE',
    text: 'A command that tells whether a container is well: 0 is healthy, 1 is not.',
    flags: {
      interval: 'How long between two checks: `30s`.',
      timeout: 'How long a check may take.',
      'start-period': 'How long a failure does not count after the start.',
      'start-interval': 'How long between two checks in that time.',
      retries: 'How many failures in a row make it unhealthy.',
    },
  },
  LABEL: { form: 'LABEL name=value …', text: 'Facts about the image, for people and programs.', flags: {} },
  MAINTAINER: { form: 'MAINTAINER name', text: 'Deprecated: use LABEL.', flags: {} },
  ONBUILD: {
    form: 'ONBUILD instruction',
    text: 'An instruction that is run when another image is built from this one.',
    flags: {},
  },
  RUN: {
    form: 'RUN [flags] command',
    text: 'Runs a command in the image and keeps the files it changes as a layer. Join commands that belong together with && or write them as a here-document: RUN <<EOF.',
    flags: {
      mount:
        'Files that are there only for this step: `type=bind`, `type=cache,target=/root/.cache`, `type=tmpfs`.',
      network: '`default`, `none` or `host`.',
      security: '`sandbox` or `insecure`.',
      device: 'A device that the step may use.',
    },
  },
  SHELL: {
    form: 'SHELL ["program", "argument"]',
    text: 'The shell that runs commands without brackets from here on.',
    flags: {},
  },
  STOPSIGNAL: {
    form: 'STOPSIGNAL signal',
    text: 'The signal that asks a container to end: SIGTERM unless said otherwise.',
    flags: {},
  },
  USER: {
    form: 'USER user[:group]',
    text: 'Who runs the steps that follow, and the container.',
    flags: {},
  },
  VOLUME: {
    form: 'VOLUME path …',
    text: 'Folders that live outside of the image: a container gets a volume for each. Steps that change them later are lost.',
    flags: {},
  },
  WORKDIR: {
    form: 'WORKDIR path',
    text: 'The folder of the steps that follow and of the container; made when it is not there.',
    flags: {},
  },
} as const satisfies Record<string, InstructionHelp>;

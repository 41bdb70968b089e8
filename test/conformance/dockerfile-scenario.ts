// What a scenario of builds is: a Dockerfile with its context, built on both engines; or, where dockerd 20.10 cannot build it, the
// same in words that it knows, of which the files alone must be the same.
import type { TarEntry } from '../fixtures/tar.ts';

export interface DockerfileScenario {
  readonly dockerfile: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly entries?: readonly TarEntry[];
  readonly query?: Readonly<Record<string, string>>;
  /** What is built before it on both sides, as `first`. */
  readonly first?: readonly string[];
  /**
   * For what needs BuildKit there: a Dockerfile that dockerd 20.10 builds to the same files and the same configuration. How many layers it
   * takes is its own affair: files are compared when all layers lie on one another.
   */
  readonly plainly?: readonly string[];
  /** It has no layers, and dockerd cannot save that: what was said alone is compared. */
  readonly unsaved?: true;
  /** Layers of the base image; default: busybox' one. */
  readonly baseLayers?: number;
}

/** Name -> scenario. */
export type DockerfileScenarios = Readonly<Record<string, DockerfileScenario>>;

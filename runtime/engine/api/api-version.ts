// Docker's version gate: which API version a path asks for, and what to say when it is not one of ours.
import { EngineError } from '../errors.ts';
import { maxApiMinor, minApiMinor } from '../version.ts';

/** The path without its version, and the minor number of the version it asked for (our newest without one). */
export interface VersionedPath {
  readonly path: string;
  readonly minor: number;
}

/** Splits `/v1.41/containers/json`. Throws `invalid` in Docker's words for a version that is not served. */
export function parseVersionedPath(pathname: string): VersionedPath {
  const match = /^\/v([0-9.]+)(\/.*)$/.exec(pathname);
  const [, version, path] = match ?? [];
  if (version === undefined || path === undefined) return { path: pathname, minor: maxApiMinor };
  const [major = 0, minor = 0, ...more] = version.split('.').map(Number);
  if (major < 1 || (major === 1 && minor < minApiMinor)) {
    throw new EngineError(
      'invalid',
      `client version ${version} is too old. Minimum supported API version is 1.${String(minApiMinor)}, ` +
        'please upgrade your client to a newer version',
    );
  }
  if (major > 1 || minor > maxApiMinor || more.length > 0) {
    throw new EngineError(
      'invalid',
      `client version ${version} is too new. Maximum supported API version is 1.${String(maxApiMinor)}`,
    );
  }
  return { path, minor };
}

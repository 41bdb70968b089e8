// The `platform` parameters: create takes one as users write it (only the machine's own is run), images take OCI's JSON. An image of
// another is told in Docker's words.
import { z } from 'zod';
import { EngineError, messageOf } from '../errors.ts';
import type { ImagePlatform, ImageService } from '../services.ts';
import type { Call } from './route.ts';

const platformJson = z.object({
  os: z.string().nullish(),
  architecture: z.string().nullish(),
  variant: z.string().nullish(),
});

const architectures: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
]);

/** Throws unless the image is of this platform (`linux/amd64`, `linux/arm64/v8`, `amd64`). */
export async function checkPlatform(
  images: ImageService,
  reference: string,
  platform: string,
): Promise<void> {
  const parts = platform.toLowerCase().split('/');
  const [os = '', architecture = ''] = parts.length === 1 ? ['linux', ...parts] : parts;
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9_.-]+$/.test(part))) {
    throw new EngineError(
      'invalid',
      `${JSON.stringify(platform)}: unknown operating system or architecture: invalid argument`,
    );
  }
  const image = await images.inspect(reference);
  if (image.Os === os && image.Architecture === (architectures.get(architecture) ?? architecture)) return;
  throw new EngineError(
    'notFound',
    `image with reference ${reference} was found but does not provide the specified platform (${platform})`,
  );
}

/** One of OCI's JSON platforms. Throws invalid in Docker's words. */
export function parseJsonPlatform(text: string): ImagePlatform {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new EngineError('invalid', `failed to parse platform: ${messageOf(error)}`);
  }
  const parsed = platformJson.safeParse(json);
  if (!parsed.success) throw new EngineError('invalid', 'failed to parse platform: it is no platform');
  const { os, architecture, variant } = parsed.data;
  const has = (field: string | null | undefined): field is string =>
    field !== undefined && field !== null && field !== '';
  if (has(os) && has(architecture)) return { os, architecture, ...(has(variant) ? { variant } : {}) };
  if (!has(os) && !has(architecture) && has(variant)) {
    throw new EngineError(
      'invalid',
      'optional platform fields provided, but OS and Architecture are missing',
    );
  }
  throw new EngineError('invalid', 'both OS and Architecture must be provided');
}

/** The platform that a client of API 1.`since` or newer asks for; older ones know no such parameter. */
export function askedPlatform({ query, minor }: Call, since: number): ImagePlatform | undefined {
  const text = minor >= since ? query.text('platform') : undefined;
  return text === undefined || text === '' ? undefined : parseJsonPlatform(text);
}

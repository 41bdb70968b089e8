// The `platform` parameter of create: only the machine's own is run, and an image of another is told in Docker's words.
import { EngineError } from '../errors.ts';
import type { ImageService } from '../services.ts';

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

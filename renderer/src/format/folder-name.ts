// Names made of folders.

/** The last part of a path. */
export function baseName(path: string): string {
  return path.split(/[/\\]/).findLast((part) => part !== '') ?? path;
}

/** A name that an image may have, made of a folder's. */
export function imageNameOf(folder: string): string {
  const name = baseName(folder)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '')
    .replace(/[._-]{2,}/g, '-');
  return name === '' ? 'app' : name;
}

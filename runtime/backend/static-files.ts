// The UI's files, for the browser mode and the desktop shell. The folder is listed once, and only what was listed is served: no path of a request
// ever reaches the file system.
import { createReadStream, readdirSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';

const contentTypes: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.json', 'application/json; charset=utf-8'],
  ['.map', 'application/json; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.woff', 'font/woff'],
  ['.woff2', 'font/woff2'],
  ['.txt', 'text/plain; charset=utf-8'],
]);

/** One file of the UI. */
export interface StaticFile {
  readonly file: string;
  readonly sizeBytes: number;
  readonly contentType: string;
  readonly cacheControl: string;
}

/** The files of one folder, by URL path. */
export class StaticFiles {
  readonly #files = new Map<string, StaticFile>();

  /** Lists the folder. Throws when it is not there. */
  constructor(folder: string) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const file = path.join(folder, name);
      const stat = statSync(file);
      if (!stat.isFile()) continue;
      const url = `/${name.split(path.sep).join('/')}`;
      this.#files.set(url, {
        file,
        sizeBytes: stat.size,
        contentType: contentTypes.get(path.extname(name).toLowerCase()) ?? 'application/octet-stream',
        // The build puts a hash of the content into the names of assets.
        cacheControl: url.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      });
    }
    const index = this.#files.get('/index.html');
    if (index === undefined) throw new Error(`The UI is not built: there is no index.html in ${folder}`);
    this.#files.set('/', index);
  }

  /** The file at this path of a URL; undefined when none was listed. */
  find(urlPath: string): StaticFile | undefined {
    return this.#files.get(urlPath);
  }

  /** Answers a GET or HEAD; false when there is no such file. */
  serve(urlPath: string, request: IncomingMessage, response: ServerResponse): boolean {
    const found = this.#files.get(urlPath);
    if (found === undefined) return false;
    response.setHeader('Content-Type', found.contentType);
    response.setHeader('Cache-Control', found.cacheControl);
    if (request.method === 'HEAD') {
      response.setHeader('Content-Length', found.sizeBytes);
      response.end();
      return true;
    }
    const stream = createReadStream(found.file);
    // The build was replaced under us: the page is to be loaded again.
    stream.on('error', () => response.destroy());
    response.on('close', () => stream.destroy());
    stream.pipe(response);
    return true;
  }
}

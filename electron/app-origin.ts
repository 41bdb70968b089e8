// The page's address in the shell. The files come from a protocol of our own, so that the page has a real origin, and
// nothing on this machine or on a network answers under the same one.
import { shellHostname } from '../runtime/contract/shell-address.ts';

/** The protocol the page's files are served under; registered as standard and secure before Electron is ready. */
export const appScheme = 'berth-app';

/** The page's origin. */
export const appOrigin = `${appScheme}://${shellHostname}`;

/** The page itself. What follows a `#` is where one is in it. */
export const pageUrl = `${appOrigin}/`;

/** Whether a frame with this URL shows our own page; anything else gets nothing from us. */
export function isOurPage(url: string | undefined): boolean {
  return url !== undefined && url.split('#', 1)[0] === pageUrl;
}

// Links that leave Berth open in the user's browser, and only those that a browser is for.
import { shell } from 'electron';

const maxLength = 4096;

/** Whether a link may be given to the system: plain web addresses, without a name and password in them. */
export function isWebLink(link: string): boolean {
  if (link.length > maxLength || !URL.canParse(link)) return false;
  const url = new URL(link);
  return (
    (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === ''
  );
}

/** Opens a web link in the browser; anything else is left alone. */
export function openWebLink(link: string): void {
  if (!isWebLink(link)) return;
  shell.openExternal(new URL(link).href).catch(() => {
    // There is no browser: nothing happens, as with any link then.
  });
}

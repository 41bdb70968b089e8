// Which links may leave Berth: those that a browser is for.

const maxLength = 4096;

/** The link as it may be given to the system: a plain web address, without a name and password in it; else undefined. */
export function webLink(link: string): string | undefined {
  if (link.length > maxLength || !URL.canParse(link)) return undefined;
  const url = new URL(link);
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  return isWeb && url.username === '' && url.password === '' ? url.href : undefined;
}

// The file by which Linux desktops start a program at login
// (https://specifications.freedesktop.org/desktop-entry-spec/).

/** The desktop entry that runs this command. Throws for a word that no entry can hold. */
export function autostartEntry(command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Berth',
    'Comment=Containers on this machine',
    `Exec=${command.map(quote).join(' ')}`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/** One word of an Exec line: quoted, then escaped once more as every value of an entry is; `%` begins a field code. */
function quote(word: string): string {
  if (/[\n\r]/.test(word)) throw new Error('A path with a line break in it cannot be started at login');
  const quoted = `"${word.replace(/(["`$\\])/g, '\\$1')}"`;
  return quoted.replaceAll('\\', '\\\\').replaceAll('%', '%%');
}

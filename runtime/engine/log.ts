// The engine's own log: one line per message on stderr, `time level message key=value`. Messages never hold secrets.

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes lines of at least the level it was made with. */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** A value as it stands in a line: quoted when it has anything but plain visible characters. */
const shown = (value: string): string => (/^[\w./:@%+-]+$/.test(value) ? value : JSON.stringify(value));

/** A logger to stderr, or to `write` in tests. */
export function createLogger(
  least: LogLevel,
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Logger {
  const from = logLevels.indexOf(least);
  const at =
    (level: LogLevel) =>
    (message: string, fields: Fields = {}): void => {
      if (logLevels.indexOf(level) < from) return;
      let line = `${new Date().toISOString()} ${level} ${message.replaceAll(/\p{Cc}/gu, ' ')}`;
      for (const [key, value] of Object.entries(fields)) {
        if (value !== undefined) line += ` ${key}=${shown(String(value))}`;
      }
      write(line + '\n');
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

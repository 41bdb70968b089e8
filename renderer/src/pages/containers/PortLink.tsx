// A published port: a link where a browser can go, else plain text.
import { en } from '../../strings/en.ts';
import type { ShownPort } from './published-port.ts';

interface PortLinkProps {
  readonly port: ShownPort;
  readonly text: string;
  readonly tabbable?: boolean;
}

export function PortLink({ port, text, tabbable }: PortLinkProps) {
  if (port.link === undefined) return <span className="font-mono text-sm text-ink-2">{text}</span>;
  return (
    <a
      className="link font-mono text-sm"
      href={port.link}
      target="_blank"
      rel="noopener noreferrer"
      title={en.containers.openPort(port.link)}
      tabIndex={tabbable === false ? -1 : 0}
    >
      {text}
    </a>
  );
}

// The facts of one container: what the model knows, and its environment, which is asked for when this tab opens.
import { useEffect, useState, type ReactNode } from 'react';
import { z } from 'zod';
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { inert } from '../../format/inert.ts';
import { formatDateTime } from '../../format/number.ts';
import { asFailure } from '../../transport/contract-failure.ts';
import { useConnection } from '../../transport/connection.ts';
import { en } from '../../strings/en.ts';
import { ContainerStatusText } from './ContainerStatusText.tsx';
import { PortLink } from './PortLink.tsx';
import { publishedPorts, unpublishedPorts } from './published-port.ts';

const words = en.details;
const inspected = z.object({ Config: z.object({ Env: z.array(z.string()).nullish() }) });

export function ContainerSummary({ container }: { readonly container: ContainerModel }) {
  const published = publishedPorts(container.ports);
  const exposed = unpublishedPorts(container.ports);
  const labels = Object.entries(container.labels);
  return (
    <div
      className="min-h-0 flex-1 overflow-auto px-[18px] py-3"
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by key
      tabIndex={0}
      role="region"
      aria-label={words.facts}
    >
      <div className="grid grid-cols-[repeat(auto-fit,minmax(360px,1fr))] gap-x-8 gap-y-5">
        <Section title={words.facts}>
          <dl className="facts">
            <Fact name={words.status}>
              <ContainerStatusText container={container} />
            </Fact>
            <Fact name={words.id}>
              <Code text={container.id.slice(0, 12)} />
              <CopyButton text={container.id} label={words.copyLabel(words.id)} />
            </Fact>
            <Fact name={words.image}>
              <Code text={container.image} />
            </Fact>
            <Fact name={words.imageId}>
              <Code text={container.imageId.replace(/^sha256:/, '').slice(0, 12)} />
            </Fact>
            <Fact name={words.command}>
              <Code text={container.command} />
            </Fact>
            <Fact name={words.created}>{formatDateTime(container.createdMs)}</Fact>
            {container.startedMs !== null && (
              <Fact name={words.started}>{formatDateTime(container.startedMs)}</Fact>
            )}
            {container.finishedMs !== null && container.state !== 'running' && (
              <Fact name={words.finished}>{formatDateTime(container.finishedMs)}</Fact>
            )}
            {container.error !== '' && (
              <Fact name={words.error}>
                <span className="text-bad">{inert(container.error)}</span>
              </Fact>
            )}
            {container.networks.map((network) => (
              <Fact key={network.name} name={words.networks}>
                {inert(network.name)} <Code text={network.address} />
              </Fact>
            ))}
          </dl>
        </Section>
        <div className="flex flex-col gap-5">
          <Section title={words.ports}>
            {published.length + exposed.length === 0 && <p className="text-ink-3">{words.noPorts}</p>}
            <ul className="flex flex-col gap-1">
              {published.map((port) => (
                <li key={port.key} className="flex gap-3">
                  <PortLink port={port} text={port.text} />
                  <span className="font-mono text-sm text-ink-3">{port.address}</span>
                </li>
              ))}
              {exposed.map((port) => (
                <li key={port} className="flex gap-3 text-ink-3">
                  <Code text={port} />
                  {words.notPublished}
                </li>
              ))}
            </ul>
          </Section>
          <Section title={words.mounts}>
            {container.mounts.length === 0 && <p className="text-ink-3">{words.noMounts}</p>}
            <ul className="flex flex-col gap-1">
              {container.mounts.map((mount) => (
                <li key={mount.destination} className="flex flex-wrap items-baseline gap-x-2 break-all">
                  <Code text={mount.source} />
                  <span aria-hidden>→</span>
                  <Code text={mount.destination} />
                  <span className="badge">{mount.readOnly ? words.readOnly : words.readWrite}</span>
                </li>
              ))}
            </ul>
          </Section>
        </div>
        <Section title={words.environment}>
          <Environment key={`${container.id} ${container.startedMs ?? 0}`} id={container.id} />
        </Section>
        <Section title={words.labels}>
          {labels.length === 0 && <p className="text-ink-3">{words.noLabels}</p>}
          <Pairs pairs={labels} />
        </Section>
      </div>
    </div>
  );
}

function Environment({ id }: { readonly id: string }) {
  const client = useConnection((state) => state.client);
  const [answer, setAnswer] = useState<{ variables: string[] } | { problem: string }>();
  useEffect(() => {
    let wanted = true;
    client
      ?.call('containers.inspect', { id })
      .then((result) => inspected.parse(JSON.parse(result.json)))
      .then(
        (parsed) => wanted && setAnswer({ variables: parsed.Config.Env ?? [] }),
        (error: unknown) => wanted && setAnswer({ problem: asFailure(error).message }),
      );
    return () => {
      wanted = false;
    };
  }, [client, id]);
  if (answer === undefined) return null;
  if ('problem' in answer)
    return <p className="text-bad">{words.environmentFailed(inert(answer.problem))}</p>;
  if (answer.variables.length === 0) return <p className="text-ink-3">{words.noEnvironment}</p>;
  return (
    <Pairs
      pairs={answer.variables.map((line): [string, string] => {
        const at = line.indexOf('=');
        return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
      })}
    />
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="min-w-0">
      <h3 className="mb-1 text-sm font-[600] text-ink-2">{title}</h3>
      {children}
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="flex flex-wrap items-center gap-x-2">{children}</dd>
    </>
  );
}

function Code({ text }: { readonly text: string }) {
  return <span className="min-w-0 break-all font-mono text-sm">{inert(text)}</span>;
}

function Pairs({ pairs }: { readonly pairs: readonly (readonly [string, string])[] }) {
  if (pairs.length === 0) return null;
  return (
    <dl className="flex flex-col">
      {pairs.map(([name, value], index) => (
        <div key={`${index} ${name}`} className="flex flex-wrap gap-x-2 border-b border-line py-1">
          <dt className="break-all font-mono text-sm text-ink-3">{inert(name)}</dt>
          <dd className="min-w-0 break-all font-mono text-sm">{inert(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

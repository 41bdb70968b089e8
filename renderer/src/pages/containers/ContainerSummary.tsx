// The facts of one container: what the model knows, at once, and what only the engine's inspection tells, as soon as it is here.
import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { useAge } from '../../format/clock.ts';
import { useInspected } from '../../components/use-inspected.ts';
import { inert } from '../../format/inert.ts';
import { formatDateTime } from '../../format/number.ts';
import { pagePath, volumePath } from '../../route.ts';
import { en } from '../../strings/en.ts';
import { ContainerNetworks } from './ContainerNetworks.tsx';
import { ContainerStatusText } from './ContainerStatusText.tsx';
import { isAlive } from './container-status.ts';
import { HealthLog } from './HealthLog.tsx';
import {
  environmentOf,
  inspectedContainer,
  limitsOf,
  restartPolicyText,
  type InspectedContainer,
} from './inspected-container.ts';
import { PortLink } from './PortLink.tsx';
import { publishedPorts, unpublishedPorts } from './published-port.ts';
import { Code, Fact, Nothing, Pairs, Section } from './SummaryParts.tsx';

const words = en.details;

export function ContainerSummary({ container }: { readonly container: ContainerModel }) {
  const { json, problem } = useInspected('containers.inspect', container);
  const inspected = useMemo(
    () => (json === undefined ? undefined : inspectedContainer.safeParse(JSON.parse(json)).data),
    [json],
  );
  const limits = inspected === undefined ? [] : limitsOf(inspected);
  const labels = Object.entries(container.labels);
  return (
    <div
      className="min-h-0 flex-1 overflow-auto px-[18px] py-3"
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by key
      tabIndex={0}
      role="region"
      aria-label={words.facts}
    >
      {problem !== undefined && <p className="mb-3 text-bad">{words.inspectProblem(inert(problem))}</p>}
      <div className="grid grid-cols-[repeat(auto-fit,minmax(340px,1fr))] gap-x-8 gap-y-5">
        <Section title={words.facts}>
          <Facts container={container} inspected={inspected} />
        </Section>
        <div className="flex min-w-0 flex-col gap-5">
          <Ports container={container} />
          <ContainerNetworks container={container} />
          <Mounts container={container} />
          <Section title={words.limits}>
            {inspected !== undefined && limits.length === 0 && <Nothing text={words.noLimits} />}
            <Pairs pairs={limits} />
          </Section>
        </div>
        {inspected !== undefined && container.health !== 'none' && (
          <HealthLog inspected={inspected} health={container.health} />
        )}
        {inspected !== undefined && <Environment inspected={inspected} />}
        <Section title={words.labels}>
          {labels.length === 0 && <Nothing text={words.noLabels} />}
          <Pairs pairs={labels} />
        </Section>
      </div>
    </div>
  );
}

interface FactsProps {
  readonly container: ContainerModel;
  readonly inspected: InspectedContainer | undefined;
}

function Facts({ container, inspected }: FactsProps) {
  const command = inspected === undefined ? undefined : [inspected.Path ?? '', ...(inspected.Args ?? [])];
  const config = inspected?.Config;
  const host = inspected?.HostConfig;
  const pid = inspected?.State.Pid ?? 0;
  const flags = [
    ...(host?.Privileged === true ? [words.privileged] : []),
    ...(host?.ReadonlyRootfs === true ? [words.readonlyRoot] : []),
    ...(host?.AutoRemove === true ? [words.autoRemove] : []),
  ];
  return (
    <dl className="facts">
      <Fact name={words.status}>
        <ContainerStatusText container={container} />
        <Reason container={container} inspected={inspected} />
      </Fact>
      <Fact name={words.id}>
        <Code text={container.id.slice(0, 12)} />
        <CopyButton text={container.id} label={words.copyLabel(words.id)} />
      </Fact>
      <Fact name={words.image}>
        <Link href={pagePath('images')} className="link font-mono text-sm break-all">
          {inert(container.image)}
        </Link>
        <Code text={container.imageId.replace(/^sha256:/, '').slice(0, 12)} />
      </Fact>
      <Fact name={words.command}>
        <Code text={command === undefined ? container.command : shellWords(command)} />
      </Fact>
      {(config?.WorkingDir ?? '') !== '' && (
        <Fact name={words.workingDir}>
          <Code text={config?.WorkingDir ?? ''} />
        </Fact>
      )}
      {(config?.User ?? '') !== '' && (
        <Fact name={words.user}>
          <Code text={config?.User ?? ''} />
        </Fact>
      )}
      <Fact name={words.created}>{formatDateTime(container.createdMs)}</Fact>
      {container.startedMs !== null && (
        <Fact name={words.started}>{formatDateTime(container.startedMs)}</Fact>
      )}
      {container.finishedMs !== null && !isAlive(container) && (
        <Fact name={words.finished}>{formatDateTime(container.finishedMs)}</Fact>
      )}
      {inspected !== undefined && (
        <>
          <Fact name={words.restartPolicy}>{inert(restartPolicyText(inspected))}</Fact>
          {(config?.Hostname ?? '') !== '' && (
            <Fact name={words.hostname}>
              <Code text={config?.Hostname ?? ''} />
            </Fact>
          )}
          {pid > 0 && (
            <Fact name={words.pid}>
              <Code text={String(pid)} />
            </Fact>
          )}
          {(host?.LogConfig?.Type ?? '') !== '' && (
            <Fact name={words.logDriver}>
              <Code text={host?.LogConfig?.Type ?? ''} />
            </Fact>
          )}
          {flags.length > 0 && (
            <Fact name={words.flags}>
              {flags.map((flag) => (
                <span key={flag} className="badge">
                  {flag}
                </span>
              ))}
            </Fact>
          )}
        </>
      )}
    </dl>
  );
}

/** The words, those with blanks in quotes as one would type them. */
function shellWords(command: readonly string[]): string {
  return command
    .filter((word, index) => index > 0 || word !== '')
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}

/** Why it is in the state that it is in. */
function Reason({ container, inspected }: FactsProps) {
  const { state, exitCode, finishedMs, startedMs } = container;
  const sentences = [
    ...(state === 'exited' && exitCode !== null ? [en.containers.exitCodeOf(exitCode)] : []),
    ...(inspected?.State.OOMKilled === true ? [words.outOfMemory] : []),
    ...(container.error === '' ? [] : [inert(container.error)]),
  ];
  const sinceMs = isAlive(container) ? startedMs : state === 'exited' ? finishedMs : null;
  return (
    <>
      {sinceMs !== null && <Since sinceMs={sinceMs} />}
      {sentences.map((sentence) => (
        <span
          key={sentence}
          className={
            sentence === inert(container.error) || sentence === words.outOfMemory ? 'text-bad' : 'text-ink-2'
          }
        >
          {sentence}
        </span>
      ))}
    </>
  );
}

function Since({ sinceMs }: { readonly sinceMs: number }) {
  return <span className="text-ink-3">{words.since(useAge(sinceMs))}</span>;
}

function Ports({ container }: { readonly container: ContainerModel }) {
  const published = publishedPorts(container.ports);
  const exposed = unpublishedPorts(container.ports);
  return (
    <Section title={words.ports}>
      {published.length + exposed.length === 0 && <Nothing text={words.noPorts} />}
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
  );
}

function Mounts({ container }: { readonly container: ContainerModel }) {
  return (
    <Section title={words.mounts}>
      {container.mounts.length === 0 && <Nothing text={words.noMounts} />}
      <ul className="flex flex-col gap-1">
        {container.mounts.map((mount) => (
          <li key={mount.destination} className="flex flex-wrap items-baseline gap-x-2 break-all">
            <span className="badge">{inert(mount.type)}</span>
            {mount.type === 'volume' ? (
              <Link className="link font-mono text-sm" href={volumePath(mount.source)}>
                {inert(mount.source)}
              </Link>
            ) : (
              <Code text={mount.source} />
            )}
            <span aria-hidden>→</span>
            <Code text={mount.destination} />
            <span className="badge">{mount.readOnly ? words.readOnly : words.readWrite}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Values are often secrets, and a screen is often shared: they are shown on demand, until one leaves. */
function Environment({ inspected }: { readonly inspected: InspectedContainer }) {
  const [shown, setShown] = useState(false);
  const variables = environmentOf(inspected);
  return (
    <Section
      title={words.environment}
      actions={
        variables.length > 0 && (
          <>
            <button
              type="button"
              className="link text-sm"
              aria-pressed={shown}
              onClick={() => setShown(!shown)}
            >
              {shown ? words.hideValues : words.showValues}
            </button>
            <CopyButton
              text={variables.map(([name, value]) => `${name}=${value}`).join('\n')}
              label={words.copyLabel(words.environment)}
            />
          </>
        )
      }
    >
      {variables.length === 0 && <Nothing text={words.noEnvironment} />}
      <Pairs pairs={variables} masked={!shown} />
    </Section>
  );
}

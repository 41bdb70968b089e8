// How a container's own health check went: the last tries with what they said.
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { inert } from '../../format/inert.ts';
import { formatDateTime } from '../../format/number.ts';
import { en } from '../../strings/en.ts';
import { healthChecks, type InspectedContainer } from './inspected-container.ts';
import { Code, Nothing, Section } from './SummaryParts.tsx';

const words = en.details;
/** Of what one check said. */
const longestOutput = 2000;

interface HealthLogProps {
  readonly inspected: InspectedContainer;
  readonly health: ContainerModel['health'];
}

export function HealthLog({ inspected, health }: HealthLogProps) {
  const checks = healthChecks(inspected);
  const streak = inspected.State.Health?.FailingStreak ?? 0;
  const test = inspected.Config.Healthcheck?.Test ?? [];
  return (
    <Section title={words.health}>
      <p className="flex flex-wrap items-center gap-x-2">
        <span
          className={`mark mark-${health === 'unhealthy' ? 'warning' : health === 'starting' ? 'busy' : 'running'}`}
          aria-hidden
        />
        {health === 'none' ? '' : en.containers.state[health]}
        {streak > 0 && <span className="text-ink-2">{words.failingStreak(streak)}</span>}
      </p>
      {test.length > 0 && (
        <p className="mt-1">
          <Code text={test.filter((word) => word !== 'CMD' && word !== 'CMD-SHELL').join(' ')} />
        </p>
      )}
      {checks.length === 0 && <Nothing text={words.noChecks} />}
      <ul className="mt-1 flex flex-col">
        {checks.map((check) => (
          <li key={check.key} className="border-t border-line py-1">
            <div className="flex items-center gap-2 text-sm">
              <span className={`mark mark-${check.exitCode === 0 ? 'running' : 'failed'}`} aria-hidden />
              <span>{check.exitCode === undefined ? '' : en.containers.exitCodeOf(check.exitCode)}</span>
              {check.startMs !== undefined && (
                <span className="text-ink-3 tabular-nums">{formatDateTime(check.startMs)}</span>
              )}
            </div>
            {check.output !== '' && (
              <div className="font-mono text-sm break-all text-ink-2">
                {inert(check.output.slice(0, longestOutput))}
                {check.output.length > longestOutput && '…'}
              </div>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

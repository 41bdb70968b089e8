// What the engine's machine uses, at the right of the status strip: CPU, memory, disk. Where the engine does not tell, only
// what the machine has.
import type { EngineModel } from '../../../runtime/contract/model.ts';
import type { MachineSample } from '../../../runtime/contract/streams.ts';
import { formatMemory, formatMemoryOf, formatShare, formatSizeOf } from '../format/number.ts';
import { useMachineStats } from '../state/stats-store.ts';
import { en } from '../strings/en.ts';

export function MachineUse({ engine }: { readonly engine: EngineModel }) {
  const machine = useMachineStats();
  return (
    <span className="ml-auto flex flex-none gap-[18px] tabular-nums">
      {machine === undefined ? <Has engine={engine} /> : <Uses machine={machine} engine={engine} />}
    </span>
  );
}

function Has({ engine }: { readonly engine: EngineModel }) {
  if (engine.cpus <= 0 || engine.memoryBytes <= 0) return null;
  return (
    <>
      <span>{en.engine.cpus(engine.cpus)}</span>
      <span>{en.engine.memory(formatMemory(engine.memoryBytes))}</span>
    </>
  );
}

interface UsesProps {
  readonly machine: MachineSample;
  readonly engine: EngineModel;
}

function Uses({ machine, engine }: UsesProps) {
  const words = en.machine;
  const share = machine.cpuPercent === null ? en.common.none : formatShare(machine.cpuPercent / 100);
  return (
    <>
      <span title={engine.cpus > 0 ? words.cpuTip(en.engine.cpus(engine.cpus)) : undefined}>
        {words.cpu} <b className="strip-figure min-w-[36px]">{share}</b>
      </span>
      <span title={words.memoryTip}>
        {words.memory}{' '}
        <b className="strip-figure">{formatMemoryOf(machine.memoryBytes, machine.memoryTotalBytes)}</b>
      </span>
      {machine.diskTotalBytes > 0 && (
        <span title={words.diskTip}>
          {words.disk}{' '}
          <b className="strip-figure">{formatSizeOf(machine.diskUsedBytes, machine.diskTotalBytes)}</b>
        </span>
      )}
    </>
  );
}

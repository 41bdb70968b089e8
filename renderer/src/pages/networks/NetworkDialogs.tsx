// The questions about networks: remove, clean up, disconnect. Each names what goes, what stays and who will miss it.
import { BrushCleaning, Trash2, Unlink } from 'lucide-react';
import { useMemo } from 'react';
import type { ContainerModel, NetworkModel } from '../../../../runtime/contract/model.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { inert } from '../../format/inert.ts';
import { useModel } from '../../state/model-store.ts';
import { showToast } from '../../state/toast-store.ts';
import { en } from '../../strings/en.ts';
import { openClient } from '../../transport/connection.ts';
import { asFailure, sentenceOf } from '../../transport/contract-failure.ts';
import { isConfiguration, removalPlan, type RemovalPlan, subnetsOf } from './network-list.ts';

const words = en.networks;
const namesShown = 3;

function someNames(named: readonly { readonly name: string }[]): string {
  const names = named.slice(0, namesShown).map(({ name }) => inert(name));
  return en.containers.someNames(names, named.length - names.length);
}

/** What becomes of these, as things are now. */
function usePlan(networks: readonly NetworkModel[]): RemovalPlan {
  const containers = useModel((state) => state.containers);
  return useMemo(() => removalPlan(networks, [...containers.values()]), [networks, containers]);
}

export function RemoveNetworks({ ids }: { readonly ids: readonly string[] }) {
  const all = useModel((state) => state.networks);
  const networks = useMemo(
    () => ids.map((id) => all.get(id)).filter((network) => network !== undefined),
    [ids, all],
  );
  const plan = usePlan(networks);
  const [first] = networks;
  if (first === undefined) return null;
  const single = networks.length === 1;
  const { going } = plan;
  return (
    <ConfirmDialog
      title={single ? words.removeTitle(inert(first.name)) : words.removeManyTitle(going.length)}
      text={
        single || going.length === 0 ? words.removeText : words.removeManyText(someNames(going), going.length)
      }
      extra={stoppedText(plan.stopped, single)}
      blocked={going.length > 0 ? undefined : blockedText(plan, single)}
      confirm={words.removeConfirm(single ? 1 : going.length)}
      icon={<Trash2 aria-hidden />}
      failedTitle={words.removeFailed(single ? inert(first.name) : words.summary(going.length))}
      onConfirm={() => removeAll(going)}
    >
      {!single && going.length > 0 && <Staying plan={plan} />}
    </ConfirmDialog>
  );
}

function stoppedText(stopped: readonly ContainerModel[], single: boolean): string {
  if (stopped.length === 0) return '';
  return (single ? words.stopped : words.stoppedMany)(someNames(stopped), stopped.length);
}

function blockedText({ builtIn, used }: RemovalPlan, single: boolean): string {
  if (!single) return words.nothingToRemove;
  const [network] = used;
  if (builtIn.length > 0 || network === undefined) return words.removeBuiltIn;
  return words.removeUsed(someNames(network.members), network.members.length);
}

/** The chosen ones that are not removed, and why. */
function Staying({ plan: { builtIn, used } }: { readonly plan: RemovalPlan }) {
  if (builtIn.length + used.length === 0) return null;
  return (
    <div className="mt-3">
      {words.stay}
      <ul className="list-disc pl-5">
        {builtIn.map(({ id, name }) => (
          <li key={id}>
            {inert(name)}: {words.stayBuiltIn}
          </li>
        ))}
        {used.map(({ network, members }) => (
          <li key={network.id}>
            {inert(network.name)}: {words.stayUsed(members.length)}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Removes them one by one. A single failure is the dialog's to tell; of several a toast tells how many and the first. */
async function removeAll(networks: readonly NetworkModel[]): Promise<void> {
  const client = openClient();
  const failures: { readonly name: string; readonly error: unknown }[] = [];
  for (const { id, name } of networks) {
    try {
      await client.call('networks.remove', { id });
    } catch (error) {
      failures.push({ name, error });
    }
  }
  const [first] = failures;
  if (first === undefined) return;
  if (networks.length === 1) throw first.error;
  showToast(
    'bad',
    words.removeFailedMany(failures.length, networks.length),
    en.actions.failedFirst(inert(first.name), sentenceOf(asFailure(first.error))),
  );
}

export function PruneNetworks() {
  const all = useModel((state) => state.networks);
  const networks = useMemo(() => [...all.values()].filter((network) => !isConfiguration(network)), [all]);
  const plan = usePlan(networks);
  const { going, stopped } = plan;
  return (
    <ConfirmDialog
      title={words.pruneTitle}
      text={going.length === 0 ? words.pruneNothing : words.pruneText}
      disabled={going.length === 0}
      confirm={words.pruneConfirm(going.length)}
      icon={<BrushCleaning aria-hidden />}
      failedTitle={words.pruneFailed}
      onConfirm={async () => {
        const { removed } = await openClient().call('networks.prune', {});
        showToast('info', words.pruned(removed.length), '');
      }}
    >
      {going.length > 0 && (
        <ul
          aria-label={words.pruneList}
          className="mt-3 max-h-[200px] overflow-auto rounded-md border border-line bg-sunken px-3 py-1"
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
          tabIndex={0}
        >
          {going.map((network) => (
            <li key={network.id} className="flex gap-3 py-1">
              <bdi className="min-w-0 truncate font-[550] text-ink">{inert(network.name)}</bdi>
              <span className="ml-auto font-mono text-sm whitespace-nowrap">{inert(subnetsOf(network))}</span>
            </li>
          ))}
        </ul>
      )}
      {stopped.length > 0 && <p className="mt-3 text-ink">{stoppedText(stopped, going.length === 1)}</p>}
    </ConfirmDialog>
  );
}

interface DisconnectNetworkProps {
  readonly network: string;
  readonly container: string;
}

export function DisconnectNetwork(ids: DisconnectNetworkProps) {
  const network = useModel((state) => state.networks.get(ids.network));
  const container = useModel((state) => state.containers.get(ids.container));
  if (network === undefined || container === undefined) return null;
  return (
    <ConfirmDialog
      title={words.disconnectTitle(inert(container.name), inert(network.name))}
      text={words.disconnectText}
      extra={container.networks.length > 1 ? '' : words.disconnectLast}
      confirm={words.disconnectConfirm}
      icon={<Unlink aria-hidden />}
      failedTitle={words.disconnectFailed}
      onConfirm={async () =>
        void (await openClient().call('networks.disconnect', { id: network.id, container: container.id }))
      }
    />
  );
}

// The dialog by which a container joins a network: opened from the network it asks for the container, and the other way about.
import { useId, useMemo, useState } from 'react';
import type { ContainerModel, NetworkModel } from '../../../../runtime/contract/model.ts';
import type { Family } from '../../../../runtime/syntax/ip.ts';
import { Combobox } from '../../components/Combobox.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { Field, FieldError } from '../../components/Field.tsx';
import { DialogForm, FormFoot, useAsked } from '../../components/FormDialog.tsx';
import { byText } from '../../components/text-filter.ts';
import { inert } from '../../format/inert.ts';
import { closeDialog, closerOfDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { showToast } from '../../state/toast-store.ts';
import { en } from '../../strings/en.ts';
import { newConnectForm, poolOf, readConnectForm, type ConnectField } from './connect-form.ts';
import { isBuiltIn, membersOf, takesMembers } from './network-list.ts';

const words = en.networks;

interface ConnectNetworkProps {
  readonly network: string | undefined;
  readonly container: string | undefined;
}

export function ConnectNetwork(given: ConnectNetworkProps) {
  const networks = useModel((state) => state.networks);
  const containers = useModel((state) => state.containers);
  const [typed, setTyped] = useState('');
  const [form, setForm] = useState(newConnectForm);
  const [tried, setTried] = useState(false);
  const { busy, failure, ask } = useAsked('networks.connect');
  const formId = useId();

  const knownNetwork = given.network === undefined ? undefined : networks.get(given.network);
  const knownContainer = given.container === undefined ? undefined : containers.get(given.container);
  const choices = useMemo(
    () => choicesFor(knownNetwork, knownContainer, [...networks.values()], [...containers.values()]),
    [knownNetwork, knownContainer, networks, containers],
  );
  const named = typed.trim();
  const chosen = choices.find(({ name }) => name === named);
  const network = knownNetwork ?? (chosen === undefined ? undefined : networks.get(chosen.id));
  const container = knownContainer ?? (chosen === undefined ? undefined : containers.get(chosen.id));
  if (knownNetwork === undefined && knownContainer === undefined) return null;

  const { wishes, errors } = readConnectForm(form, network, containers.values());
  const choiceError =
    chosen !== undefined
      ? undefined
      : choiceProblem(named, knownNetwork, networks.values(), containers.values());
  const submit = async (): Promise<void> => {
    setTried(true);
    if (network === undefined || container === undefined || wishes === undefined) return;
    const close = closerOfDialog();
    const answer = await ask({ id: network.id, container: container.id, ...wishes });
    if (answer === undefined) return;
    close();
    showToast('info', words.connected(inert(container.name), inert(network.name)), '');
  };
  const field = (name: ConnectField, label: string, note?: string, placeholder = '') => (
    <Field
      mono
      label={label}
      {...(note === undefined ? {} : { note })}
      placeholder={placeholder}
      value={form[name]}
      error={errors.get(name)}
      onChange={(value) => setForm({ ...form, [name]: value })}
    />
  );
  const own = network === undefined || !isBuiltIn(network);
  return (
    <Dialog
      title={
        knownNetwork === undefined
          ? words.connectTitleOf(inert(knownContainer?.name ?? ''))
          : words.connectTitle(inert(knownNetwork.name))
      }
      description={words.connectText}
      widthPx={580}
      onClose={closeDialog}
      foot={<FormFoot formId={formId} busy={busy} submit={words.connectSubmit} />}
    >
      <DialogForm formId={formId} busy={busy} className="mt-3 flex flex-col gap-3" onSubmit={submit}>
        <Choice
          label={knownNetwork === undefined ? words.network : words.container}
          listLabel={knownNetwork === undefined ? words.networkList : words.containerList}
          value={typed}
          names={choices.map(({ name }) => name)}
          error={tried ? choiceError : undefined}
          onChange={setTyped}
        />
        {own && field('aliases', words.aliases, words.aliasesNote)}
        {own && (
          <div className="grid grid-cols-2 gap-4">
            {field('ipv4', words.address4, subnetNote(network, 4), words.addressPlaceholder)}
            {network?.ipv6 === true &&
              field('ipv6', words.address6, subnetNote(network, 6), words.addressPlaceholder)}
          </div>
        )}
        <div className="grid grid-cols-2 gap-4">
          {field('mac', words.mac, undefined, words.addressPlaceholder)}
          {field('priority', words.priority, words.priorityNote)}
        </div>
      </DialogForm>
      {failure !== undefined && <FailureNotice title={words.connectFailed} failure={failure} />}
    </Dialog>
  );
}

/** Which addresses there are. */
function subnetNote(network: NetworkModel | undefined, family: Family): string | undefined {
  const pool = network === undefined ? undefined : poolOf(network, family);
  return pool === undefined ? undefined : words.addressIn(inert(pool.subnet));
}

interface Choosable {
  readonly id: string;
  readonly name: string;
}

/** Who may still join the network, or what the container may still join. */
function choicesFor(
  network: NetworkModel | undefined,
  container: ContainerModel | undefined,
  networks: readonly NetworkModel[],
  containers: readonly ContainerModel[],
): readonly Choosable[] {
  const open: readonly Choosable[] =
    network === undefined
      ? networks.filter(
          (one) => takesMembers(one) && (container === undefined || membersOf(one, [container]).length === 0),
        )
      : containers.filter((one) => membersOf(network, [one]).length === 0);
  return [...open].sort((a, b) => byText.compare(a.name, b.name));
}

function choiceProblem(
  name: string,
  network: NetworkModel | undefined,
  networks: Iterable<NetworkModel>,
  containers: Iterable<ContainerModel>,
): string {
  const { errors } = words;
  if (name === '') return errors.needed;
  if (network === undefined)
    return [...networks].some((one) => one.name === name && takesMembers(one))
      ? errors.networkOn
      : errors.network;
  return [...containers].some((one) => one.name === name) ? errors.containerOn(name) : errors.container;
}

interface ChoiceProps {
  readonly label: string;
  readonly listLabel: string;
  readonly value: string;
  readonly names: readonly string[];
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
}

function Choice({ label, listLabel, value, names, error, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id} className="field-label">
        {label}
      </label>
      <Combobox
        id={id}
        value={value}
        suggestions={names}
        listLabel={listLabel}
        placeholder=""
        invalid={error !== undefined}
        describedBy={error === undefined ? undefined : `${id}-error`}
        onChange={onChange}
      />
      {error !== undefined && <FieldError id={`${id}-error`} text={error} />}
    </div>
  );
}

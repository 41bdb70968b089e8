// The dialog for a new network: its name and driver, where its addresses come from, what the driver is told, labels.
import { useId, useState, type ReactNode } from 'react';
import { Check } from '../../components/Check.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { Field, FieldError } from '../../components/Field.tsx';
import { DialogForm, FormFoot, useAsked } from '../../components/FormDialog.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { Select } from '../../components/Select.tsx';
import { inert } from '../../format/inert.ts';
import { closeDialog, closerOfDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { showToast } from '../../state/toast-store.ts';
import { en } from '../../strings/en.ts';
import {
  macvlanModes,
  networkDrivers,
  newNetworkForm,
  readNetworkForm,
  shownErrors,
  type NetworkErrors,
  type NetworkForm,
  type PoolForm,
} from './network-form.ts';

const words = en.networks;
const { form: labels } = words;

interface PartProps {
  readonly form: NetworkForm;
  readonly errors: NetworkErrors;
  readonly onChange: (part: Partial<NetworkForm>) => void;
}

export function CreateNetwork() {
  const networks = useModel((state) => state.networks);
  const [form, setForm] = useState(newNetworkForm);
  const [tried, setTried] = useState(false);
  const { busy, failure, ask } = useAsked('networks.create');
  const formId = useId();
  const { params, errors: all } = readNetworkForm(form, networks.values());
  const errors = shownErrors(all, tried);
  const change = (part: Partial<NetworkForm>): void => setForm((before) => ({ ...before, ...part }));
  const submit = async (): Promise<void> => {
    setTried(true);
    const close = closerOfDialog();
    const answer = params === undefined ? undefined : await ask(params);
    if (answer === undefined) return;
    close();
    if (answer.warning !== '') showToast('info', words.createWarning, inert(answer.warning));
  };
  return (
    <Dialog
      title={words.createTitle}
      description={words.createText}
      widthPx={660}
      onClose={closeDialog}
      foot={<FormFoot formId={formId} busy={busy} submit={words.createSubmit} />}
    >
      <DialogForm formId={formId} busy={busy} className="mt-3 flex flex-col gap-4" onSubmit={submit}>
        <Field
          label={labels.name}
          mono
          value={form.name}
          error={errors.get('name')}
          onChange={(name) => change({ name })}
        />
        <Driver form={form} errors={errors} onChange={change} />
        <Pool family="ipv4" form={form} errors={errors} onChange={change} />
        <Pool family="ipv6" form={form} errors={errors} onChange={change} />
        <div className="grid grid-cols-2 gap-4">
          <Check
            text={labels.internal}
            note={labels.internalNote}
            on={form.internal}
            onChange={(internal) => change({ internal })}
          />
          <Check
            text={labels.attachable}
            note={labels.attachableNote}
            on={form.attachable}
            onChange={(attachable) => change({ attachable })}
          />
        </div>
        <Options form={form} errors={errors} onChange={change} />
      </DialogForm>
      {failure !== undefined && <FailureNotice title={words.createFailed} failure={failure} />}
    </Dialog>
  );
}

function Driver({ form, errors, onChange }: PartProps) {
  return (
    <div className="flex flex-col gap-3">
      <div>
        <div className="field-label text-ink">{labels.driver}</div>
        <Segmented
          label={labels.driver}
          value={form.driver}
          options={networkDrivers.map((value) => ({ value, text: labels.drivers[value] }))}
          onChoose={(driver) => onChange({ driver })}
        />
        <p className="mt-1 text-sm text-ink-2">{labels.driverText[form.driver]}</p>
      </div>
      {form.driver === 'other' && (
        <Field
          mono
          label={labels.otherDriver}
          value={form.otherDriver}
          error={errors.get('otherDriver')}
          onChange={(otherDriver) => onChange({ otherDriver })}
        />
      )}
      {form.driver === 'macvlan' && (
        <Pair>
          <Field
            mono
            label={labels.parent}
            note={labels.parentNote}
            placeholder="eth0"
            value={form.parent}
            error={errors.get('parent')}
            onChange={(parent) => onChange({ parent })}
          />
          <Select
            label={labels.mode}
            value={form.mode}
            options={macvlanModes.map((value) => ({ value, text: value }))}
            onChange={(mode) => onChange({ mode })}
          />
        </Pair>
      )}
    </div>
  );
}

const examples = {
  ipv4: { subnet: '10.20.0.0/16', range: '10.20.4.0/24', gateway: '10.20.0.1', reserved: 'router=10.20.0.2' },
  ipv6: {
    subnet: 'fd00:20::/64',
    range: 'fd00:20::/72',
    gateway: 'fd00:20::1',
    reserved: 'router=fd00:20::2',
  },
} as const;

interface PoolProps extends PartProps {
  readonly family: 'ipv4' | 'ipv6';
}

function Pool({ family, form, errors, onChange }: PoolProps) {
  const pool = form[family];
  const familyName = family === 'ipv4' ? 'IPv4' : 'IPv6';
  const title = labels.family(familyName);
  const errorId = useId();
  const change = (part: Partial<PoolForm>): void => onChange({ [family]: { ...pool, ...part } });
  const field = (name: 'subnet' | 'range' | 'gateway' | 'reserved', note?: string) => (
    <Field
      mono
      label={labels.of(labels[name], familyName)}
      {...(note === undefined ? {} : { note })}
      placeholder={examples[family][name]}
      value={pool[name]}
      error={errors.get(`${family}.${name}`)}
      onChange={(value) => change({ [name]: value })}
    />
  );
  return (
    <div role="group" aria-label={title} className="flex flex-col gap-3">
      <Check text={title} note={labels.chosen} on={pool.on} onChange={(on) => change({ on })} />
      {errors.has(family) && <FieldError id={errorId} text={errors.get(family) ?? ''} />}
      {pool.on && (
        <>
          <Pair>
            {field('subnet')}
            {field('gateway')}
          </Pair>
          <Pair>
            {field('range')}
            {field('reserved', labels.reservedNote)}
          </Pair>
        </>
      )}
    </div>
  );
}

function Options({ form, errors, onChange }: PartProps) {
  const field = (
    name: 'bridgeName' | 'hostBinding' | 'mtu' | 'options' | 'labels',
    label: string,
    note: string,
  ) => (
    <Field
      mono
      label={label}
      note={note}
      value={form[name]}
      error={errors.get(name)}
      onChange={(value) => onChange({ [name]: value })}
    />
  );
  return (
    <>
      {form.driver === 'bridge' && (
        <div role="group" aria-label={labels.bridgeOptions} className="flex flex-col gap-3">
          <Pair>
            <Check
              text={labels.icc}
              note={labels.iccNote}
              on={form.icc}
              onChange={(icc) => onChange({ icc })}
            />
            <Check
              text={labels.masquerade}
              note={labels.masqueradeNote}
              on={form.masquerade}
              onChange={(masquerade) => onChange({ masquerade })}
            />
          </Pair>
          <Pair>
            {field('bridgeName', labels.bridgeName, labels.bridgeNameNote)}
            {field('hostBinding', labels.hostBinding, labels.hostBindingNote)}
          </Pair>
        </div>
      )}
      <Pair>
        {field('mtu', labels.mtu, labels.mtuNote)}
        {field('options', labels.moreOptions, labels.pairsNote)}
      </Pair>
      {field('labels', labels.labels, labels.pairsNote)}
    </>
  );
}

/** Two fields side by side. */
function Pair({ children }: { readonly children: ReactNode }) {
  return <div className="grid grid-cols-2 items-start gap-4">{children}</div>;
}

// The dialog for a new volume: its name, what it is kept on, its labels.
import { useId, useState } from 'react';
import { Dialog } from '../../components/Dialog.tsx';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { Field } from '../../components/Field.tsx';
import { DialogForm, FormFoot, useAsked } from '../../components/FormDialog.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { closeDialog, closerOfDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import {
  newVolumeForm,
  readVolumeForm,
  volumeKinds,
  type VolumeField,
  type VolumeKind,
} from './volume-form.ts';

const words = en.volumes;

interface FieldSpec {
  readonly field: VolumeField;
  readonly label: string;
  readonly note?: string;
  readonly placeholder?: string;
}

const { folder, limit, limitNote, server, share, driver, type, device, options, optionsNote } = words.fields;
const fieldsOf: Readonly<Record<VolumeKind, readonly FieldSpec[]>> = {
  plain: [],
  memory: [{ field: 'limit', label: limit, note: limitNote }],
  folder: [{ field: 'folder', label: folder, placeholder: '/home/me/data' }],
  nfs: [
    { field: 'server', label: server, placeholder: '192.168.1.5' },
    { field: 'share', label: share, placeholder: '/export/data' },
    { field: 'options', label: options, note: optionsNote, placeholder: 'rw,nfsvers=4' },
  ],
  other: [
    { field: 'driver', label: driver },
    { field: 'type', label: type, placeholder: 'ext4' },
    { field: 'device', label: device, placeholder: '/dev/sdb1' },
    { field: 'options', label: options, note: optionsNote },
  ],
};

export function CreateVolume() {
  const volumes = useModel((state) => state.volumes);
  const [form, setForm] = useState(newVolumeForm);
  const [tried, setTried] = useState(false);
  const { busy, failure, ask } = useAsked('volumes.create');
  const formId = useId();
  const { params, errors } = readVolumeForm(form, volumes);
  const field = ({ field: name, ...rest }: FieldSpec) => (
    <Field
      key={name}
      {...rest}
      mono
      value={form[name]}
      error={tried ? errors.get(name) : undefined}
      onChange={(value) => setForm({ ...form, [name]: value })}
    />
  );
  const submit = async (): Promise<void> => {
    setTried(true);
    const close = closerOfDialog();
    if (params !== undefined && (await ask(params)) !== undefined) close();
  };
  return (
    <Dialog
      title={words.createTitle}
      description={words.createText}
      widthPx={600}
      onClose={closeDialog}
      foot={<FormFoot formId={formId} busy={busy} submit={words.createSubmit} />}
    >
      <DialogForm formId={formId} busy={busy} className="mt-3 flex flex-col gap-3" onSubmit={submit}>
        {field({ field: 'name', label: words.columns.name, note: words.nameNote })}
        <div>
          <div className="field-label text-ink">{words.kind}</div>
          <Segmented
            label={words.kind}
            value={form.kind}
            options={volumeKinds.map((value) => ({ value, text: words.kinds[value] }))}
            onChoose={(kind) => setForm({ ...form, kind })}
          />
          <p className="mt-1 text-sm text-ink-2">{words.kindText[form.kind]}</p>
        </div>
        {fieldsOf[form.kind].map(field)}
        {field({ field: 'labels', label: words.fields.labels, note: words.fields.labelsNote })}
      </DialogForm>
      {failure !== undefined && <FailureNotice title={words.createFailed} failure={failure} />}
    </Dialog>
  );
}

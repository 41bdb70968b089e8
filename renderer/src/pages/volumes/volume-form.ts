// The form of a new volume as plain data, and what the local driver is told of it. Pure.
import type { Params } from '../../../../runtime/contract/methods.ts';
import { en } from '../../strings/en.ts';

const words = en.volumes;

export const volumeKinds = ['plain', 'memory', 'folder', 'nfs', 'other'] as const;
export type VolumeKind = (typeof volumeKinds)[number];

export interface VolumeForm {
  readonly name: string;
  readonly kind: VolumeKind;
  /** Of the other kinds than `local`. */
  readonly driver: string;
  readonly folder: string;
  readonly limit: string;
  readonly server: string;
  readonly share: string;
  readonly type: string;
  readonly device: string;
  readonly options: string;
  readonly labels: string;
}

export const newVolumeForm: VolumeForm = {
  name: '',
  kind: 'plain',
  driver: 'local',
  folder: '',
  limit: '',
  server: '',
  share: '',
  type: '',
  device: '',
  options: '',
  labels: '',
};

export type VolumeField = keyof VolumeForm;

/** Whether the engine takes it as a volume's name. */
export function isVolumeName(name: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name);
}

/** `KEY=VALUE, KEY`; undefined for what is none. */
export function parseLabels(text: string): Record<string, string> | undefined {
  const labels = new Map<string, string>();
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue;
    const [, key = '', value = ''] = /^([^=\s]+)(?:=(.*))?$/s.exec(part) ?? [];
    if (key === '') return undefined;
    labels.set(key, value);
  }
  return Object.fromEntries(labels);
}

/** What the form asks for, or what is wrong with which field. */
export function readVolumeForm(
  form: VolumeForm,
  taken: ReadonlyMap<string, unknown>,
): {
  readonly params: Params<'volumes.create'> | undefined;
  readonly errors: ReadonlyMap<VolumeField, string>;
} {
  const errors = new Map<VolumeField, string>();
  const name = form.name.trim();
  if (name !== '' && !isVolumeName(name)) errors.set('name', words.nameWrong);
  else if (taken.has(name)) errors.set('name', words.nameTaken(name));
  const labels = parseLabels(form.labels);
  if (labels === undefined) errors.set('labels', words.labelsWrong);
  for (const field of neededFields(form)) if (form[field].trim() === '') errors.set(field, words.needed);
  for (const field of ['folder', 'share'] as const) {
    const isUsed = field === (form.kind === 'nfs' ? 'share' : form.kind);
    if (isUsed && !errors.has(field) && !form[field].trim().startsWith('/'))
      errors.set(field, words.absolute);
  }
  if (errors.size > 0 || labels === undefined) return { params: undefined, errors };
  const driver = form.kind === 'other' ? form.driver.trim() : 'local';
  return { params: { name, driver, options: driverOptions(form), labels }, errors };
}

function neededFields(form: VolumeForm): VolumeField[] {
  if (form.kind === 'folder') return ['folder'];
  if (form.kind === 'nfs') return ['server', 'share'];
  if (form.kind !== 'other') return [];
  const isLocal = form.driver.trim() === 'local' && `${form.type}${form.device}${form.options}`.trim() !== '';
  return isLocal ? ['driver', 'type', 'device'] : ['driver'];
}

/** The options of the driver `local`, as `docker volume create --opt` takes them. */
function driverOptions(form: VolumeForm): Record<string, string> {
  const options = form.options.trim();
  const more = options === '' ? '' : `,${options}`;
  switch (form.kind) {
    case 'plain':
      return {};
    case 'memory': {
      const limit = form.limit.trim();
      const o = limit === '' ? {} : { o: `size=${limit}` };
      return { type: 'tmpfs', device: 'tmpfs', ...o };
    }
    case 'folder':
      return { type: 'none', device: form.folder.trim(), o: 'bind' };
    case 'nfs':
      return { type: 'nfs', device: `:${form.share.trim()}`, o: `addr=${form.server.trim()}${more}` };
    case 'other': {
      const given = { type: form.type.trim(), device: form.device.trim(), o: options };
      return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
    }
  }
}

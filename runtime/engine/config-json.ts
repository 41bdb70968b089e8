// A config as Go writes it, to clients and into images: what is empty is left out (`omitempty`), or null.
import type { ContainerConfig } from './types.ts';

export type Json = Readonly<Record<string, unknown>>;

const configOmitsEmpty = [
  'ExposedPorts',
  'Healthcheck',
  'ArgsEscaped',
  'NetworkDisabled',
  'MacAddress',
  'StopSignal',
  'Shell',
];

/** A container's config. */
export function configJson(config: ContainerConfig): Json {
  // That it was said is told, whatever was said.
  const told = { ...config, StopTimeout: config.StopTimeout ?? undefined };
  const shown = withoutEmpty(nullWhenEmpty(told, ['Volumes']), configOmitsEmpty);
  return inside(shown, 'Healthcheck', (check) => withoutEmpty(check, Object.keys(check)));
}

/** An image's config says null where nothing was said. */
export const imageConfigJson = (config: ContainerConfig): Json =>
  nullWhenEmpty(configJson(config), ['Env', 'Labels']);

/** The object without these fields. */
export function without(value: Json, names: readonly string[]): Json {
  if (!names.some((name) => Object.hasOwn(value, name))) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

/** The object without those of these fields that are empty. */
export function withoutEmpty(value: Json, names: readonly string[]): Json {
  return without(
    value,
    names.filter((name) => isEmpty(value[name])),
  );
}

/** The object with null for those of these fields that are empty. */
export function nullWhenEmpty(value: Json, names: readonly string[]): Json {
  const shown: Record<string, unknown> = { ...value };
  for (const name of names) if (isEmpty(value[name])) shown[name] = null;
  return shown;
}

/** The object with one of its objects changed. */
export function inside(value: Json, name: string, change: (inner: Json) => Json): Json {
  const inner = value[name];
  return isJson(inner) ? { ...value, [name]: change(inner) } : value;
}

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '' || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isJson(value) && Object.keys(value).length === 0;
}

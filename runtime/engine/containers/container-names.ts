// Names of containers: the rule, random ones when none is given, and the index that finds a container by id, by an
// unambiguous beginning of its id, or by name.
import { randomInt } from 'node:crypto';
import { EngineError } from '../errors.ts';

const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

const adjectives = (
  'able agile amber ample apt arctic balmy bold brave breezy bright brisk calm candid cheery clear clever cosy crisp ' +
  'deft eager early earnest fair fleet fond frank fresh gentle glad golden grand happy hardy hazel humble jolly keen ' +
  'kind lively loyal lucid lucky mellow merry mild misty modest neat nimble noble patient placid plucky polite proud ' +
  'quick quiet ready robust rosy sage sandy serene silver sleek smart snug solid spry steady still sunny swift tidy ' +
  'tranquil trusty upbeat vivid warm wise witty young zesty'
).split(' ');
const surnames = (
  'abel ampere anning archimedes babbage banneker barton bell bernoulli blackwell bohr boole bose brahe brunel cantor ' +
  'carson cassini cauchy cavendish celsius copernicus coulomb curie darwin davy descartes dirac drake edison einstein ' +
  'euclid euler faraday fermat fermi fibonacci fourier franklin galileo galois galvani gauss germain goodall halley ' +
  'hamilton heron herschel hertz hilbert hooke hopper hubble humboldt huygens hypatia jacquard joule kepler kovalevskaya ' +
  'lagrange laplace lavoisier leibniz linnaeus lovelace magellan maxwell meitner mendel mercator mitchell morse nansen ' +
  'newton nightingale nobel noether ohm pascal pasteur planck ptolemy ramanujan rutherford somerville stevin tesla turing ' +
  'vesalius volta watt wegener wren zeppelin'
).split(' ');

/** Checks a name a user gave, with or without its slash; answers it without. Throws invalid in Docker's words. */
export function checkName(name: string): string {
  const bare = name.startsWith('/') ? name.slice(1) : name;
  if (!namePattern.test(bare)) {
    throw new EngineError(
      'invalid',
      `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    );
  }
  return bare;
}

/** Containers by id, beginning of an id, and name. */
export class ContainerIndex<T extends { readonly id: string }> {
  readonly #byId = new Map<string, T>();
  readonly #idByName = new Map<string, string>();

  /** Takes a name for a container; throws conflict in Docker's words when another has it. */
  reserve(name: string, id: string): void {
    const owner = this.#idByName.get(name);
    if (owner !== undefined && owner !== id) {
      throw new EngineError(
        'conflict',
        `Conflict. The container name "/${name}" is already in use by container "${owner}". ` +
          'You have to remove (or rename) that container to be able to reuse that name.',
      );
    }
    this.#idByName.set(name, id);
  }

  /** Takes a random name that is free. */
  reserveRandom(id: string): string {
    for (let attempt = 0; ; attempt += 1) {
      const adjective = adjectives[randomInt(adjectives.length)] ?? 'calm';
      const surname = surnames[randomInt(surnames.length)] ?? 'euler';
      const suffix = attempt < 5 ? '' : String(randomInt(10 ** Math.min(attempt - 4, 9)));
      const name = `${adjective}_${surname}${suffix}`;
      if (this.#idByName.has(name)) continue;
      this.#idByName.set(name, id);
      return name;
    }
  }

  /** Gives a name back, if it is this container's. */
  release(name: string, id: string): void {
    if (this.#idByName.get(name) === id) this.#idByName.delete(name);
  }

  add(container: T): void {
    this.#byId.set(container.id, container);
  }

  delete(id: string): void {
    this.#byId.delete(id);
  }

  get(id: string): T | undefined {
    return this.#byId.get(id);
  }

  values(): IterableIterator<T> {
    return this.#byId.values();
  }

  /**
   * Full id, then name, then an unambiguous beginning of an id, in Docker's order. Throws notFound, its message
   * after `cannot`, or invalid.
   */
  find(nameOrId: string, cannot = ''): T {
    if (nameOrId === '') throw new EngineError('invalid', `${cannot}invalid name or ID supplied: ""`);
    const found = this.look(nameOrId);
    if (found === undefined) throw new EngineError('notFound', `${cannot}No such container: ${nameOrId}`);
    return found;
  }

  /** The same, undefined when there is none. Throws invalid. */
  look(nameOrId: string): T | undefined {
    const exact = this.#byId.get(nameOrId);
    if (exact !== undefined) return exact;
    const named = this.#idByName.get(nameOrId.startsWith('/') ? nameOrId.slice(1) : nameOrId);
    const owner = named === undefined ? undefined : this.#byId.get(named);
    if (owner !== undefined) return owner;
    if (!/^[0-9a-f]{1,64}$/.test(nameOrId)) return undefined;
    let found: T | undefined;
    for (const [id, container] of this.#byId) {
      if (!id.startsWith(nameOrId)) continue;
      if (found !== undefined) {
        throw new EngineError('invalid', `Multiple IDs found with provided prefix: ${nameOrId}`);
      }
      found = container;
    }
    return found;
  }
}

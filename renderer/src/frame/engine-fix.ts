// What one can do about an engine in trouble: a button where it is ours to start, a command for the terminal elsewhere. Pure.
import type { EngineModel } from '../../../runtime/contract/model.ts';
import { en } from '../strings/en.ts';

export interface EngineFix {
  /** Berth may end it and start it. */
  readonly restart: boolean;
  /** For the terminal of the engine's machine. */
  readonly command: string | undefined;
  /** What to do, as a sentence. */
  readonly help: string;
}

/** The way out of a state of the engine; undefined where there is nothing to do but wait, or nothing wrong. */
export function engineFix(engine: EngineModel): EngineFix | undefined {
  const { state } = engine;
  if (state === 'running' || state === 'connecting') return undefined;
  const words = en.engine.help;
  const theirs = engine.product !== '' && engine.product !== en.product;
  if (state === 'denied') {
    const group = theirs ? 'docker' : 'berth';
    return { restart: false, command: en.engine.groupCommand(group), help: words.denied(group) };
  }
  if (engine.keeper) return { restart: true, command: undefined, help: words[state].keeper };
  if (theirs) {
    const verb = state === 'hung' ? 'restart' : 'start';
    return { restart: false, command: en.engine.serviceCommand(verb), help: words[state].others };
  }
  return {
    restart: false,
    command: state === 'down' ? en.engine.command : undefined,
    help: words[state].ours,
  };
}

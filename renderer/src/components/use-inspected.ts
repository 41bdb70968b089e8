// What the engine tells of an object beyond the model: asked for when it is shown, and again when the model tells of a
// change, or on demand. The answer before stays until the new one is here, so that nothing flickers.
import { useCallback, useEffect, useRef, useState } from 'react';
import { asFailure, sentenceOf } from '../transport/contract-failure.ts';
import { useConnection } from '../transport/connection.ts';

/** Changes come in bursts: the stop of a container is three. */
const settleMs = 150;

export interface Inspected {
  /** undefined until it is known. */
  readonly json: string | undefined;
  /** Why it could not be read the last time; undefined when it could. */
  readonly problem: string | undefined;
  readonly refresh: () => void;
}

/** `object` is the model's: another object each time that the model tells of a change. */
export function useInspected(
  method: 'containers.inspect' | 'networks.inspect',
  object: { readonly id: string },
): Inspected {
  const client = useConnection((state) => state.client);
  const [asked, setAsked] = useState(0);
  const [answer, setAnswer] = useState<{ json?: string; problem?: string }>({});
  const askedBefore = useRef(false);
  const { id } = object;
  useEffect(() => {
    if (client === undefined) return;
    let wanted = true;
    const ask = (): void =>
      void client.call(method, { id }).then(
        ({ json }) => wanted && setAnswer({ json }),
        (error: unknown) =>
          wanted && setAnswer((before) => ({ ...before, problem: sentenceOf(asFailure(error)) })),
      );
    const timer = setTimeout(ask, askedBefore.current ? settleMs : 0);
    askedBefore.current = true;
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
    // Every change of it, whatever it is, makes another object.
  }, [client, method, id, object, asked]);
  const refresh = useCallback(() => setAsked((count) => count + 1), []);
  return { json: answer.json, problem: answer.problem, refresh };
}

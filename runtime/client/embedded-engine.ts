// What a Berth engine offers beyond Docker's API, and whether it is one at all.
import { featuresAnswer } from './engine-answers.ts';
import type { EngineClient } from './engine-client.ts';
import { failureFromError } from './engine-failure.ts';

/** The extensions an engine announces; undefined when it is someone else's. */
export async function probeFeatures(
  client: EngineClient,
  signal?: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  try {
    const request = { method: 'GET', path: '/berth/features' } as const;
    const answer = await client.json(signal === undefined ? request : { ...request, signal }, featuresAnswer);
    return new Set(answer.Features);
  } catch (error) {
    // Any other engine does not know the path: that is the answer. A broken connection is not.
    const failure = failureFromError(error);
    if (failure.status !== undefined) return undefined;
    throw failure;
  }
}

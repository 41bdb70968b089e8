// The thread on which a person's regular expression runs: one that never ends hangs this thread, not the window.
import { isFound } from './log-query.ts';

/** What the thread is asked: which of these texts hold the expression? */
export interface PatternQuestion {
  readonly expression: RegExp;
  readonly texts: readonly string[];
}

/** 1 for each text that does; `slowestMs` is the most that one of them took. */
export interface PatternAnswer {
  readonly found: Uint8Array;
  readonly slowestMs: number;
}

addEventListener('message', (event: MessageEvent<PatternQuestion>) => {
  const { expression, texts } = event.data;
  const found = new Uint8Array(texts.length);
  let slowestMs = 0;
  for (const [index, text] of texts.entries()) {
    const startedMs = performance.now();
    if (isFound(expression, text)) found[index] = 1;
    slowestMs = Math.max(slowestMs, performance.now() - startedMs);
  }
  const answer: PatternAnswer = { found, slowestMs };
  postMessage(answer, {});
});

// The `terminal` stream: a view of a session. Closing it leaves the session running.
import type { StreamControl, StreamParams } from '../contract/streams.ts';
import type { BackendStream } from './backend-stream.ts';
import { toContractError } from './contract-failure.ts';
import type { StreamOutput } from './output-queue.ts';
import type { TerminalList } from './terminal-list.ts';
import type { TerminalSession } from './terminal-session.ts';

/** Opens a view. One of a session that is no more closes at once with `notFound`. */
export function openTerminal(
  terminals: TerminalList,
  { session: id, rows, columns }: StreamParams<'terminal'>,
  output: StreamOutput<never>,
): BackendStream<StreamControl<'terminal'>> {
  let session: TerminalSession | undefined;
  try {
    session = terminals.find(id);
    session.resize({ rows, columns });
    session.attach(output);
  } catch (error) {
    output.close(toContractError(error));
  }
  return {
    input: (data) => session?.input(data),
    // Another view may still have something to say to it.
    end: () => undefined,
    control: ({ resize }) => session?.resize(resize),
    dispose: () => session?.detach(output),
  };
}

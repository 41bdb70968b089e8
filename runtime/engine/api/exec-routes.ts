// `/exec` and `/containers/{name}/exec`: commands in running containers.
import type { Duplex } from 'node:stream';
import { messageOf } from '../errors.ts';
import type { ExecService } from '../services.ts';
import { execCreateBody, execStartBody } from '../types.ts';
import { farewell, streamType } from './hijack.ts';
import { sendEmpty, sendJson } from './reply.ts';
import { gateExec } from './request-gates.ts';
import type { Call, Route } from './route.ts';

/** The routes of execs. */
export function execRoutes(execs: ExecService): Route[] {
  return [
    {
      method: 'POST',
      pattern: '/containers/{name}/exec',
      handle: async (call) => {
        const body = await call.requiredJson(execCreateBody, 'exec configuration cannot be empty');
        sendJson(call.response, 201, await execs.create(call.name, gateExec(body, call.minor)));
      },
    },
    { method: 'POST', pattern: '/exec/{name}/start', handle: (call) => start(execs, call) },
    {
      method: 'POST',
      pattern: '/exec/{name}/resize',
      handle: async ({ name, query, request, response }) => {
        request.resume();
        await execs.resize(name, query.terminalSide('h'), query.terminalSide('w'));
        sendEmpty(response, 200);
      },
    },
    {
      method: 'GET',
      pattern: '/exec/{name}/json',
      handle: async ({ name, response }) => sendJson(response, 200, await execs.inspect(name)),
    },
  ];
}

async function start(execs: ExecService, call: Call): Promise<void> {
  const { Detach, Tty, ConsoleSize } = await call.json(execStartBody);
  const exec = await execs.prepareStart(call.name, {
    Detach,
    Tty,
    ...(ConsoleSize === null || call.minor < 42 ? {} : { ConsoleSize }),
  });
  if (Detach) {
    await exec.start(undefined);
    sendEmpty(call.response, 200);
    return;
  }
  // Whether the output has frames is what the start says, whatever the exec has for a terminal.
  const connection = call.hijack(streamType(Tty, call.minor));
  try {
    await exec.start(connection);
  } catch (error) {
    // 101 is said; Docker puts the reason where the output would be, and the exit code into inspect.
    sayOnStream(connection, Tty, `${messageOf(error)}\r\n`);
  }
  farewell(connection);
}

/** Writes a sentence as output: a frame on stdout, or raw on a TTY. */
function sayOnStream(connection: Duplex, tty: boolean, sentence: string): void {
  if (connection.destroyed || connection.writableEnded) return;
  const payload = Buffer.from(sentence);
  if (!tty) {
    const frame = Buffer.alloc(8);
    frame.writeUInt8(1, 0);
    frame.writeUInt32BE(payload.length, 4);
    connection.write(frame);
  }
  connection.write(payload);
}

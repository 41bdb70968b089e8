// JSON bodies, read within bounds and refused in Docker's words. Bodies of upgraded requests are read off the
// socket, since Node's parser leaves them there.
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Socket } from 'node:net';
import { z } from 'zod';
import { EngineError, messageOf } from '../errors.ts';
import { readWithin } from '../read-within.ts';

/** No body of the API that is JSON needs more. */
const limitBytes = 8 * 1024 * 1024;
/** Docker's deepest body has about ten levels. */
const limitDepth = 64;

/** Where a body comes from. */
export type BodyReader = () => Promise<Buffer>;

const tooLarge = () =>
  new EngineError('invalid', `request body too large: at most ${String(limitBytes)} bytes are taken`);

/** Reads the body of an ordinary request. */
export async function readRequestBody(request: IncomingMessage): Promise<Buffer> {
  return await readWithin(request, limitBytes, tooLarge);
}

/** Reads the body of a request whose connection was upgraded: exactly Content-Length bytes, the rest is left. */
export async function readUpgradedBody(request: IncomingMessage, socket: Socket): Promise<Buffer> {
  if (request.headers['transfer-encoding'] !== undefined) return Buffer.alloc(0);
  const length = Number(request.headers['content-length'] ?? '0');
  if (!Number.isSafeInteger(length) || length < 0) throw new EngineError('invalid', 'bad Content-Length');
  if (length === 0) return Buffer.alloc(0);
  if (length > limitBytes) throw tooLarge();
  const body = await readExactly(socket, length);
  if (body.length < length) throw new EngineError('invalid', 'invalid JSON: unexpected EOF');
  return body;
}

/** Reads over the empty body that a request may announce as one in chunks though its connection is to be taken over. */
export async function skipEmptyChunks(request: IncomingMessage, stream: Readable): Promise<void> {
  if (request.headers['transfer-encoding'] === undefined) return;
  const lastChunk = '0\r\n\r\n';
  if ((await readExactly(stream, lastChunk.length)).toString() !== lastChunk) {
    throw new EngineError('invalid', 'the request has a body where none belongs');
  }
}

/** `count` bytes of a stream, fewer when it ends before. What comes after them stays in the stream. */
async function readExactly(stream: Readable, count: number): Promise<Buffer> {
  return await new Promise<Buffer>((resolve, reject) => {
    const done = (settle: () => void): void => {
      stream.off('readable', onReadable);
      stream.off('end', onEnd);
      stream.off('close', onClose);
      settle();
    };
    const onReadable = (): void => {
      const chunk: unknown = stream.read(count);
      if (Buffer.isBuffer(chunk)) done(() => resolve(chunk));
    };
    const onEnd = (): void => done(() => resolve(Buffer.alloc(0)));
    const onClose = (): void =>
      done(() => reject(new EngineError('invalid', 'the client left before its request was complete')));
    stream.on('readable', onReadable);
    stream.on('end', onEnd);
    stream.on('close', onClose);
    onReadable();
  });
}

/** Throws `invalid` unless the type is JSON's; without a body no type is needed. */
export function checkJsonType(type: string | undefined, hasBody: boolean): void {
  if ((type === undefined || type === '') && !hasBody) return;
  const media = (type ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (media === 'application/json') return;
  if (media === '') {
    throw new EngineError('invalid', 'malformed Content-Type header (): mime: no media type');
  }
  throw new EngineError(
    'invalid',
    `unsupported Content-Type header (${type ?? ''}): must be 'application/json'`,
  );
}

/** Whether brackets are nested deeper than any real body's; looked at before parsing, strings skipped. */
function tooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{}\]]/gs)) {
    if (token === '[' || token === '{') depth++;
    else if (token === ']' || token === '}') depth--;
    if (depth > limitDepth) return true;
  }
  return false;
}

/** The object or the list that a schema takes, where it also takes nothing or makes something else of it. */
function takenBy(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema;
  for (;;) {
    if (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable) inner = inner.unwrap();
    else if (inner instanceof z.ZodPipe) {
      // One that begins with anything, to look at it first, says further on what it takes.
      const first = takenBy(inner.in);
      if (first instanceof z.ZodObject || first instanceof z.ZodArray) return first;
      inner = inner.out;
    } else return inner;
  }
}

interface Field {
  readonly name: string;
  readonly schema: z.core.$ZodType;
}

const fieldsOfSchemas = new WeakMap<z.ZodObject, ReadonlyMap<string, Field>>();

/** A schema's fields by their names in lower case. */
function fieldsOf(object: z.ZodObject): ReadonlyMap<string, Field> {
  let fields = fieldsOfSchemas.get(object);
  if (fields === undefined) {
    fields = new Map(
      Object.entries(object.shape).map(([name, schema]) => [name.toLowerCase(), { name, schema }]),
    );
    fieldsOfSchemas.set(object, fields);
  }
  return fields;
}

/**
 * Go reads the names of fields in any case, at every level, and clients that were only ever tried with it count on that:
 * docker-py sends CPURealtimePeriod. Keys of maps stay as they are.
 */
function withNamesOf(schema: z.core.$ZodType, value: unknown): unknown {
  const taken = takenBy(schema);
  if (taken instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((item) => withNamesOf(taken.element, item));
  }
  if (
    !(taken instanceof z.ZodObject) ||
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value)
  ) {
    return value;
  }
  const fields = fieldsOf(taken);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const field = fields.get(name.toLowerCase());
      if (field === undefined || (field.name !== name && Object.hasOwn(value, field.name)))
        return [name, inner];
      return [field.name, withNamesOf(field.schema, inner)];
    }),
  );
}

/** Parses JSON text by a schema. Throws `invalid` in Docker's words. */
export function parseJson<T>(text: string, schema: z.ZodType<T>): T {
  if (tooDeep(text)) throw new EngineError('invalid', 'invalid JSON: nested too deeply');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // V8's words for it: "Unexpected non-whitespace character after JSON at position 2".
    if (messageOf(error).includes('after JSON')) {
      throw new EngineError('invalid', 'unexpected content after JSON');
    }
    throw new EngineError('invalid', `invalid JSON: ${messageOf(error)}`);
  }
  const result = schema.safeParse(withNamesOf(schema, value ?? {}));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = issue?.path.map(String).join('.') ?? '';
  throw new EngineError(
    'invalid',
    `invalid JSON: ${place === '' ? '' : place + ': '}${issue?.message ?? 'does not have the right form'}`,
  );
}

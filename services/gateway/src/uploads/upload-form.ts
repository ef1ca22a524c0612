import { Readable } from 'node:stream';
import type { Multipart } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { HttpProblem, invalidInput } from '../problems/problem.js';
import { uploadName } from './upload-name.js';

/** The part that holds the file, as the contracts' document says. */
const FILE_PART = 'file';

/** Fields that a form may have, and bytes that the value of one may have. */
const [MOST_FIELDS, LONGEST_FIELD] = [10, 1_024];

/** A form's file while it comes in. */
export interface UploadedFile {
  /** Without folders and invisible characters. */
  readonly name: string;
  /** Fails with an `HttpProblem` when the form is cut off. */
  readonly data: Readable;
  /**
   * To be called when the data was read: makes sure that the form ends with it.
   * @throws {HttpProblem} when more parts follow, or the form is cut off.
   */
  end(): Promise<void>;
}

/** A form up to its file: the fields that stand before it. */
export interface UploadForm {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly file: UploadedFile | undefined;
}

/**
 * Reads a form up to its file, and no further: the rest of the request waits until the file's data is read.
 * @throws {HttpProblem} the form cannot be read, or the file is in a part of another name.
 */
export async function openForm(request: FastifyRequest): Promise<UploadForm> {
  const parts = request.parts({
    // Storage counts the file's bytes; here one more part of each kind than is taken, so that it is refused by name.
    limits: {
      files: 2,
      fields: MOST_FIELDS,
      fieldSize: LONGEST_FIELD,
      headerPairs: 50,
      fileSize: Number.MAX_SAFE_INTEGER,
    },
  });
  const fields: Record<string, unknown> = {};
  for (;;) {
    const part = await nextOf(parts);
    if (!part) return { fields, file: undefined };
    // Its type says that there is always a name.
    if ((part.fieldname as string | undefined) === undefined) throw unnamedPart();
    if (part.type === 'field') {
      if (part.fieldname === FILE_PART)
        throw invalidInput([{ path: FILE_PART, message: 'has to be a file' }]);
      if (part.fieldnameTruncated || part.valueTruncated) throw tooLong(part.fieldname);
      // As in a query: a field that is given twice is a list of its values, which the schema refuses.
      const earlier = Object.hasOwn(fields, part.fieldname) ? [fields[part.fieldname]] : undefined;
      fields[part.fieldname] = earlier ? [...earlier, part.value] : part.value;
      continue;
    }
    if (part.fieldname !== FILE_PART) {
      throw invalidInput([{ path: part.fieldname, message: 'is not a file of this request' }]);
    }
    const end = async () => {
      const more = await nextOf(parts);
      if (!more) return;
      const message =
        more.type === 'file'
          ? 'is more than one file: upload them one by one, or packed into one zip'
          : 'has to stand before the file';
      throw invalidInput([{ path: more.fieldname ?? '', message }]);
    };
    return {
      fields,
      file: {
        name: uploadName(part.filename),
        data: Readable.from(wellFormed(part.file), { objectMode: false }),
        end,
      },
    };
  }
}

async function* wellFormed(data: Readable): AsyncGenerator<Buffer> {
  try {
    yield* data as AsyncIterable<Buffer>;
  } catch {
    throw brokenForm();
  }
}

const tooLong = (path: string): HttpProblem =>
  invalidInput([{ path, message: `must be at most ${LONGEST_FIELD} bytes long` }]);

const unnamedPart = (): HttpProblem => ofTheForm('has a part without a name');

const ofTheForm = (message: string): HttpProblem => invalidInput([{ path: '', message }]);

/** What the parser refuses by a code of its own; it tells no name. */
const refusedByParser: Readonly<Record<string, string>> = {
  FST_PROTO_VIOLATION:
    'has a field of a name that no field may have (`__proto__`, `constructor`, or what else every object has)',
  FST_FIELDS_LIMIT: `has more than ${MOST_FIELDS} fields`,
  FST_FILES_LIMIT: 'has more than one file',
  FST_INVALID_JSON_FIELD_ERROR: 'has a field that says it is JSON and is not: send fields as text',
};

// Malformed, cut off, or its sender went away.
const brokenForm = (): HttpProblem => new HttpProblem('BAD_REQUEST', 'the form cannot be read to its end');

async function nextOf(parts: AsyncIterator<Multipart>): Promise<Multipart | undefined> {
  try {
    const { value, done } = await parts.next();
    return done ? undefined : value;
  } catch (error) {
    const refused = refusedByParser[(error as { code?: string }).code ?? ''];
    throw refused === undefined ? brokenForm() : ofTheForm(refused);
  }
}

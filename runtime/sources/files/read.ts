import type { BigIntStats } from 'node:fs';
import { constants, open } from 'node:fs/promises';
import { RejectedInput, TransientError } from '../../domain/errors.ts';
import { isMissing, isPermanent, systemErrorCode } from './system-error.ts';

export interface FileContent {
  readonly bytes: Uint8Array;
  /** As they were before the first byte was read: a change while reading shows at the next look. */
  readonly stats: BigIntStats;
  /** In ms since the epoch. */
  readonly readAt: number;
}

/** A pipe that took the file's place must not block, nor a link lead elsewhere. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Reads a regular file, and never more of it than `maximumBytes`.
 * @returns undefined when there is no such file (any more)
 * @throws RejectedInput `unreadable`, `too_large`, `empty`
 * @throws TransientError when the disk fails
 */
export async function readContent(path: string, maximumBytes: number): Promise<FileContent | undefined> {
  try {
    await using handle = await open(path, flags);
    const readAt = Date.now();
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) {
      return undefined;
    }
    if (stats.size === 0n) {
      throw new RejectedInput('empty', `${path} is empty.`);
    }
    if (stats.size > maximumBytes) {
      const limit = `${maximumBytes.toLocaleString('en')} bytes`;
      throw new RejectedInput('too_large', `${path} is larger than ${limit}, the most that is read of one file.`);
    }
    // What is appended meanwhile is left out: the next look sees other validators and reads it.
    const buffer = Buffer.allocUnsafeSlow(Number(stats.size));
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
      if (bytesRead === 0) {
        break;
      }
      length += bytesRead;
    }
    return { bytes: buffer.subarray(0, length), stats, readAt };
  } catch (error) {
    const code = systemErrorCode(error);
    if (error instanceof RejectedInput) {
      throw error;
    }
    if (isMissing(code)) {
      return undefined;
    }
    if (isPermanent(code)) {
      throw new RejectedInput('unreadable', `${path} cannot be read (${code}).`, { cause: error });
    }
    throw new TransientError(`${path} could not be read (${code}).`, { cause: error });
  }
}

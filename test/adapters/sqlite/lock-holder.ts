import { writeSync } from 'node:fs';
import { WorkspaceLock } from '../../../runtime/adapters/sqlite/workspace-lock.ts';

/** Tries to lock the workspace, says whether it did, and keeps it until it is killed or its stdin ends. */
const [home = '', command = ''] = process.argv.slice(2);
using lock = WorkspaceLock.acquire(home, command);
lock?.announceQueues('http://127.0.0.1:1');
writeSync(1, lock === undefined ? 'refused\n' : 'acquired\n');
if (lock !== undefined) await process.stdin.resume().toArray();

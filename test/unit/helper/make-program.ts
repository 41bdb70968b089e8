// Builds the native programs that tests run.
import { execFileSync } from 'node:child_process';
import path from 'node:path';

const helper = path.resolve(import.meta.dirname, '../../../runtime/helper');

/** Builds a program and returns its path; `sanitized` has AddressSanitizer and UBSan in it. Fast when nothing changed. */
export function makeProgram(name: 'spawn' | 'monitor' | 'worker', kind: 'plain' | 'sanitized'): string {
  const target = `${kind === 'plain' ? 'build' : 'build-asan'}/berth-${name}`;
  const args = ['-s', '-C', helper, ...(kind === 'plain' ? [] : ['SANITIZE=1']), target];
  // Test files run side by side: the second waits, and finds it made.
  execFileSync('flock', [helper, 'make', ...args], { stdio: 'pipe' });
  return path.join(helper, target);
}

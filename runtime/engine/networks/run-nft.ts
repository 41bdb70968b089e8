// Runs `nft -f -` on a text. A cold path: at the engine's start and end only.
import { spawn } from 'node:child_process';
import { EngineError } from '../errors.ts';

const maxErrorBytes = 4096;

/** Applies a ruleset, all or nothing; `started` is told the process's id. Throws internal with what nft said. */
export function runNft(ruleset: string, started: (pid: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('nft', ['-f', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
    if (child.pid !== undefined) started(child.pid);
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      if (said.length < maxErrorBytes) said += chunk.toString();
    });
    child.on('error', (cause) => {
      reject(new EngineError('internal', `cannot run nft (package nftables): ${cause.message}`, { cause }));
    });
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new EngineError('internal', `nft refused the engine's rules: ${said.trim()}`));
    });
    child.stdin.on('error', () => undefined); // nft ended early: its status says why
    child.stdin.end(ruleset);
  });
}

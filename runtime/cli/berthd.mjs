#!/usr/bin/env node
// Starts the built engine. Plain JavaScript, so that it can say what to do when nothing is built yet.
import { existsSync } from 'node:fs';

const program = new URL('../../dist/berthd.js', import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  console.error('berthd is not built yet: run `npm start`, or `node runtime/cli/build.mjs`');
  process.exitCode = 1;
}

// Runs the suites one after the other and ends with the line `N passed, N failed`.
//
//   node test/run.mjs            everything that must pass on every change
//   node test/run.mjs long       soak, faults and differential suites
//   node test/run.mjs unit ui    only these
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const results = mkdtempSync(path.join(tmpdir(), 'berth-results-'));

/** Every suite: how it is run, and how its result is read. */
const suites = {
  types: () => check('npx', ['tsc', '--noEmit']),
  lint: () => check('npx', ['eslint', '.', '--max-warnings', '0']),
  format: () => check('npx', ['prettier', '--check', '--log-level', 'warn', '.']),
  fixtures: () => check('npx', ['tsx', 'test/fixtures/prepare.ts']),
  unit: () => vitest('unit'),
  engine: () => vitest('engine'),
  electron: () => vitest('electron'),
  ui: () => playwright(),
  long: () => vitest('long'),
};
const always = ['types', 'lint', 'format', 'fixtures', 'unit', 'engine', 'electron', 'ui'];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(suites, name));
if (unknown.length > 0) {
  console.error(`no such suite: ${unknown.join(', ')}; there are ${Object.keys(suites).join(', ')}`);
  process.exit(2);
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const name of asked.length > 0 ? asked : always) {
  const started = Date.now();
  console.log(`\n== ${name}`);
  const result = suites[name]();
  for (const key of Object.keys(total)) total[key] += result[key];
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(
    `== ${name}: ${result.passed} ok, ${result.failed} wrong, ${result.skipped} left out, ${seconds} s`,
  );
}
rmSync(results, { recursive: true, force: true });
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

/** A command that is one check: it passes or fails as a whole. */
function check(program, args) {
  const passed = run(program, args) === 0;
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

function vitest(folder) {
  const report = path.join(results, `${folder}.json`);
  const status = run('npx', [
    'vitest',
    'run',
    '--config',
    'test/vitest.config.ts',
    `test/${folder}/`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  const summary = readJson(report);
  if (summary === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const failed = summary.numFailedTests;
  // A file that could not be loaded, or an error outside any test, is a failure too.
  const broken = status !== 0 && failed === 0 ? 1 : 0;
  return {
    passed: summary.numPassedTests,
    failed: failed + broken,
    skipped: summary.numPendingTests + summary.numTodoTests,
  };
}

function playwright() {
  const specs = readdirSync(path.join(root, 'test/ui')).filter((name) => name.endsWith('.spec.ts'));
  if (specs.length === 0) return { passed: 0, failed: 1, skipped: 0 };
  const report = path.join(results, 'ui.json');
  const status = run(
    'npx',
    ['playwright', 'test', '-c', 'test/ui/playwright.config.ts', '--reporter=list,json'],
    {
      PLAYWRIGHT_JSON_OUTPUT_NAME: report,
    },
  );
  const stats = readJson(report)?.stats;
  if (stats === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const broken = status !== 0 && stats.unexpected === 0 ? 1 : 0;
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected + broken, skipped: stats.skipped };
}

function run(program, args, environment = {}) {
  return spawnSync(program, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...environment },
  }).status;
}

function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

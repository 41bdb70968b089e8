// Runs the suites one after the other and ends with the line `N passed, N failed`.
//
//   node test/run.mjs            everything that must pass on every change
//   node test/run.mjs long       soak and faults
//   node test/run.mjs conformance    scenarios on our engine and on a real dockerd
//   node test/run.mjs unit ui    only these
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const results = mkdtempSync(path.join(tmpdir(), 'berth-results-'));

/** Every suite: how it is run, and how its result is read. */
const suites = {
  checks: () =>
    checks([
      ['tsc', '--noEmit'],
      ['eslint', '.', '--max-warnings', '0'],
      ['prettier', '--check', '--log-level', 'warn', '.'],
    ]),
  fixtures: () => checks([['tsx', 'test/fixtures/prepare.ts']]),
  unit: () => vitest('unit'),
  engine: () => vitest('engine'),
  electron: () => vitest('electron'),
  // The three above in one run: most of their time they wait, and nobody waits for the last file of each.
  together: () => vitest('unit', 'engine', 'electron'),
  ui: () => playwright(),
  long: () => vitest('long'),
  conformance: () => vitest('conformance'),
};
const always = ['checks', 'fixtures', 'together', 'ui'];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(suites, name));
if (unknown.length > 0) {
  console.error(`no such suite: ${unknown.join(', ')}; there are ${Object.keys(suites).join(', ')}`);
  process.exit(2);
}

const total = { passed: 0, failed: 0, skipped: 0 };
/** What failed, said once more at the end, where a cut log still shows it. */
const failures = [];
for (const name of asked.length > 0 ? asked : always) {
  const started = Date.now();
  console.log(`\n== ${name}`);
  const result = await suites[name]();
  for (const key of Object.keys(total)) total[key] += result[key];
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(
    `== ${name}: ${result.passed} ok, ${result.failed} wrong, ${result.skipped} left out, ${seconds} s`,
  );
}
rmSync(results, { recursive: true, force: true });
for (const failure of failures) console.log(`\nFAILED ${failure}`);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

/** Commands of which each is one check, side by side: it passes or fails as a whole. */
async function checks(commands) {
  const passed = await Promise.all(
    commands.map(async (command) => {
      const child = spawn('npx', command, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
      const [status] = await once(child, 'exit');
      if (status !== 0) failures.push(command.join(' '));
      return status === 0;
    }),
  );
  const failed = passed.filter((fine) => !fine).length;
  return { passed: passed.length - failed, failed, skipped: 0 };
}

function vitest(...folders) {
  const name = folders.join('-');
  const report = path.join(results, `${name}.json`);
  const status = run('npx', [
    'vitest',
    'run',
    '--config',
    'test/vitest.config.ts',
    ...folders.map((folder) => `test/${folder}/`),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  const summary = readJson(report);
  if (summary === undefined) return noReport(name);
  for (const file of summary.testResults) noteFailures(file);
  const failed = summary.numFailedTests;
  // A file that could not be loaded, or an error outside any test, is a failure too.
  const broken = status !== 0 && failed === 0 ? 1 : 0;
  if (broken) failures.push(`${name}: an error outside any test, printed above`);
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
  const summary = readJson(report);
  if (summary === undefined) return noReport('ui');
  for (const suite of summary.suites) noteSpecs(suite);
  const { stats } = summary;
  const broken = status !== 0 && stats.unexpected === 0 ? 1 : 0;
  if (broken) failures.push('ui: an error outside any test, printed above');
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected + broken, skipped: stats.skipped };
}

/** A suite that came to no end: one failure. */
function noReport(name) {
  failures.push(`${name}: ended without a report`);
  return { passed: 0, failed: 1, skipped: 0 };
}

/** Notes the failed tests of one file of Vitest's report, or why the file could not be run. */
function noteFailures(file) {
  const name = path.relative(root, file.name);
  for (const test of file.assertionResults) {
    if (test.status === 'failed') noteFailure(`${name} > ${test.fullName}`, test.failureMessages[0]);
  }
  if (file.status === 'failed' && file.message) noteFailure(name, file.message);
}

/** Notes the failed tests of one suite of Playwright's report, and of the suites in it. */
function noteSpecs(suite) {
  for (const spec of suite.specs ?? []) {
    if (spec.ok) continue;
    const errors = spec.tests.flatMap((test) => test.results.flatMap((result) => result.errors));
    noteFailure(`test/ui/${spec.file}:${spec.line} > ${spec.title}`, errors[0]?.message);
  }
  for (const inner of suite.suites ?? []) noteSpecs(inner);
}

function noteFailure(name, message = '') {
  const begin = stripVTControlCharacters(message).split('\n').slice(0, 12).join('\n  ');
  failures.push(`${name}\n  ${begin}`);
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

// Lint rules. Beside the usual ones it holds the arrows of the house: who may import whom.
import js from '@eslint/js';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import path from 'node:path';
import tseslint from 'typescript-eslint';

/** What each room may import besides itself. The key is the room's folder. */
const mayImport = {
  'runtime/syntax': [],
  'runtime/contract': ['runtime/syntax'],
  'runtime/engine': ['runtime/syntax'],
  'runtime/client': ['runtime/syntax'],
  'runtime/backend': ['runtime/contract', 'runtime/client', 'runtime/syntax'],
  'runtime/cli': [
    'runtime/backend',
    'runtime/client',
    'runtime/engine',
    'runtime/contract',
    'runtime/syntax',
  ],
  electron: ['runtime/backend', 'runtime/client', 'runtime/contract', 'runtime/syntax'],
  renderer: ['runtime/contract', 'runtime/syntax'],
};

/** Node's own modules do not exist in a browser, nor may pure code need them. */
const browserRooms = new Set(['renderer', 'runtime/contract', 'runtime/syntax']);

const rooms = Object.keys(mayImport);
const roomOf = (file) => rooms.find((room) => file === room || file.startsWith(room + '/'));

/** @type {import('eslint').Rule.RuleModule} */
const layers = {
  meta: { type: 'problem', schema: [], messages: { arrow: '{{from}} may not import {{to}}: {{why}}' } },
  create(context) {
    const file = path.relative(context.cwd, context.filename).replaceAll(path.sep, '/');
    const from = roomOf(file);
    if (from === undefined) return {};
    const check = (node, source) => {
      if (typeof source !== 'string') return;
      const report = (to, why) => context.report({ node, messageId: 'arrow', data: { from, to, why } });
      if (source === 'electron' && from !== 'electron') report('electron', 'only electron/ does');
      if (source.startsWith('node:') && browserRooms.has(from))
        report(source, 'this room runs in a browser too');
      if (!source.startsWith('.')) return;
      const target = path.posix.join(path.posix.dirname(file), source);
      const to = roomOf(target);
      if (to === undefined) report(target, 'it is no room of the house');
      else if (to !== from && !mayImport[from].includes(to)) report(to, 'imports run downwards only');
    };
    return {
      ImportDeclaration: (node) => check(node, node.source.value),
      ExportNamedDeclaration: (node) => node.source && check(node, node.source.value),
      ExportAllDeclaration: (node) => check(node, node.source.value),
      ImportExpression: (node) => check(node, node.source.value),
    };
  },
};

export default tseslint.config(
  { ignores: ['**/dist/', 'node_modules/', 'runtime/helper/build/', 'test-results/', 'playwright-report/'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    plugins: { house: { rules: { layers } } },
    rules: {
      'house/layers': 'error',
      'no-console': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-invalid-void-type': 'off',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' },
      ],
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly' },
    },
    rules: { 'no-restricted-syntax': 'off', 'no-console': 'off' },
  },
  {
    files: ['**/*.config.ts', 'test/**/*.ts'],
    rules: { 'no-restricted-syntax': 'off', 'no-console': 'off' },
  },
  {
    files: ['renderer/**/*.tsx'],
    ...jsxA11y.flatConfigs.strict,
    plugins: { ...jsxA11y.flatConfigs.strict.plugins, 'react-hooks': reactHooks },
    rules: { ...jsxA11y.flatConfigs.strict.rules, ...reactHooks.configs.recommended.rules },
  },
);

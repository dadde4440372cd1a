import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Time comes from src/kernel/clock.ts, so that a test can own it. */
const CLOCK_GLOBALS = ['setTimeout', 'setInterval', 'performance'].map((name) => ({
  name,
  message: 'Take a Clock (src/kernel/clock.ts) instead.',
}));

export default tseslint.config(
  { ignores: ['node_modules/', 'coverage/', 'out/'] },
  {
    files: ['**/*.ts'],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/unified-signatures': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreUsingDeclarations: true }],
      'no-restricted-globals': ['error', ...CLOCK_GLOBALS],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Take a Clock (src/kernel/clock.ts) instead.' },
      ],
      'max-lines': ['error', 400],
    },
  },
  {
    files: ['src/kernel/clock.ts', 'tests/**/*.ts'],
    rules: { 'no-restricted-globals': 'off', 'no-restricted-properties': 'off' },
  },
  {
    files: ['tests/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', '@typescript-eslint/require-await': 'off' },
  },
  {
    files: ['**/*.{js,mjs}'],
    extends: [js.configs.recommended],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
);

const entries = ['linen', 'nnx', 'jax', 'optax', 'training', 'checkpoint'];

/** ESM mode: run through `node --experimental-vm-modules` (scripts/test.mjs does). */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest'] },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    ...Object.fromEntries(entries.map((name) => [`^linen2nnx/${name}$`, `<rootDir>/runtime/${name}/index.ts`])),
    '^linen2nnx/testing$': '<rootDir>/src/verify/testing.ts',
    '^linen2nnx/eslint$': '<rootDir>/rules/index.ts',
    '^linen2nnx$': '<rootDir>/src/index.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/fixtures/projects'],
  testTimeout: 60_000,
};

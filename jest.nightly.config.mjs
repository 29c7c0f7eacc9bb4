import config from './jest.config.mjs';

/** Longer runs of what `npm test` does in short. */
export default { ...config, testMatch: ['<rootDir>/test/**/*.nightly.ts'], testTimeout: 3_600_000 };

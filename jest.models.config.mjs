import config from './jest.config.mjs';

/** Larger models, and models of a folder that ZKINFER_MODELS names. */
export default { ...config, testMatch: ['<rootDir>/test/**/*.models.ts'], testTimeout: 3_600_000, maxWorkers: 1 };

import base from './jest.config.mjs';

/** Tests of large models, minutes each: `npm run test:models`. @type {import('jest').Config} */
export default { ...base, testMatch: ['<rootDir>/test/models/**/*.models.ts'], testTimeout: 3_600_000, maxWorkers: 1 };

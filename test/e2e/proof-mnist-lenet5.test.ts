import { describeProofStory } from '../support/proof-story.js';

describeProofStory('mnist-lenet5', 'qdq-s8s8-pc', { input: 'public', output: 'public' });

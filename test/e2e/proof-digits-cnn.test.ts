import { describeProofStory } from '../support/proof-story.js';

describeProofStory('digits-cnn', 'qdq-s8s8-pc', { input: 'public', output: 'public' });

import { describeProofStory } from '../support/proof-story.js';

describeProofStory('iris-mlp', 'qdq-u8u8', { input: 'committed', output: 'public' });
describeProofStory('iris-mlp', 'qdq-s8s8-pc', { input: 'public', output: 'committed' });
describeProofStory('cancer-mlp', 'qop-u8s8-pc', { input: 'committed', output: 'committed' });

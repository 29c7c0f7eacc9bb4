import { describeRandomGraphs } from './describe.js';

describeRandomGraphs(1, 40);

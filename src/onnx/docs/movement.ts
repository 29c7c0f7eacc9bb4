/** Documentation of the operators that only move elements. */
import { FUNCTION } from './types.js';
import type { OperatorDoc, OperatorDocs } from './types.js';

const FORMS: OperatorDoc['forms'] = ['QDQ', 'integers', 'constants'];
const MOVE: OperatorDoc = { forms: FORMS, cost: '0' };

const CONCAT_COST = `0; for inputs whose scale or zero point is not that of the output, ${FUNCTION}`;

export const movementDocs: OperatorDocs = {
  Cast: {
    forms: ['QDQ', 'integers', 'constants'],
    cost: '0',
    restrictions:
      'on data: to the same type; int32 results of ConvInteger and MatMulInteger to float32; places that ArgMax found to int32, int64 or float32',
  },
  Concat: { forms: FORMS, cost: CONCAT_COST, restrictions: 'constants among the inputs are allowed' },
  DepthToSpace: MOVE,
  Dropout: { ...MOVE, restrictions: 'inference only; no mask' },
  Expand: { ...MOVE, restrictions: 'constant shape' },
  Flatten: MOVE,
  Gather: { ...MOVE, restrictions: 'constant indices' },
  GatherElements: { ...MOVE, restrictions: 'constant indices' },
  GatherND: { ...MOVE, restrictions: 'constant indices' },
  Identity: MOVE,
  Pad: {
    ...MOVE,
    restrictions:
      'constant pads and value; negative pads with modes constant and edge; reflect and wrap within the size of the input',
  },
  Reshape: { ...MOVE, restrictions: 'constant shape' },
  Slice: { ...MOVE, restrictions: 'constant starts, ends, axes and steps' },
  SpaceToDepth: MOVE,
  Split: { ...MOVE, restrictions: 'constant sizes' },
  Squeeze: { ...MOVE, restrictions: 'constant axes' },
  Tile: { ...MOVE, restrictions: 'constant repeats' },
  Transpose: MOVE,
  Unsqueeze: { ...MOVE, restrictions: 'constant axes' },
};

export const microsoftMovementDocs: OperatorDocs = {
  QLinearConcat: { forms: ['QOperator'], cost: CONCAT_COST },
};

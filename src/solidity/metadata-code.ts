/** Solidity that describes the tensors of a model and reads its outputs. */

import type { StatementLayout, TensorSpec } from '../artifacts/types.js';
import { elementCount } from '../ir/types.js';
import { partShape, type PartName } from '../statement/elements.js';
import { stringLiteral } from './literals.js';
import { partLength } from './record.js';
import { scaleOf, zeroPointOf } from './tensor-facts.js';

/** Constants that answer the interface's questions about both parts. */
export function partConstants(layout: StatementLayout): string {
  return (['input', 'output'] as const)
    .map((part) => {
      const tensors = tensorsOf(layout, part);
      return `
    Visibility public constant override ${part}Visibility = Visibility.${layout[part] === 'public' ? 'Public' : 'Committed'};
    uint256 public constant override ${part}Length = ${partLength(layout, part)};
    DType public constant override ${part}DType = ${dtypeName(partShape(layout, part).dtype)};
    uint256 public constant override ${part}Count = ${tensors.length};`.slice(1);
    })
    .join('\n');
}

/** The functions `inputTensor` and `outputTensor`. */
export function tensorFunctions(layout: StatementLayout): string {
  return (['input', 'output'] as const).map((part) => tensorFunction(part, tensorsOf(layout, part))).join('\n\n');
}

function tensorFunction(part: PartName, tensors: readonly TensorSpec[]): string {
  const branches = tensors.map((tensor, i) => {
    const { mantissa, exponent } = scaleOf(tensor);
    const dimensions = tensor.shape.map((dimension, axis) => `            info.shape[${axis}] = ${dimension};`);
    return `
        if (index == ${i}) {
            info.name = ${stringLiteral(tensor.name)};
            info.dtype = ${dtypeName(tensor.dtype)};
            info.shape = new uint256[](${tensor.shape.length});
${dimensions.map((line) => `${line}\n`).join('')}            info.scaleMantissa = ${mantissa};
            info.scaleExponent = ${exponent};
            info.zeroPoint = ${zeroPointOf(tensor)};
            info.isFloat = ${tensor.edge === 'float'};
            return info;
        }`.slice(1);
  });
  return `
    /// @inheritdoc IVerifiableModel
    function ${part}Tensor(uint256 index) external pure override returns (TensorInfo memory info) {
${branches.join('\n')}
        revert NoSuchTensor(index);
    }`.slice(1);
}

/** The helpers that read output bytes: `decodeOutput`, `argmax`, `dequantizeOutput`. */
export function outputHelpers(layout: StatementLayout): string {
  const { dtype, count } = partShape(layout, 'output');
  const element = dtype === 'int8' ? 'int8(uint8(output[i]))' : 'uint8(output[i])';
  return `
    /// @notice The integer elements of an output, all tensors in order. Verifies nothing.
    /// @param output one byte per element
    function decodeOutput(bytes calldata output) external pure returns (${dtype}[] memory elements) {
        if (output.length != ${count}) revert InvalidOutputLength(${count}, output.length);
        elements = new ${dtype}[](${count});
        for (uint256 i = 0; i < ${count}; ++i) elements[i] = ${element};
    }

    /// @inheritdoc IVerifiableModel
    function argmax(bytes calldata elements) external pure override returns (uint256 index) {
        if (elements.length == 0) revert NoElements();
        ${dtype} greatest = ${element.replace('output[i]', 'elements[0]')};
        for (uint256 i = 1; i < elements.length; ++i) {
            ${dtype} element = ${element.replace('output', 'elements')};
            if (element > greatest) (greatest, index) = (element, i);
        }
    }

    /// @inheritdoc IVerifiableModel
    function dequantizeOutput(bytes calldata output) external pure override returns (int256[] memory values) {
        if (output.length != ${count}) revert InvalidOutputLength(${count}, output.length);
        values = new int256[](${count});
${dequantizationLoops(layout.outputs, element)}
    }`.slice(1);
}

function dequantizationLoops(tensors: readonly TensorSpec[], element: string): string {
  let start = 0;
  return tensors
    .map((tensor) => {
      const end = start + elementCount(tensor.shape);
      const { mantissa, exponent } = scaleOf(tensor);
      const shift = exponent < 0 ? ` >> ${-exponent}` : ` << ${exponent}`;
      const loop = `
        for (uint256 i = ${start}; i < ${end}; ++i) {
            int256 steps = int256(${tensor.dtype === 'int8' ? '' : 'uint256('}${element}${tensor.dtype === 'int8' ? '' : ')'}) - (${zeroPointOf(tensor)});
            values[i] = (steps * ${mantissa} * 1e18)${shift};
        }`.slice(1);
      start = end;
      return loop;
    })
    .join('\n');
}

function tensorsOf(layout: StatementLayout, part: PartName): readonly TensorSpec[] {
  return part === 'input' ? layout.inputs : layout.outputs;
}

function dtypeName(dtype: TensorSpec['dtype']): string {
  return dtype === 'int8' ? 'DType.Int8' : 'DType.Uint8';
}

import type { Gather } from './gather.js';
import type { CircuitPlan, Layer } from './types.js';

/** Stable text of a plan, for `compile --stop-after plan`: every choice that the circuit will follow. */
export function dumpPlan(plan: CircuitPlan): string {
  const { statement, certificate } = plan;
  const lines = [
    `plan "${plan.name}"`,
    `statement input=${statement.input} output=${statement.output}`,
    ...plan.layers.map(layerLine),
    ...plan.outputs.map(({ signal, size }) => `output ${signal}[${size}]`),
    `constraints ${plan.constraints}`,
    `certificate ${JSON.stringify(certificate)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function layerLine(layer: Layer): string {
  const { name, op, constraints } = layer.report;
  const inputs = layer.inputs.map(({ signal, size }) => `${signal}[${size}]`).join(', ');
  const wiring = `${layer.output}[${layer.outputSize}] = ${layer.kind}(${inputs})`;
  const head = `${wiring}  # ${name}: ${op}, ${constraints} constraints`;
  switch (layer.kind) {
    case 'conv': {
      const forms = layer.forms.map(
        (form, channel) => `  channel ${channel}: ${form ? JSON.stringify(form) : 'accumulator'}`,
      );
      return [
        head,
        `  gather ${gatherText(layer.gather)} group=${layer.group} zeroPoint=${layer.zeroPoint}`,
        ...forms,
      ].join('\n');
    }
    case 'maxpool':
      return `${head}\n  gather ${gatherText(layer.gather)} bits=${JSON.stringify(layer.bits)}`;
    case 'table':
      return `${head}\n  min=${layer.min} tables=${JSON.stringify(layer.tables)} rows=${JSON.stringify(layer.rows)}`;
    case 'product':
      return `${head}\n  zeroPoints=${JSON.stringify(layer.zeroPoints)}`;
    case 'argmax':
      return `${head}\n  sources=${JSON.stringify(layer.sources)} last=${layer.last} bits=${layer.bits}`;
    case 'softmax':
      return `${head}\n  sources=${JSON.stringify(layer.sources)} form=${JSON.stringify(layer.form)}`;
    case 'logsoftmax': {
      const { exponentials, coefficients, ...numbers } = layer.form;
      const tables = { exponentials: [...exponentials], coefficients: coefficients.map((row) => [...row]) };
      return `${head}\n  sources=${JSON.stringify(layer.sources)} form=${JSON.stringify({ ...numbers, ...tables })}`;
    }
    case 'steps':
      return `${head}\n  ${JSON.stringify(layer.form)}`;
    case 'floatsum':
      return `${head}\n  sources=${JSON.stringify(layer.sources)} drops=${JSON.stringify(layer.drops)} signed=${layer.signed}`;
    case 'move':
      return `${head}\n  sources=${JSON.stringify(layer.sources)} fill=${layer.fill}`;
  }
}

function gatherText(gather: Gather): string {
  return `channels=${gather.channels} inputSize=${gather.inputSize} sources=${JSON.stringify(gather.sources)}`;
}

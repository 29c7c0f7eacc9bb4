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
  const wiring = `${layer.output}[${layer.outputSize}] = ${layer.kind}(${layer.input}[${layer.inputSize}])`;
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
      return `${head}\n  min=${layer.min} table=${JSON.stringify(layer.table)}`;
    case 'permute':
      return `${head}\n  sources=${JSON.stringify(layer.sources)}`;
  }
}

function gatherText(gather: Gather): string {
  return `channels=${gather.channels} inputSize=${gather.inputSize} sources=${JSON.stringify(gather.sources)}`;
}

/** Errors as people and programs read them. */
import { ProblemsError, ZkinferError } from '../errors.js';
import type { ErrorLocation, ExitCode } from '../errors.js';
import { table } from './table.js';

/** Any thrown value as a ZkinferError; what is none of ours is an internal fault, and its message may hold anything: it is left out. */
export function asZkinferError(error: unknown): ZkinferError {
  if (error instanceof ZkinferError) return error;
  const kind = error instanceof Error ? error.constructor.name : typeof error;
  return new ZkinferError('INTERNAL', `unexpected ${kind}`, {
    cause: error,
    hint: 'this is a fault of zkinfer: run it again with ZKINFER_DEBUG=1 and report what it prints',
  });
}

export interface ErrorDocument {
  readonly format: 'zkinfer-error';
  readonly version: 1;
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly message: string;
  readonly location?: ErrorLocation;
  readonly hint?: string;
  readonly problems?: readonly Pick<ErrorDocument, 'code' | 'message' | 'location' | 'hint'>[];
}

export function errorDocument(error: ZkinferError): ErrorDocument {
  return {
    format: 'zkinfer-error',
    version: 1,
    code: error.code,
    exitCode: error.exitCode,
    message: error.message,
    ...details(error),
    ...(error instanceof ProblemsError
      ? {
          problems: error.problems.map((problem) => ({
            code: problem.code,
            message: problem.message,
            ...details(problem),
          })),
        }
      : {}),
  };
}

function details({ location, hint }: ZkinferError): { location?: ErrorLocation; hint?: string } {
  return { ...(location === undefined ? {} : { location }), ...(hint === undefined ? {} : { hint }) };
}

/**
 * Code, message, location and hint; all problems of a ProblemsError.
 *
 * @param bold marks the heading, for terminals
 */
export function errorText(error: ZkinferError, bold: (text: string) => string = (text) => text): string {
  if (error instanceof ProblemsError && error.problems.length === 1) return errorText(error.problems[0]!, bold);
  const lines = [`${bold(`error ${error.code}:`)} ${error.message}`];
  const where = locationText(error.location);
  if (where !== '') lines.push(`  at    ${where}`);
  if (error instanceof ProblemsError) lines.push(problemTable(error.problems));
  else if (error.hint !== undefined) lines.push(`  hint  ${error.hint}`);
  return lines.join('\n');
}

function problemTable(problems: readonly ZkinferError[]): string {
  const rows = problems.map((problem) => [problem.code, locationText(problem.location), problem.message]);
  const listing = table([{ title: 'code' }, { title: 'at' }, { title: 'problem' }], rows).replace(/^/gm, '  ');
  const hints = [...new Set(problems.flatMap(({ hint }) => hint ?? []))];
  return [listing, ...hints.map((hint) => `  hint  ${hint}`)].join('\n');
}

function locationText(location: ErrorLocation = {}): string {
  const { file, node, op, tensor, index } = location;
  const parts = [
    file,
    node === undefined ? undefined : `node ${node}${op === undefined ? '' : ` (${op})`}`,
    node === undefined && op !== undefined ? `operator ${op}` : undefined,
    tensor === undefined || tensor === '' ? undefined : tensor,
    index === undefined ? undefined : `element ${index}`,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}

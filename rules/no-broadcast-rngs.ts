import type { TSESTree } from '@typescript-eslint/utils';
import { layers } from '../runtime/catalogue/layers.js';
import { type ClassNode, classNamed, type FunctionNode, propertyNamed } from './classes.js';
import { defineRule, type RuleFile } from './define-rule.js';
import { classOfName } from './models.js';
import { nnxName } from './names.js';
import { functionOf } from './transformed.js';

const drawing = new Set(layers.flatMap(({ nnx, streams }) => (nnx !== null && streams.length > 0 ? [nnx] : [])));

/** `nnx.vmap(f, { inAxes: [null, 0] })` where the parameter that is not mapped draws random numbers. */
export const noBroadcastRngs = defineRule('no-broadcast-rngs', {
  mentions: ['vmap'],
  visit: (file) => ({
    CallExpression: (node) => {
      if (nnxName(node.callee, file) !== 'vmap') return;
      const body = functionOf(node.arguments[0], file);
      const axes = propertyNamed(node.arguments[1], 'inAxes')?.value;
      if (body === null || axes?.type !== 'ArrayExpression') return;
      axes.elements.forEach((axis, i) => {
        const parameter = axis?.type === 'Literal' && axis.value === null ? drawingParameter(body, i, file) : null;
        if (parameter !== null) file.report({ node: axis!, data: { parameter } });
      });
    },
  }),
});

/** A parameter annotated as `Rngs`, or as a module of this file that makes a layer which draws. */
function drawingParameter(body: FunctionNode, at: number, file: RuleFile): string | null {
  const parameter = body.params[at];
  if (parameter?.type !== 'Identifier') return null;
  const type = classOfName(parameter, file);
  if (type === null) return null;
  const name = nnxName(type, file);
  const local = type.type === 'Identifier' ? classNamed(type, file) : null;
  const draws = name === 'Rngs' || drawing.has(name ?? '') || (local !== null && makesDrawing(local, file));
  return draws ? parameter.name : null;
}

/** Whether the class has a field of a layer that draws when it runs. */
function makesDrawing({ body }: ClassNode, file: RuleFile): boolean {
  return body.body.some((member) => {
    if (member.type === 'PropertyDefinition') {
      const type = member.typeAnnotation?.typeAnnotation;
      const named: TSESTree.Node | null = type?.type === 'TSTypeReference' ? type.typeName : null;
      return named !== null && drawing.has(nnxName(named, file) ?? '');
    }
    return false;
  });
}

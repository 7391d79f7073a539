/** How the verifier calls both versions of the functions that ran the model. */
import { parentOf } from '../../ir/declarations.js';
import { withoutWraps } from '../../ir/resolve.js';
import type {
  ParamRole,
  ProgramClosure,
  ProgramModel,
  ProgramParam,
  ProgramPart,
  ProgramPlan,
} from '../../ir/program.js';
import type { Binding, SourceModel } from '../../ir/source.js';
import type { Expression, FunctionExpression } from '../../ir/syntax.js';
import type { SyntaxNode } from '../../ir/walk.js';
import { isInside } from '../text.js';
import { carrierAt } from './names.js';
import { copiesIn, originOf } from './parameter-copies.js';
import type { Emission } from './emission.js';
import { modelName, type FunctionShape, statePartsOf } from './function-shapes.js';
import { newIndex, soleItem, type Template } from './template.js';
import { holdsState, type Instance, optimizerCell, type TrainStateValue, type Value } from './value.js';

/** Named functions at the top of a file that hold sites, themselves or in what is inside them. */
export function programsOf(e: Emission): readonly ProgramPlan[] {
  return [...e.shapes.values()].flatMap((shape) => {
    const source = e.context.model.sources[shape.path];
    const name = source === undefined ? null : topLevelName(source, shape.node);
    if (source === undefined || name === null) return [];
    const applied = [...e.analysis.facts.calls].flatMap(([call, fact]) =>
      fact.call === 'apply' && fact.site.path === shape.path && isInside(call.span, shape.node.span)
        ? [{ call, fact }]
        : [],
    );
    if (applied.length === 0) return [];
    const modes = new Set(applied.map(({ fact }) => fact.mode));
    const held = shape.params.flatMap(({ parameter }) => instancesIn(e.analysis.facts.params.get(parameter)));
    const run = applied.map(({ fact }) => fact.instance);
    const instances = new Map([...held, ...run].map((each) => [each.id, each]));
    const result = e.analysis.facts.results.get(shape.node);
    return [
      {
        id: `${shape.path}#${name}`,
        path: shape.path,
        name,
        calls: applied.map(({ fact }) => fact.site.id),
        models: [...instances.values()].map((each) => modelOf(e, shape, each)),
        params: paramsOf(e, shape),
        closures: closuresOf(e, source, shape),
        results: {
          parts: result === undefined ? [] : partsOf(e, { value: result, template: shape.result, linen: [], nnx: [] }),
        },
        mode: modes.size > 1 ? 'both' : ([...modes][0] ?? 'none'),
      },
    ];
  });
}

/** State in names at the top of the function's file. */
function closuresOf(e: Emission, source: SourceModel, { node }: FunctionShape): readonly ProgramClosure[] {
  const found = new Map<string, ProgramClosure>();
  for (const [key, value] of e.analysis.facts.values) {
    const read = key as SyntaxNode;
    if (read.kind !== 'Identifier' || read.binding === null || !isInside(read.span, node.span)) continue;
    const binding = source.bindings[read.binding];
    const isOutside = binding !== undefined && topLevel(source, binding) && !isInside(binding.span, node.span);
    if (!isOutside || found.has(binding.name) || !holdsState(value)) continue;
    const role = value.is === 'trainState' ? trainStateRole(e, value) : variablesRole(e, value);
    if (role.role !== 'value') found.set(binding.name, { name: binding.name, role });
  }
  return [...found.values()];
}

function topLevel(source: SourceModel, { functionScope }: Binding): boolean {
  return functionScope.start === 0 && functionScope.end >= source.text.length;
}

/** The models whose variables a train state is made of. */
function instancesIn(value: Value | undefined): readonly Instance[] {
  return value?.is === 'trainState' ? [value.instance, ...copiesIn(value)] : [];
}

/** `trainStep` of `function trainStep`, `const trainStep = jax.jit(…)`, `const trainStep = (…) => …`. */
function topLevelName(source: SourceModel, node: FunctionExpression): string | null {
  for (const each of source.body) {
    if (each.kind === 'FunctionDeclaration' && each.function === node) return node.name;
    if (each.kind !== 'Variable') continue;
    const found = each.declarators.find(({ init }) => init !== null && isValue(source, init, node));
    if (found?.target.kind === 'IdentifierPattern') return found.target.name;
  }
  return null;
}

function isValue(source: SourceModel, init: Expression, node: FunctionExpression): boolean {
  const inner = withoutWraps(init);
  if (inner === node) return true;
  return inner.kind === 'Call' && inner.args[0] === node && parentOf(source, node) === inner;
}

function modelOf(e: Emission, shape: FunctionShape, instance: Instance): ProgramModel {
  const param = shape.params
    .flatMap(({ role, name }) => {
      if (role.role === 'trainState') return statePartsOf(role, name ?? '').filter(({ holds }) => holds === 'model');
      return role.role === 'model' ? [{ instance: role.instance, name }] : [];
    })
    .find((each) => each.instance.id === instance.id);
  // A second set of parameters is run by the model that the first is of.
  const linenName = modelName(e.context.model, originOf(instance));
  const carrier = carrierAt(e.carriers, instance, { holds: 'model', path: shape.path, at: shape.node.span.start + 1 });
  return {
    class: instance.class,
    linenName,
    nnxName: param?.name ?? carrier?.name ?? linenName,
    via: param === undefined ? 'closure' : 'parameter',
  };
}

function paramsOf(e: Emission, shape: FunctionShape): readonly ProgramParam[] {
  let next = 0;
  return shape.params.flatMap(({ role, parameter, name }, linen): ProgramParam[] => {
    const own = parameter.pattern.kind === 'IdentifierPattern' ? parameter.pattern.name : `argument${linen}`;
    const value = e.analysis.facts.params.get(parameter);
    const gone = role.role === 'state' || (role.role === 'keep' && e.unreadParams.has(parameter));
    const nnx = gone ? null : next++;
    if (role.role === 'model' && role.was === 'state') {
      return [
        { linen, nnx: null, name: own, role: variablesRole(e, value) },
        {
          linen: null,
          nnx,
          name: name ?? own,
          role: { role: 'model', model: modelName(e.context.model, role.instance) },
        },
      ];
    }
    if (role.role === 'trainState') {
      const model = modelName(e.context.model, role.instance);
      const parts = statePartsOf(role, name ?? own).map((each, index): ProgramParam => {
        const held = modelName(e.context.model, each.instance);
        const place = index === 0 ? nnx : next++;
        const now =
          each.holds === 'model'
            ? { role: 'model' as const, model: held }
            : { role: 'optimizer' as const, model, tx: null };
        return { linen: null, nnx: place, name: each.name, role: now };
      });
      return [{ linen, nnx: null, name: own, role: roleOf(e, value, parameter) }, ...parts];
    }
    if (role.role === 'optimizer') {
      const model = modelName(e.context.model, role.instance);
      const tx = transformationName(e, role.instance);
      return [
        { linen, nnx: null, name: own, role: { role: 'optState', model, tx } },
        { linen: null, nnx, name: name ?? 'optimizer', role: { role: 'optimizer', model, tx } },
      ];
    }
    return [{ linen, nnx, name: own, role: roleOf(e, value, parameter) }];
  });
}

function roleOf(e: Emission, value: Value | undefined, parameter: FunctionExpression['params'][number]): ParamRole {
  if (value?.is === 'model') return { role: 'model', model: modelName(e.context.model, value.instance) };
  if (value?.is === 'state' || value?.is === 'record') return variablesRole(e, value);
  if (value?.is === 'trainState') return trainStateRole(e, value);
  const isKey = value?.is === 'key' || /(^|\.)Key(Array)?$/.test(parameter.type?.text ?? '');
  return isKey ? { role: 'key', stream: null } : { role: 'value' };
}

function trainStateRole(e: Emission, { instance, fields }: TrainStateValue): ParamRole {
  const held = [...fields].filter(([name]) => name !== 'tx' && name !== 'optState');
  const roles = held.map(([name, each]): [string, ParamRole] => {
    if (each.is === 'key') return [name, { role: 'key', stream: null }];
    return [name, each.is === 'state' || each.is === 'record' ? variablesRole(e, each) : { role: 'value' }];
  });
  return { role: 'trainState', model: modelName(e.context.model, instance), fields: Object.fromEntries(roles) };
}

function variablesRole(e: Emission, value: Value | undefined): ParamRole {
  if (value?.is === 'state') {
    const model = modelName(e.context.model, value.instance);
    if (value.collection === optimizerCell)
      return { role: 'optState', model, tx: transformationName(e, value.instance) };
    return { role: 'variables', model, collection: value.collection };
  }
  const first = value?.is === 'record' ? [...value.entries.values()].find((each) => each.is === 'state') : undefined;
  if (first?.is === 'state')
    return { role: 'variables', model: modelName(e.context.model, first.instance), collection: null };
  return { role: 'value' };
}

/** The name of the gradient transformation whose `update` is called for the model. */
function transformationName(e: Emission, instance: Instance): string {
  for (const [call, fact] of e.analysis.facts.calls) {
    if ((fact.call !== 'tx.update' && fact.call !== 'tx.init') || fact.instance.id !== instance.id) continue;
    const object = call.callee.kind === 'Member' ? call.callee.object : null;
    if (object?.kind === 'Identifier') return object.name;
  }
  return 'tx';
}

interface PartQuestion {
  readonly value: Value;
  readonly template: Template;
  readonly linen: readonly (string | number)[];
  readonly nnx: readonly (string | number)[] | null;
}

function partsOf(e: Emission, { value, template, linen, nnx }: PartQuestion): readonly ProgramPart[] {
  if (value.is === 'tuple') {
    return value.items.flatMap((each, index) => {
      const below: Template =
        template.part === 'tuple'
          ? (template.items[index] ?? { part: 'keep' })
          : template.part === 'drop'
            ? template
            : { part: 'keep' };
      return partsOf(e, { value: each, template: below, linen: [...linen, index], nnx: placeOf(template, nnx, index) });
    });
  }
  if (value.is === 'record') {
    return [...value.entries].flatMap(([name, each]) => {
      const below: Template =
        template.part === 'record'
          ? (template.entries.get(name) ?? { part: 'keep' })
          : template.part === 'drop'
            ? template
            : { part: 'keep' };
      return partsOf(e, {
        value: each,
        template: below,
        linen: [...linen, name],
        nnx: nnx === null ? null : [...nnx, name],
      });
    });
  }
  const role =
    value.is === 'state'
      ? variablesRole(e, value)
      : value.is === 'trainState'
        ? trainStateRole(e, value)
        : ({ role: 'value' } as const);
  return [{ linen, nnx: template.part === 'drop' ? null : nnx, role }];
}

/** Where an item of a tuple stands after the parts that went. */
function placeOf(template: Template, nnx: PartQuestion['nnx'], index: number): PartQuestion['nnx'] {
  if (nnx === null || template.part !== 'tuple') return nnx === null ? null : [...nnx, index];
  return soleItem(template) === index ? nnx : [...nnx, newIndex(template, index)];
}

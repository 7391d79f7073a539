/** What the styles are called in a file, and names that move from one to the other by prefix alone. */
import type { IdiomName } from '../../runtime/catalogue/idioms.js';
import { layerByLinenName } from '../../runtime/catalogue/layers.js';
import { linenModule, namespaceNames, nnxModule } from '../../runtime/catalogue/modules.js';
import { sharedNames, sharedTypes } from '../../runtime/catalogue/shared-names.js';
import type { Edit, ImportNeed } from '../ir/edit.js';
import type { ProjectModel } from '../ir/project.js';
import { resolveBinding, resolveExport } from '../ir/resolve.js';
import type { Binding, SourceModel, SourcePath } from '../ir/source.js';
import type { Span } from '../ir/syntax.js';
import { walk } from '../ir/walk.js';

export interface Namespace {
  readonly local: string;
  readonly need: ImportNeed;
  /** Something else in the file has the name. */
  readonly taken: boolean;
}

/** The name of `linen2nnx/nnx` in a file: that of its import, else `nnx`. */
export function nnxNamespace(model: ProjectModel, path: SourcePath): Namespace {
  const bindings = Object.values(model.sources[path]?.bindings ?? {});
  const imported = bindings.find(({ import: origin }) => origin?.imported === '*' && origin.specifier === nnxModule);
  const local = imported?.name ?? namespaceNames[nnxModule] ?? 'nnx';
  const need: ImportNeed = { path, module: nnxModule, imported: '*', local, typeOnly: false };
  const taken = bindings.some((each) => each.name === local && each !== imported);
  return { local, need, taken };
}

/** A mention of a Linen name, as a value or a type. */
export interface LinenMention {
  /** `nn.initializers` in `nn.initializers.zeros`, `initializers` where it was imported by name. */
  readonly span: Span;
  /** First part of the name: `initializers`; `*` for the namespace itself. */
  readonly name: string;
  readonly use: 'value' | 'type';
}

const mentions = new WeakMap<SourceModel, readonly LinenMention[]>();

/** Every mention of a Linen name in a file, in text order; import and export declarations apart. */
export function linenMentions(model: ProjectModel, source: SourceModel): readonly LinenMention[] {
  const known = mentions.get(source);
  if (known !== undefined) return known;
  const values = new Set<number>();
  const exports = source.body.filter((each) => each.kind === 'ExportNames').map((each) => each.span);
  walk(source.body, (node) => {
    if (node.kind === 'Identifier') values.add(node.span.start);
  });
  const found = Object.values(source.bindings)
    .filter((each) => each.import !== null)
    .flatMap((each) => mentionsOf(model, source, each, values))
    .filter(({ span }) => !exports.some((each) => each.start <= span.start && span.end <= each.end))
    .sort((a, b) => a.span.start - b.span.start);
  mentions.set(source, found);
  return found;
}

function mentionsOf(
  model: ProjectModel,
  source: SourceModel,
  binding: Binding,
  values: ReadonlySet<number>,
): LinenMention[] {
  const entity = resolveBinding(model, binding.id);
  const linen = entity.entity === 'external' && entity.module === linenModule ? entity.name : null;
  if (linen === null && entity.entity !== 'namespace') return [];
  return binding.reads.flatMap(({ start }) => {
    const chain = /^[\w$]+(?:\s*\.\s*[\w$]+)*/.exec(source.text.slice(start, start + 200))?.[0] ?? binding.name;
    const [, first, second] = chain.split(/\s*\.\s*/);
    const use = values.has(start) ? 'value' : 'type';
    const upTo = (parts: number): Span => ({ start, end: start + prefixLength(chain, parts) });
    if (linen !== null && linen !== '*') return [{ span: upTo(1), name: linen.split('.')[0] ?? linen, use }];
    if (linen === '*') return [{ span: upTo(2), name: first ?? '*', use }];
    const through =
      entity.entity === 'namespace' && first !== undefined ? resolveExport(model, entity.path, first) : null;
    if (through?.entity !== 'external' || through.module !== linenModule) return [];
    return through.name === '*'
      ? [{ span: upTo(3), name: second ?? '*', use }]
      : [{ span: upTo(2), name: through.name, use }];
  });
}

function prefixLength(chain: string, parts: number): number {
  return new RegExp(`^[\\w$]+(?:\\s*\\.\\s*[\\w$]+){0,${parts - 1}}`).exec(chain)?.[0].length ?? chain.length;
}

/** What a mention becomes where its prefix alone changes: `nnx.initializers`; null for any other. */
export function counterpart({ name, use }: LinenMention, nnx: string): string | null {
  if (sharedNames.includes(name)) return `${nnx}.${name}`;
  if (use === 'value') return null;
  if (sharedTypes.includes(name)) return `${nnx}.${name}`;
  const layer = layerByLinenName(name)?.nnx ?? null;
  return layer === null ? null : `${nnx}.${layer}`;
}

export function replacement(path: SourcePath, { start, end }: Span, text: string, idiom: IdiomName): Edit {
  return { path, start, end, text, idiom };
}

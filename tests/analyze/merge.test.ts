import { describe, expect, test } from '@jest/globals';
import type { ModelCall, ModuleClass, ProjectModel } from '../../src/ir/project.js';
import { textProject } from './text-project.js';

const linen = "import * as nn from 'linen2nnx/linen'; import * as jax from 'linen2nnx/jax';";

function only(text: string): ModuleClass {
  const model = textProject({ 'a.ts': `${linen}\n${text}` });
  const [first] = model.classes;
  if (first === undefined) throw new Error(`no module class in: ${text}`);
  return first;
}

/** Fields as `name origin position key type? = initial`. */
function fields(text: string): readonly string[] {
  const model = textProject({ 'a.ts': `${linen}\n${text}` });
  const source = model.sources['a.ts']!;
  return (model.classes[0]?.fields ?? []).map((each) => {
    const { initial } = each;
    const value = initial === null ? '' : ` = ${source.text.slice(initial.span.start, initial.span.end)}`;
    const key = each.key === null ? '' : ` .${each.key}`;
    return `${each.name} ${each.origin} ${String(each.position)}${key} ${each.type?.text ?? '-'}${each.optional ? '?' : ''}${value}`;
  });
}

describe('module classes', () => {
  test('bases: the module, a layer, another class, across files and whatever the names', () => {
    const model = textProject({
      'base.ts': "import { Module as M } from 'linen2nnx/linen'; export default class Base extends M {}",
      'index.ts': "export { default as Root } from './base.js';",
      'model.ts': `${linen} import { Root } from './index.js';
        export class Model extends Root {}
        const Again = class extends Model {};
        class Conv extends nn.Conv {}
        class Plain {} class Other extends Plain {} class Unknown extends mixin(nn.Module) {}`,
    });
    expect(model.classes.map((each) => [each.id, each.base, each.exported])).toEqual([
      ['base.ts#Base', { base: 'module' }, true],
      ['model.ts#Model', { base: 'class', id: 'base.ts#Base' }, true],
      ['model.ts#Again', { base: 'class', id: 'model.ts#Model' }, false],
      ['model.ts#Conv', { base: 'layer', name: 'Conv' }, false],
    ]);
  });

  test('look-alikes are none', () => {
    const model = textProject({
      'a.ts':
        "import * as nn from 'other/linen'; class Module {} class A extends Module {} class B extends nn.Module {}",
      'b.ts': `${linen} function f(nn: any) { return class extends nn.Module {}; }`,
    });
    expect(model.classes).toEqual([]);
  });

  test('a class with compact methods is one even when its base is not known', () => {
    const model = textProject({
      'a.ts': `${linen} import { Base } from '@acme/models';
        class A extends withNorm(nn.Module) { @nn.compact call() {} }
        class B extends Base { call = nn.compact(function () {}); }
        class C extends B {}
        class D extends Base { call() {} }`,
    });
    expect(model.classes.map((each) => [each.name, each.base])).toEqual([
      ['A', { base: 'layer', name: 'withNorm(nn.Module)' }],
      ['B', { base: 'layer', name: 'Base' }],
      ['C', { base: 'class', id: 'a.ts#B' }],
    ]);
  });

  test('two classes of one name in a file have two ids', () => {
    const model = textProject({
      'a.ts': `${linen} function f() { class A extends nn.Module {} } function g() { class A extends nn.Module {} }`,
    });
    expect(new Set(model.classes.map((each) => each.id)).size).toBe(2);
  });

  test('classes in a circle end', () => {
    const model = textProject({ 'a.ts': 'class A extends B {} class B extends A {}' });
    expect(model.classes).toEqual([]);
  });
});

describe('fields', () => {
  test('parameter properties', () => {
    expect(
      fields(
        'class A extends nn.Module { constructor(readonly a: number, public b = 2, readonly c?: string) { super(); } }',
      ),
    ).toEqual(['a property 0 number', 'b property 1 -? = 2', 'c property 2 string?']);
  });

  test('parameters assigned to fields, under another name too; others are kept as parameters', () => {
    expect(
      fields(`class A extends nn.Module { a: number; total: number; readonly z = 1; static s = 2;
        constructor(a: number, second: string, third: number) { super(); this.a = a; this.b = second; this.total = third * 2; } }`),
    ).toEqual([
      'a assigned 0 number',
      'b assigned 1 string',
      'third parameter 2 number',
      'total declared null number',
      'z declared null -? = 1'.replace('?', ''),
    ]);
  });

  test.each<[string, string]>([
    ['read one by one', 'constructor(o: O = {}) { super(); this.a = o.a; this.b = o.b ?? 3; this.c = o.d!; }'],
    [
      'taken apart in the body',
      'constructor(o: O = {}) { super(); const { a, b = 3, d } = o; this.a = a; this.b = b; this.c = d; }',
    ],
    [
      'taken apart in the list',
      'constructor({ a, b = 3, d }: O = {}) { super(); this.a = a; this.b = b; this.c = d; }',
    ],
  ])('options %s', (_how, constructor) => {
    expect(
      fields(`interface O { a?: number; b?: number; d?: string } class A extends nn.Module { ${constructor} }`),
    ).toEqual(['a option 0 .a number?', 'b option 0 .b number? = 3', 'c option 0 .d string?']);
  });

  test('option types through interfaces that extend others, intersections and Readonly', () => {
    expect(
      fields(`interface Mode { a?: boolean } interface O extends Mode { b: number } type P = Readonly<O> & { c: string };
        class A extends nn.Module { constructor(o: P) { super(); this.a = o.a; this.b = o.b; this.c = o.c; } }`),
    ).toEqual(['a option 0 .a boolean?', 'b option 0 .b number', 'c option 0 .c string']);
  });

  test('a config object kept whole is one field', () => {
    expect(fields('class A extends nn.Module { constructor(readonly config: Config) { super(); } }')).toEqual([
      'config property 0 Config',
    ]);
  });
});

describe('methods', () => {
  const names = (text: string) =>
    only(text).methods.map((each) => [each.name, each.compact, each.nowrap, each.lifts.map((lift) => lift.name)]);

  test('compact as decorator, alone and under lifts', () => {
    expect(
      names(
        `class A extends nn.Module { @nn.compact call(x) {} @nn.remat @nn.compact f() {} @nn.scan({ length: 3 }) @nn.compact g() {} @nn.nowrap h() {} i() {} setup() {} }`,
      ),
    ).toEqual([
      ['call', 'decorator', false, []],
      ['f', 'decorator', false, ['remat']],
      ['g', 'decorator', false, ['scan']],
      ['h', null, true, []],
      ['i', null, false, []],
    ]);
  });

  test('compact as a wrapper, alone and under lifts', () => {
    expect(
      names(
        `class A extends nn.Module { call = nn.compact(function (this: A, x) {}); f = nn.remat(nn.compact(function () {}), { policy: 1 }); g = (x) => x; h = 3; }`,
      ),
    ).toEqual([
      ['call', 'wrapper', false, []],
      ['f', 'wrapper', false, ['remat']],
      ['g', null, false, []],
    ]);
    expect(only('class A extends nn.Module { call = nn.compact(function (this: A, x) {}); }').fields).toEqual([]);
  });

  test("another library's compact is none", () => {
    expect(names("import { compact } from 'x'; class A extends nn.Module { @compact call() {} }")).toEqual([
      ['call', null, false, []],
    ]);
  });

  test('the setup and the constructor with a body', () => {
    const found = only(
      'class A extends nn.Module { constructor(a: number); constructor(readonly a: any) { super(); } setup() {} }',
    );
    expect(found.constructorMethod?.body).not.toBeNull();
    expect(found.setup?.name).toBe('setup');
    expect(found.methods).toEqual([]);
  });
});

describe('construction sites', () => {
  test('layers, classes, lifted classes; owners', () => {
    const model = textProject({
      'a.ts': `${linen}
        export class Block extends nn.Module { @nn.compact call(x) { return new nn.Dense(3).call(x); } }
        export class Model extends nn.Module {
          inner = new Block();
          setup() { this.b = [1].map(() => new Block()); }
          @nn.compact call(x) {
            const Scanned = nn.scan(nn.remat(Block), { length: 2 });
            new Scanned().call(x);
            new (nn.vmap(Block))().call(x);
            new this.kind().call(x);
            throw new Error('x');
          }
        }
        new Map(); new Model(); new nn.Dense(2);`,
    });
    const told = model.constructs.map(({ target, owner }) => {
      const what = target.target === 'lifted' ? `${target.lift} ${target.of.target}` : JSON.stringify(target);
      return `${what} in ${owner === null ? 'none' : `${owner.class} ${owner.method}`}`;
    });
    expect(told).toEqual([
      '{"target":"layer","name":"Dense"} in a.ts#Block call',
      '{"target":"class","id":"a.ts#Block"} in a.ts#Model inner',
      '{"target":"class","id":"a.ts#Block"} in a.ts#Model setup',
      'scan lifted in a.ts#Model call',
      'vmap class in a.ts#Model call',
      '{"target":"unknown","why":"a class kept in a field"} in a.ts#Model call',
      '{"target":"class","id":"a.ts#Model"} in none',
      '{"target":"layer","name":"Dense"} in none',
    ]);
  });
});

test('a class of the new style inside one of the old is a site that is not known', () => {
  const project = textProject({
    'a.ts': `${linen} import * as nnx from 'linen2nnx/nnx'; class New extends nnx.Module {} class Newer extends New {}
      class Old extends nn.Module { @nn.compact call(x) { return new Newer().call(x); } } new New();`,
  });
  expect(project.constructs.map((each) => each.target)).toEqual([
    { target: 'unknown', why: 'a class in the NNX style' },
  ]);
});

const model = `${linen} export class Model extends nn.Module { constructor(readonly n = 1) { super(); } }`;

function calls(text: string, more: { [path: string]: string } = {}): readonly string[] {
  const project = textProject({
    'model.ts': model,
    'a.ts': `import * as jax from 'linen2nnx/jax'; import * as nn from 'linen2nnx/linen'; import { Model } from './model.js'; ${text}`,
    ...more,
  });
  return project.calls.map((each) => describeCall(project, each));
}

function describeCall(project: ProjectModel, call: ModelCall): string {
  const text = project.sources[call.path]?.text ?? '';
  const made = call.construct === null ? '' : ' made';
  return `${call.entry} ${text.slice(call.receiver.span.start, call.receiver.span.end)}: ${call.class ?? 'unknown'}${made}`;
}

describe('model calls', () => {
  test.each<[string, string, readonly string[]]>([
    [
      'a constant',
      'const m = new Model(); m.init(k, [x]); m.apply(v, [x]);',
      ['init m: model.ts#Model made', 'apply m: model.ts#Model made'],
    ],
    ['no constant', 'new Model().init(k, [x]);', ['init new Model(): model.ts#Model made']],
    ['an annotated parameter', 'function f(m: Model) { m.apply(v, [x]); }', ['apply m: model.ts#Model']],
    [
      'a parameter that may be missing',
      'function f(m?: Model | null) { m!.apply(v, [x]); }',
      ['apply m!: model.ts#Model'],
    ],
    [
      'an object of a written type',
      'interface C { model: Model } function f({ model }: C, c: C) { model.apply(v, [x]); c.model.apply(v, [x]); }',
      ['apply model: model.ts#Model', 'apply c.model: model.ts#Model'],
    ],
    [
      'a field of another class',
      'class T { constructor(private m: Model) {} n = new Model(); o; s() { this.o = new Model(); this.m.apply(v, [x]); this.n.apply(v, [x]); this.o.apply(v, [x]); } }',
      ['apply this.m: model.ts#Model', 'apply this.n: model.ts#Model made', 'apply this.o: model.ts#Model made'],
    ],
    [
      'an object literal',
      'const c = { m: new Model() }; c.m.init(k, [x]); const { m } = c; m.init(k, [x]);',
      ['init c.m: model.ts#Model made', 'init m: model.ts#Model made'],
    ],
    [
      'a factory',
      'function make() { return new Model(); } const m = make(); m.init(k, [x]); make().init(k, [x]);',
      ['init m: model.ts#Model made', 'init make(): model.ts#Model made'],
    ],
    [
      'a factory by its type',
      'async function make(): Promise<Model> { return load(); } (await make()).init(k, [x]);',
      ['init await make(): model.ts#Model'],
    ],
    ['either of two', 'const m = c ? new Model(1) : new Model(2); m.init(k, [x]);', ['init m: model.ts#Model']],
    ['assigned later', 'let m: Model | null = null; m = new Model(); m.init(k, [x]);', ['init m: model.ts#Model made']],
    [
      'two classes',
      'class Other extends nn.Module {} let m = new Model(); m = new Other(); m.init(k, [x]);',
      ['init m: unknown'],
    ],
    ['assigned through a pattern', 'let m = new Model(); [m] = others; m.init(k, [x]);', ['init m: unknown']],
    [
      'this of a static method',
      'class S extends nn.Module { static f() { this.apply(v, [x]); } g() { this.apply(v, [x]); } }',
      ['apply this: a.ts#S', 'apply this: unknown'],
    ],
    [
      'a bound model',
      'const m = new Model().bind(v); m.apply(v, [x]);',
      ['apply m: model.ts#Model', 'bind new Model(): model.ts#Model made'],
    ],
    ['a layer', 'const m = new nn.Dense(3); m.init(k, [x]);', ['init m: unknown made']],
    ['any module', 'function f(m: nn.Module) { m.apply(v, [x]); }', ['apply m: unknown']],
    ['not known, formed like Linen', 'function f(m) { m.init(k, [x]); }', ['init m: unknown']],
    ['by string', "new Model()['init'](k, [x]);", ['init new Model(): model.ts#Model made']],
    [
      'the method in a constant',
      'const m = new Model(); const run = m.apply; run(v, [x]);',
      ['apply m: model.ts#Model made'],
    ],
    [
      'the method taken apart',
      'const m = new Model(); const { apply } = m; apply(v, [x]);',
      ['apply m: model.ts#Model made'],
    ],
    [
      'the method in a train state',
      'const s = TrainState.create({ applyFn: new Model().apply }); s.applyFn(v, [x]);',
      ['apply s: model.ts#Model'],
    ],
  ])('%s', (_what, text, expected) => {
    expect([...calls(text)].sort()).toEqual([...expected].sort());
  });

  test.each<[string, string]>([
    ['an optimizer', "import * as optax from 'linen2nnx/optax'; const tx = optax.adam(1); tx.init(p, [q]);"],
    [
      'functions',
      'f.apply(null, [x]); function g() { h.apply(this, [x]); } const k = () => 1; k.apply(v, [x]); k.bind(v);',
    ],
    ['an instance of another class', 'class P { init() {} } new P().init(k, [x]); const p = new P(); p.init(k, [x]);'],
    ['a function type', 'function f(g: () => void) { g.apply(v, [x]); }'],
    ['a global', 'Reflect.apply(f, [x]); app.init(k, [x]);'],
    ['another form', 'function f(m) { m.init(k); m.apply(v, x); m.bind(v); }'],
  ])('%s is none', (_what, text) => {
    expect(calls(text)).toEqual([]);
  });

  test('across files, through what they export', () => {
    const more = {
      'b.ts': "import { Model } from './model.js'; export const m = new Model(); export const all = { m };",
      'c.ts': "import { m, all } from './b.js'; m.init(k, [x]); all.m.apply(v, [x]);",
    };
    expect(calls('', more)).toEqual(['init m: model.ts#Model made', 'apply all.m: model.ts#Model made']);
  });

  test('through a dynamic import', () => {
    const more = {
      'b.ts': "import { Model } from './model.js'; export const m = new Model();",
      'c.ts':
        "const { m } = await import('./b.js'); m.init(k, [x]); const { Model } = await import('./model.js'); new Model().init(k, [x]);",
    };
    expect(calls('', more)).toEqual(['init m: model.ts#Model made', 'init new Model(): model.ts#Model made']);
  });

  test('a mention without a call is told apart', () => {
    const project = textProject({
      'a.ts': `${model} const m = new Model(); use(m.apply); const o = { f: m.apply }; m.apply(v, [x]);`,
    });
    expect(project.detached.map((each) => [each.entry, each.class])).toEqual([
      ['apply', 'a.ts#Model'],
      ['apply', 'a.ts#Model'],
    ]);
    expect(project.calls.length).toBe(1);
  });
});

test('the order of the files does not matter', () => {
  const files = { 'model.ts': model, 'a.ts': "import { Model } from './model'; new Model().init(k, [x]);" };
  const turned = Object.fromEntries(Object.entries(files).reverse());
  expect(textProject(turned)).toEqual(textProject(files));
  expect(JSON.stringify(textProject(turned))).toBe(JSON.stringify(textProject(files)));
});

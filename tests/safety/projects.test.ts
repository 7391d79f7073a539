import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { compilerOptions, linenClass, type OnDisk, onDisk, useOf } from './on-disk.js';

let project: OnDisk;
afterEach(() => project.remove());

const codes = (report: {
  readonly units: readonly { id: string; status: string; findings: readonly { code: string }[] }[];
}) => report.units.map(({ id, status, findings }) => [id, status, findings.map((each) => each.code)]);

describe('projects of every make', () => {
  test('no tsconfig, and no packages at all', async () => {
    project = onDisk({ 'src/model.ts': linenClass(), 'src/use.ts': useOf() }, { tsconfig: null, packages: false });
    const { report, notes } = await project.convert();
    expect(notes.join()).toContain('There is no tsconfig.json');
    expect(report.totals).toMatchObject({ found: 1, left: 0 });
    expect(project.read('src/model.ts')).toContain('nnx.Linear');
  });

  test('referenced projects, each with a config of its own', async () => {
    const referenced = { compilerOptions: { ...compilerOptions, composite: true }, include: ['.'] };
    project = onDisk(
      {
        'core/tsconfig.json': JSON.stringify(referenced),
        'core/model.ts': linenClass(),
        'app/tsconfig.json': JSON.stringify({ ...referenced, references: [{ path: '../core' }] }),
        'app/use.ts': useOf('Model', '../core/model.js'),
      },
      { tsconfig: { files: [], references: [{ path: './core' }, { path: './app' }] } },
    );
    const { report } = await project.convert();
    expect(report.totals).toMatchObject({ found: 1, left: 0 });
    expect(project.read('app/use.ts')).toContain('new Model(8, { rngs: new nnx.Rngs(0) })');
  });

  test('files that are not UTF-8 are named and keep their bytes; the rest converts', async () => {
    const latin = Buffer.concat([Buffer.from(linenClass('Old')), Buffer.from([0x2f, 0x2f, 0xe9, 0x0a])]);
    project = onDisk({ 'src/old.ts': latin, 'src/model.ts': linenClass(), 'src/use.ts': useOf() });
    const { report } = await project.convert();
    expect(project.bytes('src/old.ts')).toEqual(latin);
    expect(report.files.find(({ path }) => path === 'src/old.ts')).toMatchObject({ status: 'failed' });
    expect(report.exitCode).toBe(5);
    expect(project.read('src/model.ts')).toContain('nnx.Linear');
  });

  test('links that lead in circles, and a file under two names, are read once', async () => {
    project = onDisk({ 'src/model.ts': linenClass(), 'src/use.ts': useOf() });
    symlinkSync('..', join(project.root, 'src/up'));
    symlinkSync('loop', join(project.root, 'src/loop'));
    symlinkSync('model.ts', join(project.root, 'src/again.ts'));
    const { report } = await project.convert();
    expect(report.totals).toMatchObject({ found: 1, left: 0 });
    expect(Object.keys(project.tree()).filter((path) => path.startsWith('src/'))).toEqual([
      'src/again.ts',
      'src/loop',
      'src/model.ts',
      'src/up',
      'src/use.ts',
    ]);
  });
});

describe('look-alikes stay (S12)', () => {
  const files = {
    'src/other-library.ts': `import { Dense, Module } from 'flaxish';\nexport class Model extends Module { call(x: number) { return new Dense(3).call(x); } }\n`,
    'src/local.ts': `class Module { param() {} }\nclass Dense { constructor(readonly n: number) {} }\nexport class Model extends Module { readonly d = new Dense(3); call() { this.param(); } }\n`,
    'src/text.ts': `// import * as nn from 'linen2nnx/linen'; class A extends nn.Module {}\nexport const s = "import * as nn from 'linen2nnx/linen'; new nn.Dense(3)";\nexport const t = \`\${1} extends nn.Module\`;\n`,
    'src/shadowed.ts': `import * as nn from 'linen2nnx/linen';\nexport function f(nn: { Dense: new (n: number) => object }) { return new nn.Dense(3); }\nexport type T = nn.Variables;\n`,
    'src/types.d.ts': `declare module 'flaxish' { export class Module {} export class Dense { constructor(n: number); call(x: number): number } }\n`,
  };
  test('another library, local classes, texts, comments, a shadowed name, beside a class that converts', async () => {
    project = onDisk({ ...files, 'src/model.ts': linenClass(), 'src/use.ts': useOf() });
    const { report } = await project.convert();
    expect(report.units.map(({ id }) => id)).toEqual(['src/model.ts#Model']);
    for (const [path, text] of Object.entries(files)) expect([path, project.read(path)]).toEqual([path, text]);
  });
});

describe('code that is converted already, or half of it', () => {
  test('a project in the NNX style is left as it is, with code 0', async () => {
    project = onDisk({ 'src/model.ts': linenClass(), 'src/use.ts': useOf() });
    await project.convert();
    const before = project.tree();
    const { report, changes } = await project.convert();
    expect([report.totals.found, report.exitCode, changes]).toEqual([0, 0, []]);
    expect(project.tree()).toEqual(before);
  });

  test('one file by hand, one still in Linen: the second converts and finds the first', async () => {
    project = onDisk({ 'src/model.ts': linenClass(), 'src/use.ts': useOf() });
    await project.convert();
    const second = linenClass('Second');
    project.write('src/second.ts', second);
    project.write('src/use-second.ts', useOf('Second', './second.js'));
    const { report, manifest } = await project.convert();
    expect(codes(report).map(([id]) => id)).toEqual(['src/second.ts#Second']);
    expect(manifest.classes.map((each) => each.class)).toEqual(['src/model.ts#Model', 'src/second.ts#Second']);
    expect(project.read('src/second.ts')).toContain('nnx.Linear');
  });

  test('an NNX class that holds a Linen one is told, not broken', async () => {
    const both = `import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';
import { Model } from './model.js';

export class Outer extends nnx.Module {
  readonly inner = new Model();
  call(x: tf.Tensor): tf.Tensor {
    return this.inner.call(x);
  }
}
`;
    project = onDisk({ 'src/model.ts': linenClass(), 'src/outer.ts': both });
    const { report } = await project.convert();
    expect(codes(report)).toEqual([['src/model.ts#Model', 'left', ['L2N320']]]);
    expect(project.read('src/outer.ts')).toBe(both);
    expect(project.read('src/model.ts').replace(/^\s*\/\/ @linen2nnx-todo .*\n/gm, '')).toBe(linenClass());
  });
});

describe('a run while others work (S4)', () => {
  test('a file that changes after it was read: nothing is written, the change stays', async () => {
    project = onDisk({ 'src/model.ts': linenClass(), 'src/use.ts': useOf() });
    const model = project.read('src/model.ts');
    const mine = `${useOf()}// mine\n`;
    const run = project.convert({}, ({ phase }) => {
      if (phase === 'write') writeFileSync(join(project.root, 'src/use.ts'), mine);
    });
    await expect(run).rejects.toMatchObject({
      name: 'RunError',
      exitCode: 4,
      message: expect.stringContaining('src/use.ts'),
    });
    expect([project.read('src/model.ts'), project.read('src/use.ts')]).toEqual([model, mine]);
    expect(Object.keys(project.tree()).filter((path) => /tmp|journal/.test(path))).toEqual([]);
  });

  test('a file that goes away after it was read: the same', async () => {
    project = onDisk({ 'src/model.ts': linenClass(), 'src/use.ts': useOf() });
    const { rmSync } = await import('node:fs');
    const run = project.convert({}, ({ phase }) => {
      if (phase === 'write') rmSync(join(project.root, 'src/use.ts'), { force: true });
    });
    await expect(run).rejects.toMatchObject({ exitCode: 4 });
    expect(project.read('src/model.ts')).toBe(linenClass());
  });
});

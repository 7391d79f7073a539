import type { ParserServicesWithTypeInformation, TSESTree } from '@typescript-eslint/utils';
import { layers } from '../runtime/catalogue/layers.js';
import { nnxModule } from '../runtime/catalogue/modules.js';
import { enclosingClass, enclosingFunction, styleOf } from './classes.js';
import { defineRule, type RuleFile, typesOf } from './define-rule.js';
import { nnxName, staticProperty, variableAt } from './names.js';

type Type = ReturnType<ParserServicesWithTypeInformation['getTypeAtLocation']>;

const moded = new Map(
  layers.flatMap(({ nnx, mode }) => (nnx !== null && mode !== null ? [[nnx, mode.option] as const] : [])),
);

/** A model with dropout or batch statistics that is made here and run, while nothing in the file sets its mode. */
export const requireMode = defineRule('require-mode', {
  visit: (file) => {
    const called = new Map<string, { readonly node: TSESTree.Identifier; readonly layers: string }>();
    const set = new Set<string>();
    return {
      CallExpression: (node) => {
        const { callee } = node;
        if (nnxName(callee, file) === 'view') {
          const [model] = node.arguments;
          if (model?.type === 'Identifier') set.add(model.name);
          return;
        }
        if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier') return;
        const { object } = callee;
        const method = staticProperty(callee);
        if (method === 'train' || method === 'eval' || method === 'setAttributes') set.add(object.name);
        else if (method !== null && isMadeHere(object, file) && !called.has(object.name) && !inModule(node, file)) {
          const found = modedLayers(object, file);
          if (found.length > 0) called.set(object.name, { node: object, layers: found.join(' and ') });
        }
      },
      'Program:exit': () => {
        for (const [model, { node, layers }] of called) {
          if (!set.has(model)) file.report({ node, data: { model, layers } });
        }
      },
    };
  },
});

/** A constant of the module or function that makes it, not a parameter: whose caller may have set the mode. */
function isMadeHere(node: TSESTree.Identifier, file: RuleFile): boolean {
  const declared = variableAt(node, file)?.defs[0]?.node as TSESTree.Node | undefined;
  return declared?.type === 'VariableDeclarator' && declared.init?.type === 'NewExpression';
}

function inModule(node: TSESTree.Node, file: RuleFile): boolean {
  const owner = enclosingFunction(node) === null ? null : enclosingClass(node);
  return owner !== null && styleOf(owner, file) === nnxModule;
}

/** The layers with a mode below a model's type, through its fields. */
function modedLayers(node: TSESTree.Identifier, file: RuleFile): readonly string[] {
  const services = typesOf(file);
  const checker = services.program.getTypeChecker();
  const found = new Set<string>();
  const seen = new Set<Type>();
  const visit = (type: Type, depth: number): void => {
    if (seen.has(type) || depth > 8) return;
    seen.add(type);
    const name = type.symbol?.name;
    if (name !== undefined && moded.has(name)) {
      found.add(name);
      return;
    }
    for (const property of type.getProperties()) {
      const declaration = property.valueDeclaration;
      if (declaration === undefined || declaration.getSourceFile().isDeclarationFile) continue;
      const held = checker.getTypeOfSymbol(property);
      visit(checker.getNonNullableType(checker.getIndexTypeOfType(held, 1) ?? held), depth + 1);
    }
  };
  visit(services.getTypeAtLocation(node), 0);
  return [...found];
}

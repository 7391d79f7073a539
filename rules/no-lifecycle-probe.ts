import { calledOnThis, classOfThis, isLinenClass } from './classes.js';
import { defineRule } from './define-rule.js';
import { isLinenModel } from './model-calls.js';
import { linenName, staticProperty } from './names.js';

const probes = new Set(['isInitializing', 'isMutableCollection', 'hasVariable', 'hasRng', 'unbind', 'clone', 'copy']);
const functions = new Set(['shareScope', 'apply', 'init', 'initWithOutput']);

/** Questions about the phase of `init` and `apply`, and what binds and unbinds modules. */
export const noLifecycleProbe = defineRule('no-lifecycle-probe', {
  visit: (file) => ({
    CallExpression: (node) => {
      const { callee } = node;
      const method = calledOnThis(node);
      const owner = method !== null && probes.has(method.name) ? classOfThis(node) : null;
      const name = linenName(callee, file);
      if (owner !== null && isLinenClass(owner, file)) {
        file.report({ node: method!, data: { entry: `this.${method!.name}` } });
      } else if (name !== null && functions.has(name)) {
        file.report({ node: callee, data: { entry: `nn.${name}` } });
      } else if (
        callee.type === 'MemberExpression' &&
        staticProperty(callee) === 'bind' &&
        isLinenModel(callee.object, file)
      ) {
        file.report({ node: callee.property, data: { entry: `${file.source.getText(callee)}` } });
      }
    },
  }),
});

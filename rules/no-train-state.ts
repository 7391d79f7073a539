import { defineRule } from './define-rule.js';
import { staticProperty, trainingName } from './names.js';

/** `TrainState.create`, subclasses of `TrainState`, and `applyGradients`. */
export const noTrainState = defineRule('no-train-state', {
  mentions: ['TrainState', 'applyGradients'],
  visit: (file) => ({
    CallExpression: ({ callee }) => {
      if (callee.type !== 'MemberExpression') return;
      const name = trainingName(callee, file);
      if (name === 'TrainState.create') file.report({ node: callee.property, data: { what: '`TrainState.create`' } });
      else if (name === null && staticProperty(callee) === 'applyGradients')
        file.report({ node: callee.property, data: { what: '`applyGradients`' } });
    },
    ClassDeclaration: ({ superClass }) => {
      if (superClass !== null && trainingName(superClass, file) === 'TrainState')
        file.report({ node: superClass, data: { what: 'A subclass of `TrainState`' } });
    },
  }),
});

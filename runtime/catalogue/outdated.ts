/** Names of earlier NNX versions and what they are today; sentences where no one name takes their place. */
export const outdatedNames: { readonly [name: string]: string } = {
  'GraphState.merge': 'mergeState',
  'State.merge': 'mergeState',
  'graph.split': 'split',
  'graph.merge': 'merge',
  'graph.update': 'update',
  'graph.clone': 'clone',
  'graph.pop': 'pop',
  'graph.iter_graph': 'iterGraph',
  'graph.iterGraph': 'iterGraph',
  'graph.state': 'state',
  'module.iter_modules': 'iterModules',
  VariableState: 'Variable',
  TrainState: 'ModelAndOptimizer',
};

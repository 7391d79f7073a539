import type { IdiomRecord } from './record.js';

/** The rewrites of module classes. */
export const idioms: readonly IdiomRecord[] = [
  {
    name: 'basic-module',
    what: 'A compact module gets a constructor that builds its submodules',
    section: 'Basic Module Definition',
  },
  {
    name: 'collections',
    what: 'Variables of a collection become attributes of a Variable class',
    section: 'Collections and Variable Types',
  },
  {
    name: 'multiple-methods',
    what: '`setup` becomes the constructor; every method keeps its name',
    section: 'Using Multiple Methods',
  },
];

/** Functions of tfjs that make a tensor of one value, and the one that makes it from a shape. */
export const constantTensors: { readonly [name: string]: 'zeros' | 'ones' } = {
  zeros: 'zeros',
  zerosLike: 'zeros',
  ones: 'ones',
  onesLike: 'ones',
};

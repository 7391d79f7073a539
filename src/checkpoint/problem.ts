/** What is wrong with a checkpoint, or with what was asked of it: said without a stack. */
export class CheckpointError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CheckpointError';
  }
}
